"""What tests of file stores share."""

import errno
from collections.abc import Iterator

from impex.domain.group import Arrival
from impex.files.store import FileStore

RENAMED = Arrival()


def names(store: FileStore, group: str = "prices", arrival: Arrival = RENAMED) -> list[str]:
    """Name the packages that are ready."""
    return [file.name for file in store.ready(group, arrival)]


def failing() -> Iterator[bytes]:
    """Yield half a file, then fail."""
    yield b"guid;name\n"
    raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
