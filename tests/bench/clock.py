"""The clock of the benchmarks' child processes."""

import time
from collections.abc import Callable


def timed(work: Callable[[], object]) -> float:
    """Do some work and return its seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
