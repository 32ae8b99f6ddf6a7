"""What every use case works with: the file store and the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from impex.storage.connection import Database


class InboxFile(Protocol):
    """A file that waits in a group's inbox."""

    @property
    def key(self) -> str:
        """Where it lies in the store."""

    @property
    def name(self) -> str:
        """Its base name."""


class FileStore(Protocol):
    """Where package files live; keys are relative POSIX paths."""

    def ready(self, group: str) -> Iterable[InboxFile]:
        """Return the complete files of a group's inbox, oldest first."""

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; the result can seek."""

    def size(self, key: str) -> int:
        """Return a file's size in bytes."""

    def sha256(self, key: str) -> str:
        """Return the hash of a file's bytes, in hexadecimal."""

    def exists(self, key: str) -> bool:
        """Tell whether there is such a file."""

    def delete(self, key: str) -> None:
        """Remove a file; it is fine if there is none."""

    def move(self, source: str, target: str) -> None:
        """Move a file; once moved, moving it again changes nothing."""

    def put_file(self, local_path: Path, key: str) -> int:
        """Copy a file of this machine into the store; return its size."""

    def write(self, key: str, chunks: Iterable[bytes]) -> int:
        """Write a file that appears whole or not at all; return its size."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a use case works with."""

    store: FileStore
    database: Database
