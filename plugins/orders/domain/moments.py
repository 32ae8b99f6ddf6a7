"""When something was said, and which of two sayings is the later one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event happened, as far as its sender tells.

    Attributes:
        at: The time of the event; of its arrival where the sender tells none.
        feed: Who told it.
        sequence: The sender's own count; may be None.
    """

    at: datetime
    feed: str = ""
    sequence: int | None = None

    def is_before(self, other: "Moment") -> bool:
        """Tell whether this is the earlier one: by the count of a sender, else by time.

        Two events of the same time and without a count are told apart by nothing; neither is
        before the other.
        """
        if self.feed == other.feed and self.sequence is not None and other.sequence is not None:
            return self.sequence < other.sequence
        return self.at < other.at


def in_order(events: Iterable[T], moment_of: Callable[[T], Moment]) -> list[T]:
    """Return events in the order in which they are to be applied.

    By the sender's count, else by time, else as they stand. An event that its sender counts after
    another is never before it, even if the clock of the sender says so.
    """
    latest: dict[str, datetime] = {}
    timed: list[tuple[datetime, int, T]] = []
    for event in sorted(events, key=lambda event: moment_of(event).sequence or 0):
        moment = moment_of(event)
        at = moment.at
        if moment.sequence is not None:
            at = latest[moment.feed] = max(at, latest.get(moment.feed, at))
        timed.append((at, moment.sequence or 0, event))
    return [event for *_, event in sorted(timed, key=lambda each: each[:2])]
