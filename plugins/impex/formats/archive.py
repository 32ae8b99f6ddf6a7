"""Packages of files: a zip archive, or one file that is a package by itself.

Nothing is ever unpacked to a disk: members are listed, then read as streams. Names inside a package
are data. An archive that a careful program would not have written is refused as a whole.
"""

import io
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from impex.domain.errors import DataError
from impex.formats.member_names import collision_key, name_fault, normal_name
from impex.formats.member_stream import MemberStream, Packed
from impex.formats.zip_structure import (
    ENCRYPTED,
    REPACK,
    check_layout,
    data_start,
    read_entries,
)

# What some programs write for a directory: an empty deflate stream.
_EMPTY_DEFLATED = 2
# Characters of a name that an error message repeats.
_SHOWN = 80
_BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a package may contain.

    Attributes:
        members: Most entries of an archive, directories included.
        member_bytes: Most bytes of one file.
        total_bytes: Most bytes of all files of an archive.
        ratio: Most unpacked bytes per packed byte of a file larger than ``ratio_after`` bytes.
    """

    members: int = 1000
    member_bytes: int = 2 << 30
    total_bytes: int = 2 << 30
    ratio: int = 200
    ratio_after: int = 10 << 20

    def unpacked(self, packed_bytes: int) -> int:
        """Return how far so many packed bytes may unpack."""
        return min(self.member_bytes, max(self.ratio_after, self.ratio * packed_bytes))


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package.

    Attributes:
        name: As the package has it, with ``/`` between folders, in Unicode's composed form (NFC).
        size: Bytes, unpacked.
        index: Its place in the archive's table of contents, counted from 0.
    """

    name: str
    size: int
    index: int


def list_members(
    package: BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[Member, ...]:
    """List the files of a package in the order of its table of contents; directories are left out.

    Args:
        package: Seekable; left at any position.
        name: Decides what it is: a zip archive if it ends with ``.zip``, else one file.
        limits: What the package may contain.

    Raises:
        DataError: The package is refused.
    """
    if not is_archive(name):
        return (_single_member(package, name, limits),)
    entries = read_entries(package, limits.members)
    for entry in entries:
        _check_entry(entry, limits)
    _check_distinct(entries)
    members = _members(entries)
    if not members:
        raise DataError("The package contains no files. Pack at least one.")
    if sum(member.size for member in members) > limits.total_bytes:
        raise DataError(
            f"The package unpacks to more than {limits.total_bytes} bytes. "
            "Split it into several packages."
        )
    check_layout(package, entries)
    return members


@contextmanager
def open_member(
    package: BinaryIO, name: str, member: Member, limits: Limits = DEFAULT_LIMITS
) -> Iterator[BinaryIO]:
    """Open a listed member for reading from its first byte to its last; it cannot seek.

    Memory does not depend on the member's size. Reading raises DataError when the member turns out
    damaged or larger than it claims; only an end without an error means that all bytes were right.

    Args:
        package: The package that ``list_members`` has read; not closed.
        name: As given to ``list_members``.
        member: One of its results.
        limits: As given to ``list_members``.

    Raises:
        DataError: This package does not have that member.
    """
    packed = _pack_of_zip(package, member, limits) if is_archive(name) else _pack_of_file(member)
    with io.BufferedReader(MemberStream(package, packed), _BUFFER_BYTES) as stream:
        yield stream


def is_archive(name: str) -> bool:
    """Tell by the name whether a package is an archive."""
    return name.lower().endswith(".zip")


def _single_member(package: BinaryIO, name: str, limits: Limits) -> Member:
    """Describe a package that is one plain file."""
    size = package.seek(0, io.SEEK_END)
    name = normal_name(name)
    _check_name(name)
    _check_size(name, size, limits.member_bytes)
    return Member(name, size, 0)


def _members(entries: Sequence[ZipInfo]) -> tuple[Member, ...]:
    """Describe the entries that are files."""
    return tuple(
        Member(normal_name(entry.orig_filename), entry.file_size, index)
        for index, entry in enumerate(entries)
        if not _is_directory(entry)
    )


def _check_entry(entry: ZipInfo, limits: Limits) -> None:
    """Refuse an entry for what the table of contents says about it."""
    name = normal_name(entry.orig_filename)
    _check_name(name)
    if fault := _kind_fault(entry):
        raise DataError(f"The member {name!r} {fault}. {REPACK}")
    _check_size(name, entry.file_size, limits.member_bytes)
    if entry.file_size > limits.unpacked(entry.compress_size):
        raise DataError(
            f"The member {name!r} claims to unpack from {entry.compress_size} to "
            f"{entry.file_size} bytes: more than {limits.ratio} to 1. {REPACK}"
        )


def _kind_fault(entry: ZipInfo) -> str:
    """Say what keeps an entry from being an ordinary file or directory; empty if nothing does."""
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return f"is compressed with method {entry.compress_type}, which is not deflate"
    expected = stat.S_IFDIR if _is_directory(entry) else stat.S_IFREG
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, expected}:
        return "is a link or a device, not an ordinary file"
    if _is_directory(entry):
        empty = entry.file_size == 0 and entry.compress_size <= _EMPTY_DEFLATED
        return "" if empty else "is a directory with content"
    if entry.orig_filename.casefold().endswith(".zip"):
        return "is an archive itself"
    return ""


def _is_directory(entry: ZipInfo) -> bool:
    """Tell by the name whether an entry is a directory."""
    return normal_name(entry.orig_filename).endswith("/")


def _check_name(name: str) -> None:
    """Refuse a name that could mean something else than a file of the package."""
    if fault := name_fault(name):
        shown = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
        raise DataError(f"The file name {shown!r} {fault}. Rename the file.")


def _check_size(name: str, size: int, most: int) -> None:
    """Refuse a file that claims to be too large."""
    if size > most:
        raise DataError(
            f"The file {name!r} has {size} bytes; at most {most} are allowed. Split the file."
        )


def _check_distinct(entries: Sequence[ZipInfo]) -> None:
    """Refuse two entries with the same name, or with names that some system takes for the same."""
    seen: dict[str, str] = {}
    for entry in entries:
        name = entry.orig_filename
        key = collision_key(name)
        if key in seen:
            raise DataError(
                f"The package contains {seen[key]!r} and {name!r}, which are the same name. "
                "Rename one of them."
            )
        seen[key] = name
    files = {collision_key(e.orig_filename) for e in entries if not _is_directory(e)}
    for key, name in seen.items():
        for folder in files.intersection(map(str, PurePosixPath(key).parents)):
            raise DataError(
                f"The package contains the file {seen[folder]!r} and, in a folder of that name, "
                f"{name!r}. Rename one of them."
            )


def _pack_of_file(member: Member) -> Packed:
    """Describe the bytes of a package that is one plain file."""
    return Packed(member.name, 0, member.size, member.size, False, None)


def _pack_of_zip(package: BinaryIO, member: Member, limits: Limits) -> Packed:
    """Find a member again in its archive."""
    entries = read_entries(package, limits.members)
    if member not in _members(entries):
        raise DataError(
            f"The package has no member {member.name!r} of {member.size} bytes any more: "
            "its file was changed after it was taken. Send the package again."
        )
    entry = entries[member.index]
    _check_entry(entry, limits)
    return Packed(
        name=member.name,
        start=data_start(package, entry),
        packed_size=entry.compress_size,
        size=entry.file_size,
        deflated=entry.compress_type == ZIP_DEFLATED,
        crc=entry.CRC,
    )
