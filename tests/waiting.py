"""Waiting for what happens elsewhere, never for ever."""

import time
from collections.abc import Callable

# Airflow's API is asked as well, on the cores that do the work.
_POLL_S = 0.2


def wait_for(condition: Callable[[], bool], what: str, within_s: float = 60) -> None:
    """Poll until a condition holds.

    Raises:
        TimeoutError: It did not in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within_s} s for {what}")
        time.sleep(_POLL_S)
