"""How many messages a sender may send."""

from collections.abc import Callable


class Bucket:
    """Fills up evenly; each message takes one token out, and without a token it must wait."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        """Begin full.

        Args:
            per_minute: How many tokens flow in, and how many there can be.
            clock: Returns seconds; never goes back.
        """
        self._limit = float(per_minute)
        self._tokens = float(per_minute)
        self._clock = clock
        self._at = clock()

    def take(self) -> float:
        """Take a token; return for how many seconds to wait, 0 if there was one."""
        now = self._clock()
        a_second = self._limit / 60
        self._tokens = min(self._limit, self._tokens + (now - self._at) * a_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / a_second
