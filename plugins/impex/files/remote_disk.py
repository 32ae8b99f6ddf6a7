"""Any fsspec file system as the place that holds files: object stores, SFTP, memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import uuid4

from fsspec import AbstractFileSystem

from impex.files.disk import Found
from impex.files.streams import guarded

# What file systems call the time of the last change.
_TIMES = ("mtime", "LastModified", "last_modified", "created")
# How much of a file is held in memory; the default of object stores is 50 MiB for each open file.
_BLOCK_BYTES = 8 << 20


class RemoteDisk:
    """Files below a path of a file system that other machines write to as well."""

    def __init__(
        self,
        system: AbstractFileSystem,
        root: str,
        *,
        has_folders: bool,
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        """Use the file system.

        Args:
            system: Synchronous.
            root: Path of the store, in the file system's own form.
            has_folders: Whether folders are made before files and files can be renamed; object
                stores have neither.
            faults: What the file system raises beside OSErrors when it cannot do something.
        """
        self._system = system
        self._root = root.rstrip("/")
        self._has_folders = has_folders
        self._faults = faults

    def files(self, folder: str) -> Iterator[Found]:
        """List files; what object stores keep in place of empty folders is none."""
        for entry in self._entries(folder, "file"):
            yield self._found(entry)

    def folders(self, folder: str) -> Iterator[str]:
        """List folders, or what the names of files make look like one."""
        for entry in self._entries(folder, "directory"):
            yield _name(entry)

    def find(self, key: str) -> Found | None:
        """Ask anew, as another machine may have changed it."""
        with self._guard(), suppress(FileNotFoundError):
            self._system.invalidate_cache()
            info = self._system.info(self._path(key))
            if info["type"] == "file":
                return self._found(info)
        return None

    def open(self, key: str) -> BinaryIO:
        """Open; blocks are fetched as they are read."""
        found = self.find(key)
        if found is None:
            raise FileNotFoundError(key)
        with self._guard():
            stream = self._system.open(self._path(key), "rb", block_size=_BLOCK_BYTES)
        # An SFTP client that has lost the connection takes every file for empty.
        return guarded(stream, self._guard, found.size)

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Write under another name of the same folder, then move.

        Even where closing a file is what publishes it: fsspec closes it after an error as well.
        """
        target = self._path(key)
        folder = target.rpartition("/")[0]
        temporary = f"{folder}/.{uuid4().hex}.part"
        with self._guard():
            if self._has_folders:
                self._system.makedirs(folder, exist_ok=True)
            try:
                with self._system.open(temporary, "wb", block_size=_BLOCK_BYTES) as stream:
                    yield stream
                self._rename(temporary, target)
            finally:
                self._remove(temporary)

    def create_all(self, files: Mapping[str, bytes]) -> None:
        """Write one after the other."""
        for key, body in files.items():
            with self.create(key) as stream:
                stream.write(body)

    def move(self, source: str, target: str) -> None:
        """Rename; object stores copy, then delete."""
        new = self._path(target)
        with self._guard():
            if self._has_folders:
                self._system.makedirs(new.rpartition("/")[0], exist_ok=True)
            self._rename(self._path(source), new)

    def delete(self, key: str) -> None:
        """Remove the file."""
        with self._guard():
            self._remove(self._path(key))

    def remove_if_empty(self, folder: str) -> None:
        """Remove a folder; the server refuses if there is anything in it."""
        if self._has_folders:
            with suppress(OSError), self._guard():
                self._system.rmdir(self._path(folder))

    def free_bytes(self, folder: str) -> int | None:  # noqa: ARG002 - the protocol's
        """No server tells."""
        return None

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn the faults of the file system's library into OSErrors.

        fsspec keeps connections to use them again: after a fault, the next store gets a new one.
        """
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError:
            self._system.clear_instance_cache()
            raise
        except self._faults as fault:
            self._system.clear_instance_cache()
            raise ConnectionError(str(fault) or "the connection was lost") from fault

    def _entries(self, folder: str, kind: str) -> Iterator[Mapping[str, Any]]:
        """List what is in a folder, in one go."""
        path = self._path(folder)
        with self._guard(), suppress(FileNotFoundError):
            self._system.invalidate_cache()
            for entry in self._system.ls(path, detail=True):
                if entry["type"] == kind and entry["name"].rstrip("/") != path:
                    yield entry

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

    def _found(self, entry: Mapping[str, Any]) -> Found:
        """Describe a file, with the time of its last change from the listing where it has one."""
        value = next((entry[time] for time in _TIMES if entry.get(time)), None)
        if value is None:
            value = self._system.modified(entry["name"])
        if not isinstance(value, datetime):
            value = datetime.fromtimestamp(float(value), UTC)
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return Found(_name(entry), int(entry["size"]), aware)


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["name"]).rstrip("/").rpartition("/")[2]
