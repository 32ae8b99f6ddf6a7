"""What every use case works with: the file store and the database."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.domain.group import Arrival
from impex.storage.connection import Database


class StoredFile(Protocol):
    """A file of the store, as a listing shows it."""

    @property
    def key(self) -> str:
        """Where it lies in the store."""

    @property
    def name(self) -> str:
        """Its base name."""

    @property
    def modified(self) -> datetime:
        """When it was last written to."""


class FileStore(Protocol):
    """Where package files live; keys are relative POSIX paths."""

    def ready(self, group: str, arrival: Arrival) -> Sequence[StoredFile]:
        """Return the packages of a group's inbox that are whole, oldest first."""

    def files(self, folder: str) -> Sequence[StoredFile]:
        """Return all files of a folder."""

    def folders(self, folder: str) -> Sequence[str]:
        """Return the names of the folders in a folder."""

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

    def clear(self, folder: str) -> int:
        """Remove a folder with all that is in it; return how many files that were."""

    def free_bytes(self, folder: str) -> int | None:
        """Return how much can be written to a folder; None where that cannot be known."""

    def move(self, source: str, target: str) -> None:
        """Move a file; once moved, moving it again changes nothing."""

    def put_file(self, local_path: Path, key: str) -> int:
        """Copy a file of this machine into the store; return its size."""

    def write(self, key: str, chunks: Iterable[bytes]) -> int:
        """Write a file that appears whole or not at all; return its size."""


def no_connection(name: str) -> Database:
    """Refuse to open a database by the name of its connection.

    Raises:
        ConfigError: Always.
    """
    raise ConfigError([Problem(f"connection {name}", "is not known here")])


def no_target(name: str) -> FileStore:
    """Refuse to open a place that files are delivered to.

    Raises:
        ConfigError: Always.
    """
    raise ConfigError([Problem(f"target {name}", "is not known here")])


@dataclass(frozen=True, slots=True)
class Resources:
    """What a use case works with.

    Attributes:
        database: Holds the ledger.
        connect: Opens the database of a connection that a group names.
        target: Opens a place that finished files are delivered to.
        user_files: What groups may name beside tables.
    """

    store: FileStore
    database: Database
    user_files: UserFiles = field(default_factory=UserFiles)
    connect: Callable[[str], Database] = no_connection
    target: Callable[[str], FileStore] = no_target
