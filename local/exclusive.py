"""One process at a time: a lock on a file, released by the system when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Wait until no other process holds the lock on this file, then hold it."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
