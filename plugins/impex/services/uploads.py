"""Uploads: files that a person sends become a package that a run can take."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from impex.domain.errors import DataError
from impex.domain.group import Arrival, Group
from impex.domain.upload import Upload
from impex.files.keys import key_fault
from impex.formats.archive import DEFAULT_LIMITS
from impex.formats.zip_writer import zipped
from impex.services.admission import require_space, too_large
from impex.services.resources import FileStore, Resources
from impex.storage import jobs, uploads
from impex.storage.jobs import Package

RECENT = 10
"""So many of their last uploads a person is offered."""
_MOST_FILES = 200
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has arrived.

    Attributes:
        name: As the person's machine has it.
        size_bytes: How many bytes came.
        sha256: Of them, in hexadecimal.
    """

    name: str
    size_bytes: int
    sha256: str


def begin_upload(resources: Resources, group: Group, person: str) -> UUID:
    """Begin an upload; return its number."""
    with resources.database.transaction() as connection:
        return uploads.begin(connection, group.name, person)


def receive(
    resources: Resources,
    group: Group,
    upload: Upload,
    name: str,
    chunks: Iterable[bytes],
) -> Received:
    """Write a file of an upload to the file store while it comes; one of that name is replaced.

    If it does not come whole, nothing of it stays.

    Args:
        resources: File store and database.
        group: Whose upload it is; says how large it may be.
        upload: Not whole yet.
        name: Of the file; a name only, no path.
        chunks: Its bytes.

    Raises:
        DataError: The name cannot be used, the upload is whole already, or it is too large.
        TransientError: The file store failed or is full.
    """
    _check(resources.store, upload, name)
    require_space(resources.store, name, 0)
    counted = _Counted(name, group.arrival, chunks)
    resources.store.write(f"{upload.folder}/{name}", counted.checked())
    return Received(name, counted.size, counted.digest.hexdigest())


def finish_upload(resources: Resources, group: Group, upload_id: UUID, person: str) -> Upload:
    """Make the files of an upload a package: the only one, or a zip of all.

    Done again, it is the same package.

    Raises:
        DataError: There is no such upload of this person, or nothing was uploaded.
        TransientError: The file store failed.
    """
    with resources.database.transaction() as connection:
        upload = _own(uploads.find(connection, group.name, upload_id, lock=True), person)
        if upload.package_name is not None:
            return upload
        stored = {file.name for file in resources.store.files(upload.folder)}
        names = sorted(stored - {f"upload-{upload_id}.zip"})
        name = _package(resources.store, upload, names)
        key = f"{upload.folder}/{name}"
        whole = replace(
            upload,
            package_name=name,
            size_bytes=resources.store.size(key),
            sha256=resources.store.sha256(key),
        )
        uploads.finish(connection, whole)
    for packed in {*names} - {name}:
        resources.store.delete(f"{upload.folder}/{packed}")
    return whole


def open_upload(resources: Resources, group: Group, upload_id: UUID, person: str) -> Upload:
    """Return an upload of this person that files may be added to.

    Raises:
        DataError: There is none.
    """
    with resources.database.transaction() as connection:
        return _own(uploads.find(connection, group.name, upload_id, lock=False), person)


def whole_upload(resources: Resources, group: Group, upload_id: UUID) -> Upload:
    """Return an upload that a run can take, whoever has sent it.

    Raises:
        DataError: There is none for this group, or it is not whole.
    """
    with resources.database.transaction() as connection:
        upload = uploads.find(connection, group.name, upload_id, lock=False)
    if upload is None:
        raise DataError(f"there is no upload {upload_id} for {group.name}; upload the file again")
    if upload.package_name is None:
        raise DataError(f"the upload {upload_id} was not finished; upload the file again")
    return upload


def package_of(resources: Resources, group: Group, upload_id: UUID, *, dry_run: bool) -> str:
    """Return the key of the package that a run takes of an upload.

    A dry run gets a copy, so that the same upload can be imported afterwards.

    Raises:
        DataError: There is no such upload, or a run has taken it already.
        TransientError: The file store failed.
    """
    upload = whole_upload(resources, group, upload_id)
    if not resources.store.exists(upload.key):
        raise DataError(f"the upload {upload_id} was taken by a run already, or was removed")
    if not dry_run:
        return upload.key
    copy = f"uploads/{uuid4()}/{upload.package_name}"
    resources.store.write(copy, blocks(resources.store, upload.key))
    return copy


def imported_before(resources: Resources, upload: Upload) -> str:
    """Say which run has imported the bytes of a whole upload; empty if none has."""
    package = Package(
        upload.group_name,
        upload.package_name or "",
        upload.key,
        upload.size_bytes or 0,
        upload.sha256 or "",
    )
    with resources.database.transaction() as connection:
        earlier = jobs.imported_before(connection, package)
    if earlier is None:
        return ""
    return (
        f"These bytes were imported already, as {earlier.package_name} by run {earlier.id} of "
        f"{earlier.requested_by} on {earlier.created_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def recent_uploads(resources: Resources, group: Group, person: str, limit: int) -> Sequence[Upload]:
    """Return what a person has uploaded for a group and no run has taken, the newest first."""
    with resources.database.transaction() as connection:
        found = uploads.recent(connection, group.name, person, limit)
    return [upload for upload in found if resources.store.exists(upload.key)]


def tried_upload(resources: Resources, job_id: int) -> Upload | None:
    """Return the upload that a dry run has tried, if no run has taken it since."""
    with resources.database.transaction() as connection:
        found = uploads.tried(connection, job_id)
    return next((upload for upload in found if resources.store.exists(upload.key)), None)


class _Counted:
    """Bytes on their way, counted and hashed."""

    def __init__(self, name: str, arrival: Arrival, chunks: Iterable[bytes]) -> None:
        self._name, self._arrival, self._chunks = name, arrival, chunks
        self.size = 0
        self.digest = hashlib.sha256()

    def checked(self) -> Iterator[bytes]:
        """Yield the bytes, until they are too many."""
        for chunk in self._chunks:
            self.size += len(chunk)
            if fault := too_large(self._name, self.size, self._arrival):
                raise DataError(fault)
            self.digest.update(chunk)
            yield chunk


def _check(store: FileStore, upload: Upload, name: str) -> None:
    if upload.package_name is not None:
        raise DataError("this upload is finished; begin another one")
    fault = key_fault(name) or ("is a path" if "/" in name else "")
    fault = fault or ("is hidden" if name.startswith(".") else "")
    if fault:
        raise DataError(f"The file name {name!r} {fault}. Rename the file.")
    if len(store.files(upload.folder)) >= _MOST_FILES:
        raise DataError(f"An upload has at most {_MOST_FILES} files. Pack them into a zip.")


def _own(upload: Upload | None, person: str) -> Upload:
    if upload is None or upload.uploaded_by != person:
        raise DataError("there is no such upload of yours; upload the file again")
    return upload


def _package(store: FileStore, upload: Upload, names: Sequence[str]) -> str:
    """Return the name of the package; several files are packed into one."""
    if not names:
        raise DataError("nothing was uploaded; choose a file")
    if len(names) == 1:
        return names[0]
    if sum(store.size(f"{upload.folder}/{name}") for name in names) > DEFAULT_LIMITS.total_bytes:
        raise DataError("the files are too large together; upload them one by one")
    package = f"upload-{upload.id}.zip"
    members = ((name, blocks(store, f"{upload.folder}/{name}")) for name in names)
    store.write(f"{upload.folder}/{package}", zipped(members, datetime.now(UTC)))
    return package


def blocks(store: FileStore, key: str) -> Iterator[bytes]:
    """Yield the bytes of a file of the store."""
    with store.open(key) as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block
