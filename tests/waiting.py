"""Waiting for what happens elsewhere, never for ever."""

import time
from collections.abc import Callable

POLL_S = 0.1


def wait_for(condition: Callable[[], bool], what: str, within_s: float = 60) -> None:
    """Poll until a condition holds.

    Raises:
        TimeoutError: It did not in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within_s} s for {what}")
        time.sleep(POLL_S)
