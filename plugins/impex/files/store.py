"""The file store: packages wait in ``inbox/``, are taken to work, and end in an archive.

Files are known by keys, relative paths with ``/``. Every change is complete or has not happened: a
reader never sees half a file, and what was done before a crash can be done again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from fsspec.core import url_to_fs

from impex.domain.errors import ConfigError, DataError, Problem
from impex.files.disk import Disk
from impex.files.faults import explained
from impex.files.keys import checked_key, key_fault
from impex.files.local_disk import LocalDisk
from impex.files.remote_disk import RemoteDisk

SCHEMES = ("file", "s3", "gs", "abfs", "sftp", "memory")

# Rooms in which every job or upload has a folder of its own.
_OWN_FOLDERS = ("uploads/", "work/")
_BLOCK_BYTES = 1 << 20
_UNFINISHED = (".part", ".tmp", ".filepart")


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file that waits to be taken."""

    key: str
    name: str
    size: int
    modified: datetime


class FileStore:
    """All package files of an installation, below one root.

    Every method raises DataError for a key that could lead out of the root or has no file, and
    TransientError when the place that holds the files fails.
    """

    def __init__(self, root_url: str) -> None:
        """Open the store.

        Args:
            root_url: A path, or a URL that fsspec knows with one of ``SCHEMES``; credentials come
                from the environment.

        Raises:
            ConfigError: The root is no such path or URL.
            TransientError: The place cannot be reached.
        """
        self._disk = _disk(root_url)

    def ready(self, group: str) -> list[InboxFile]:
        """List the files of a group's inbox, oldest first, then by name.

        Left out are hidden files, files still being written (``.part``, ``.tmp``, ``.filepart``),
        links, and names that no key can carry.
        """
        folder = checked_key(f"inbox/{group}")
        with explained(folder):
            found = [file for file in self._disk.files(folder) if _is_finished(file.name)]
        waiting = [
            InboxFile(f"{folder}/{file.name}", file.name, file.size, file.modified)
            for file in found
        ]
        return sorted(waiting, key=lambda file: (file.modified, file.name))

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
                if self._disk.size(target) is None:
                    raise DataError(
                        f"The file {source!r} is not there; another run may have taken it."
                    ) from fault
            self._tidy(source)

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; seekable."""
        with explained(key):
            return self._disk.open(checked_key(key))

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

    def put_file(self, local_path: Path, key: str) -> int:
        """Copy a file of this machine into the store; return its size in bytes."""
        with explained(str(local_path)):
            source = local_path.open("rb")
        with source:
            return self.write(key, iter(lambda: source.read(_BLOCK_BYTES), b""))

    def exists(self, key: str) -> bool:
        """Tell whether there is a file of that name."""
        with explained(key):
            return self._disk.size(checked_key(key)) is not None

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        with explained(key):
            size = self._disk.size(checked_key(key))
            if size is None:
                raise FileNotFoundError(key)
            return size

    def sha256(self, key: str) -> str:
        """Return the SHA-256 of the content in hexadecimal digits."""
        with explained(key):
            return self._digest(checked_key(key))

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
        if self._disk.size(source) is None:
            raise FileNotFoundError(source)
        if self._disk.size(target) is None:
            self._disk.move(source, target)
            return
        # A crash between copy and delete leaves both.
        if self._digest(source) != self._digest(target):
            raise DataError(f"The file {source!r} cannot become {target!r}: another file is there.")
        self._disk.delete(source)

    def _digest(self, key: str) -> str:
        """Hash a file block by block."""
        digest = hashlib.sha256()
        with self._disk.open(key) as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest()


def _is_finished(name: str) -> bool:
    """Tell by the name whether a file of an inbox is whole and can be taken."""
    return not (name.startswith(".") or name.casefold().endswith(_UNFINISHED) or key_fault(name))


def _disk(root_url: str) -> Disk:
    """Open the place that a root URL means; error texts leave out the URL, it may hold a secret."""
    scheme, colon, _ = root_url.partition("://")
    if not colon:
        scheme = "file"
    if scheme not in SCHEMES or "::" in root_url or not root_url:
        raise _refused(f"Its root has to be a path or a URL with one of {', '.join(SCHEMES)}.")
    if scheme == "file":
        path = root_url.removeprefix("file://")
        if colon and not path.startswith("/"):
            raise _refused("Its root names a host. Write file:/// and the absolute path.")
        return LocalDisk(Path(path))
    try:
        with explained(f"{scheme}://"):
            system, root = url_to_fs(root_url)
    except ImportError as fault:
        raise _refused(f"{scheme}:// needs a package that is not installed: {fault}.") from fault
    return RemoteDisk(system, root, has_folders=scheme == "sftp")


def _refused(what: str) -> ConfigError:
    """Say why the store cannot be opened."""
    return ConfigError([Problem("the file store (IMPEX_FILES)", what)])
