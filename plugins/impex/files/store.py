"""The file store: packages wait in ``inbox/``, are taken to work, and end in an archive.

Files are known by keys, relative paths with ``/``. Every change is complete or has not happened: a
reader never sees half a file, and what was done before a crash can be done again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from impex.domain.errors import DataError, TransientError
from impex.domain.group import Arrival
from impex.files.disk import Found
from impex.files.faults import explained
from impex.files.keys import checked_key
from impex.files.places import open_disk
from impex.files.readiness import whole
from impex.files.streams import guarded

# Rooms in which every job or upload has a folder of its own.
_OWN_FOLDERS = ("uploads/", "work/")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a listing shows it."""

    key: str
    name: str
    size: int
    modified: datetime


class FileStore:
    """All package files of an installation, below one root.

    Every method raises DataError for a key that could lead out of the root or has no file, and
    TransientError when the place that holds the files fails; open the store anew then, as a lost
    connection to a server does not come back.
    """

    def __init__(self, root_url: str) -> None:
        """Open the store.

        Args:
            root_url: A path, or a URL with one of ``places.SCHEMES``; credentials come from the
                environment.

        Raises:
            ConfigError: The root is no such path or URL.
            TransientError: The place cannot be reached.
        """
        self._disk = open_disk(root_url)

    def ready(self, group: str, arrival: Arrival) -> list[StoredFile]:
        """List the packages of a group's inbox that are whole, oldest first, then by name.

        Left out are hidden files, files still being written (``.part``, ``.tmp``, ``.filepart``),
        links, names that no key can carry, and what only says that another file is whole.
        """
        folder = checked_key(f"inbox/{group}")
        with explained(folder):
            packages = whole(list(self._disk.files(folder)), arrival, self._clock)
        waiting = [_stored(folder, file) for file in packages]
        return sorted(waiting, key=lambda file: (file.modified, file.name))

    def files(self, folder: str) -> list[StoredFile]:
        """List all files of a folder, in any order."""
        with explained(folder):
            return [_stored(folder, file) for file in self._disk.files(checked_key(folder))]

    def folders(self, folder: str) -> list[str]:
        """List the names of the folders in a folder, in any order."""
        with explained(folder):
            return list(self._disk.folders(checked_key(folder)))

    def move(self, source_key: str, target_key: str) -> None:
        """Move a file; if that has been done before, do nothing.

        Raises:
            DataError: The source is gone and the target is not there either, or the target is
                another file.
        """
        source, target = checked_key(source_key), checked_key(target_key)
        with explained(source):
            try:
                self._move(source, target)
            except FileNotFoundError as fault:
                # Another attempt at the same move may have been faster.
                if self._disk.find(target) is None:
                    raise DataError(
                        f"The file {source!r} is not there; another run may have taken it."
                    ) from fault
            self._tidy(source)

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; seekable."""
        with explained(key):
            return guarded(self._disk.open(checked_key(key)), lambda: explained(key))

    def write(self, key: str, chunks: Iterable[bytes]) -> int:
        """Write a file, replacing one of that name; return its size in bytes.

        If the chunks end with an error, nothing has changed.
        """
        written = 0
        with explained(key), self._disk.create(checked_key(key)) as target:
            for chunk in chunks:
                written += len(chunk)
                target.write(chunk)
        return written

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write small files together, quicker than one by one; all are safe when it returns.

        After an error some of them may be there, each of them whole.
        """
        with explained(", ".join(files)):
            self._disk.create_all({checked_key(key): body for key, body in files.items()})

    def put_file(self, local_path: Path, key: str) -> int:
        """Copy a file of this machine into the store; return its size in bytes."""
        with explained(str(local_path)):
            source = local_path.open("rb")
        with source:
            return self.write(key, iter(lambda: source.read(_BLOCK_BYTES), b""))

    def exists(self, key: str) -> bool:
        """Tell whether there is a file of that name."""
        with explained(key):
            return self._disk.find(checked_key(key)) is not None

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        with explained(key):
            return self._existing(checked_key(key)).size

    def sha256(self, key: str) -> str:
        """Return the SHA-256 of the content in hexadecimal digits.

        Raises:
            TransientError: Somebody wrote to the file meanwhile.
        """
        with explained(key):
            before = self._existing(checked_key(key))
            digest = self._digest(key)
            if self._existing(key) != before:
                raise TransientError(f"The file {key!r} is still being written to. Try again.")
            return digest

    def free_bytes(self, folder: str) -> int | None:
        """Return how many bytes can be written to a folder; None where that cannot be known."""
        with explained(folder):
            return self._disk.free_bytes(checked_key(folder))

    def clear(self, folder: str) -> int:
        """Delete a folder with all that is in it; return how many files that were."""
        files = self.files(folder)
        for file in files:
            self.delete(file.key)
        inside = sum(self.clear(f"{folder}/{name}") for name in self.folders(folder))
        with explained(folder):
            self._disk.remove_if_empty(folder)
        return len(files) + inside

    def delete(self, key: str) -> None:
        """Delete a file, if there is one."""
        with explained(key):
            self._disk.delete(checked_key(key))
            self._tidy(key)

    def _tidy(self, key: str) -> None:
        """Remove the folder that a job had to itself, once it is empty."""
        if key.startswith(_OWN_FOLDERS):
            self._disk.remove_if_empty(key.rpartition("/")[0])

    def _move(self, source: str, target: str) -> None:
        """Move a file to where none is, or complete a move that was cut."""
        if self._disk.find(source) is None:
            raise FileNotFoundError(source)
        if self._disk.find(target) is None:
            self._disk.move(source, target)
            return
        # A crash between copy and delete leaves both.
        if self._digest(source) != self._digest(target):
            raise DataError(f"The file {source!r} cannot become {target!r}: another file is there.")
        self._disk.delete(source)

    def _existing(self, key: str) -> Found:
        """Look at a file that has to be there."""
        found = self._disk.find(key)
        if found is None:
            raise FileNotFoundError(key)
        return found

    def _clock(self) -> datetime:
        """Ask what time it is where the files are: a clock of another machine may be wrong."""
        key = f"work/.{uuid4().hex}.part"
        with self._disk.create(key):
            pass
        try:
            return self._existing(key).modified
        finally:
            self._disk.delete(key)

    def _digest(self, key: str) -> str:
        """Hash a file block by block."""
        digest = hashlib.sha256()
        with self._disk.open(key) as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()


def _stored(folder: str, file: Found) -> StoredFile:
    return StoredFile(f"{folder}/{file.name}", file.name, file.size, file.modified)
