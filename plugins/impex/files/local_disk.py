"""A local directory as the place that holds files: atomic, synced, and left through no link."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from impex.domain.errors import DataError, TransientError
from impex.files.disk import Found


class LocalDisk:
    """Files below a directory, which is created when the first file is.

    Links are neither followed nor listed, so that whoever may drop files into the store cannot make
    it read others. The directory itself may be reached through links.
    """

    def __init__(self, root: Path) -> None:
        """Remember where the directory really is."""
        self._root = Path(os.path.realpath(root))

    def files(self, folder: str) -> Iterator[Found]:
        """List ordinary files; one that disappears meanwhile is left out."""
        for entry in self._entries(folder):
            with suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False):
                    yield _found(entry.name, entry.stat(follow_symlinks=False))

    def folders(self, folder: str) -> Iterator[str]:
        """List folders, links to folders left out."""
        for entry in self._entries(folder):
            if entry.is_dir(follow_symlinks=False):
                yield entry.name

    def find(self, key: str) -> Found | None:
        """Look at an ordinary file."""
        path = self._path(key)
        with suppress(FileNotFoundError, NotADirectoryError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                return _found(path.name, status)
        return None

    def open(self, key: str) -> BinaryIO:
        """Open an ordinary file; a link put in its place meanwhile is refused."""
        # O_NONBLOCK: a named pipe would otherwise wait for its writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        stream = os.fdopen(os.open(self._path(key), flags), "rb")
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise DataError(f"{key!r} is not an ordinary file. Replace it by one.")
        return stream

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Write beside the target, sync, rename, sync the folder."""
        target = self._path(key, make_folder=True)
        temporary = _beside(target)
        try:
            with temporary.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
            _sync(target.parent)
        finally:
            temporary.unlink(missing_ok=True)

    def create_all(self, files: Mapping[str, bytes]) -> None:
        """Write all beside their targets, then sync them, then rename, then sync the folders.

        The first sync makes the file system write its journal for all; alone, each would.
        """
        folders = {folder: self._made(folder) for folder in {_folder_of(key) for key in files}}
        places: list[tuple[int, Path, Path]] = []
        with ExitStack() as stack:
            for key, body in files.items():
                target = folders[_folder_of(key)] / key.rpartition("/")[2]
                temporary = _beside(target)
                stack.callback(temporary.unlink, missing_ok=True)
                stream = stack.enter_context(temporary.open("xb"))
                stream.write(body)
                stream.flush()
                places.append((stream.fileno(), temporary, target))
            for handle, _, _ in places:
                os.fsync(handle)
            for _, temporary, target in places:
                temporary.replace(target)
            for real in folders.values():
                _sync(real)

    def move(self, source: str, target: str) -> None:
        """Rename; copy where the two folders are on different file systems."""
        old, new = self._path(source), self._path(target, make_folder=True)
        try:
            old.rename(new)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
            self._carry(source, target)
        _sync(new.parent)

    def delete(self, key: str) -> None:
        """Unlink."""
        self._path(key).unlink(missing_ok=True)

    def remove_if_empty(self, folder: str) -> None:
        """Remove a folder, unless there is anything in it."""
        with suppress(OSError):
            self._folder(folder).rmdir()

    def free_bytes(self, folder: str) -> int | None:
        """Ask the file system that the folder is on, or will be."""
        real = self._folder(folder)
        while not real.exists():
            real = real.parent
        return shutil.disk_usage(real).free

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """Yield what is in a folder; nothing where there is no such folder."""
        try:
            entries = os.scandir(self._folder(folder))
        except FileNotFoundError:
            return
        with entries:
            yield from entries

    def _carry(self, source: str, target: str) -> None:
        """Copy to another file system, then unlink; the target appears whole."""
        with self.open(source) as old, self.create(target) as new:
            shutil.copyfileobj(old, new)
            if os.fstat(old.fileno()).st_size != new.tell():
                raise TransientError(f"{source!r} was written to while it was moved. Try again.")
        self.delete(source)

    def _path(self, key: str, *, make_folder: bool = False) -> Path:
        """Return where a key's file is, its folder free of links that lead out of the store."""
        folder, _, name = key.rpartition("/")
        return (self._made(folder) if make_folder else self._folder(folder)) / name

    def _made(self, folder: str) -> Path:
        """Return where a folder really is, which is created if it is missing."""
        real = self._folder(folder)
        real.mkdir(parents=True, exist_ok=True)
        return real

    def _folder(self, folder: str) -> Path:
        """Return where a folder really is."""
        real = Path(os.path.realpath(self._root / folder))
        if not real.is_relative_to(self._root):
            raise DataError(
                f"The folder {folder!r} leads out of the file store through a link. "
                "Replace the link by a folder."
            )
        return real


def _found(name: str, status: os.stat_result) -> Found:
    return Found(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _folder_of(key: str) -> str:
    return key.rpartition("/")[0]


def _beside(target: Path) -> Path:
    """Return the name of a new file that listings leave out, in the folder of another."""
    return target.with_name(f".{uuid4().hex}.part")


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
