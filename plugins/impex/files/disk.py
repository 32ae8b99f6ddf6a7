"""What the store needs from a place that holds files; keys have been checked."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a folder."""

    name: str
    size: int
    modified: datetime


class Disk(Protocol):
    """A place that holds files; its faults are OSErrors."""

    def files(self, folder: str) -> Iterator[Found]:
        """List the files of a folder in any order; none where there is no such folder."""

    def folders(self, folder: str) -> Iterator[str]:
        """List the names of the folders in a folder in any order; none where there is none."""

    def find(self, key: str) -> Found | None:
        """Look at one file; None if there is no file of that name."""

    def open(self, key: str) -> BinaryIO:
        """Open for reading; seekable."""

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Collect a file that appears under its name, whole, when the block ends without error."""

    def create_all(self, files: Mapping[str, bytes]) -> None:
        """Write some files, each of which appears whole; after a fault some may be there."""

    def move(self, source: str, target: str) -> None:
        """Move a file; whatever is under the target's name is replaced."""

    def delete(self, key: str) -> None:
        """Delete a file, if there is one."""

    def remove_if_empty(self, folder: str) -> None:
        """Remove a folder without files; where folders are only names there is nothing to do."""

    def free_bytes(self, folder: str) -> int | None:
        """Return how much can be written to a folder; None where that cannot be known."""
