"""Any fsspec file system as the place that holds files: object stores, SFTP, memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast
from uuid import uuid4

from fsspec import AbstractFileSystem

from impex.files.disk import Found

# What file systems call the time of the last change.
_TIMES = ("mtime", "LastModified", "last_modified", "created")


class RemoteDisk:
    """Files below a path of a file system that other machines write to as well."""

    def __init__(self, system: AbstractFileSystem, root: str, *, has_folders: bool) -> None:
        """Use the file system.

        Args:
            system: Synchronous.
            root: Path of the store, in the file system's own form.
            has_folders: Whether folders are made before files and files can be renamed; object
                stores have neither.
        """
        self._system = system
        self._root = root.rstrip("/")
        self._has_folders = has_folders

    def files(self, folder: str) -> Iterator[Found]:
        """List files; what object stores keep in place of empty folders is none."""
        path = self._path(folder)
        self._system.invalidate_cache()
        with suppress(FileNotFoundError):
            for entry in self._system.ls(path, detail=True):
                if entry["type"] == "file" and entry["name"].rstrip("/") != path:
                    name = entry["name"].rpartition("/")[2]
                    yield Found(name, int(entry["size"]), self._modified(entry))

    def open(self, key: str) -> BinaryIO:
        """Open; blocks are fetched as they are read."""
        return cast("BinaryIO", self._system.open(self._path(key), "rb"))

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Write under another name of the same folder, then move.

        Even where closing a file is what publishes it: fsspec closes it after an error as well.
        """
        target = self._path(key)
        folder = target.rpartition("/")[0]
        temporary = f"{folder}/.{uuid4().hex}.part"
        if self._has_folders:
            self._system.makedirs(folder, exist_ok=True)
        try:
            with self._system.open(temporary, "wb") as stream:
                yield stream
            self._rename(temporary, target)
        finally:
            self._remove(temporary)

    def move(self, source: str, target: str) -> None:
        """Rename; object stores copy, then delete."""
        new = self._path(target)
        if self._has_folders:
            self._system.makedirs(new.rpartition("/")[0], exist_ok=True)
        self._rename(self._path(source), new)

    def size(self, key: str) -> int | None:
        """Ask anew, as another machine may have changed it."""
        self._system.invalidate_cache()
        try:
            info = self._system.info(self._path(key))
        except FileNotFoundError:
            return None
        return int(info["size"]) if info["type"] == "file" else None

    def delete(self, key: str) -> None:
        """Remove the file."""
        self._remove(self._path(key))

    def remove_if_empty(self, folder: str) -> None:
        """Leave it: an object store has no folders, and an empty one costs a server nothing."""

    def _rename(self, source: str, target: str) -> None:
        """Move between paths; ``mv`` of an object store would take ``*`` and ``[`` for masks."""
        if self._has_folders:
            self._system.mv(source, target)
            return
        self._system.cp_file(source, target)
        self._remove(source)

    def _remove(self, path: str) -> None:
        """Remove a path, if it is there."""
        with suppress(FileNotFoundError):
            self._system.rm_file(path)

    def _path(self, key: str) -> str:
        """Return the file system's own path of a key."""
        return f"{self._root}/{key}"

    def _modified(self, entry: Mapping[str, Any]) -> datetime:
        """Return the time of the last change, from the listing where it has one."""
        value = next((entry[time] for time in _TIMES if entry.get(time)), None)
        if value is None:
            value = self._system.modified(entry["name"])
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        return datetime.fromtimestamp(float(value), UTC)
