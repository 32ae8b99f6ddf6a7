"""The skeleton of a zip archive, checked where ``zipfile`` takes it on trust.

``zipfile`` reads members that share bytes, ignores bytes before and after the archive and a second
name in front of each member. Such an archive means different things to different programs, or
unpacks to far more than it is (CVE-2024-0450), so none of them is read at all.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from impex.domain.errors import DataError

REPACK = "Pack the files again with an ordinary zip program."
RESEND = "Send the whole package again."

# Flag bits of a member (4.4.4).
UTF8_NAME = 0x800
ENCRYPTED = 0x1 | 0x40 | 0x2000

_END = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR = struct.Struct("<4sLQL")
_ZIP64_END = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
# A member's share of the table of contents: names are at most 255 bytes, the rest is small.
_ENTRY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Contents:
    """Where the table of contents lies and how many members it announces."""

    start: int
    size: int
    entries: int


def read_entries(package: BinaryIO, most: int) -> tuple[ZipInfo, ...]:
    """Read the table of contents.

    Args:
        package: Seekable; left at any position.
        most: Most entries, directories included.

    Raises:
        DataError: There are more, or this is not one whole zip archive and nothing else.
    """
    contents = _find_contents(package)
    if contents.entries > most or contents.size > most * _ENTRY_BYTES:
        raise DataError(
            f"The package contains {contents.entries} entries; at most {most} are allowed. "
            "Split it into several packages."
        )
    try:
        with ZipFile(package) as archive:
            entries = tuple(archive.infolist())
    # struct.error and ValueError: broken extra fields and names, which zipfile does not expect.
    except (BadZipFile, NotImplementedError, struct.error, ValueError) as fault:
        raise DataError(f"The package's table of contents is damaged. {RESEND}") from fault
    if len(entries) != contents.entries:
        raise DataError(f"The package's table of contents is damaged. {RESEND}")
    return entries


def check_layout(package: BinaryIO, entries: Sequence[ZipInfo]) -> None:
    """Check that each member has bytes of its own, in front of the table of contents.

    Raises:
        DataError: Members overlap, or something lies in front of the first one.
    """
    free_from = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < free_from:
            raise DataError(
                f"The member {entry.orig_filename!r} shares bytes with another member: "
                f"the package is damaged or made to harm. {REPACK}"
            )
        if free_from == 0 and entry.header_offset > 0:
            raise DataError(f"The package has other bytes before the archive. {REPACK}")
        free_from = data_start(package, entry) + entry.compress_size
    if free_from > _find_contents(package).start:
        raise DataError(f"The package's last member runs into the table of contents. {RESEND}")


def data_start(package: BinaryIO, entry: ZipInfo) -> int:
    """Return the offset of the member's packed bytes.

    Raises:
        DataError: The header in front of them disagrees with the table of contents.
    """
    package.seek(entry.header_offset)
    header = package.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise DataError(f"The member {entry.orig_filename!r} is not where it should be. {RESEND}")
    name_size: int
    extra_size: int
    _, _, flags, method, *_, name_size, extra_size = _LOCAL.unpack(header)
    name = package.read(name_size)
    encoding = "utf-8" if entry.flag_bits & UTF8_NAME else "cp437"
    if name != entry.orig_filename.encode(encoding):
        raise DataError(
            f"The member {entry.orig_filename!r} has another name inside the package: "
            f"{name.decode('cp437')!r}. {REPACK}"
        )
    seen_twice = UTF8_NAME | ENCRYPTED
    if method != entry.compress_type or (flags ^ entry.flag_bits) & seen_twice:
        raise DataError(
            f"The member {entry.orig_filename!r} is described in two different ways. {REPACK}"
        )
    return entry.header_offset + _LOCAL.size + name_size + extra_size


def _find_contents(package: BinaryIO) -> _Contents:
    """Find the table of contents from the end of the package, which must be the archive's end."""
    size = package.seek(0, SEEK_END)
    package.seek(max(0, size - _END.size - _LONGEST_COMMENT))
    tail = package.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise DataError(_why_not_a_zip(package))
    record = tail[at : at + _END.size]
    if len(record) < _END.size:
        raise DataError(f"The package is cut off at the end. {RESEND}")
    _, disk, contents_disk, _, entries, contents_size, start, comment_size = _END.unpack(record)
    if at + _END.size + comment_size != len(tail):
        raise DataError(f"The package is cut off or has other bytes after the archive. {RESEND}")
    end = size - len(tail) + at
    wide = _find_zip64_end(package, end)
    if wide is not None:
        end, contents = wide
    elif disk or contents_disk:
        raise DataError("The package is one part of a split archive. Send it as one file.")
    else:
        contents = _Contents(start, contents_size, entries)
    if contents.start + contents.size != end:
        raise DataError(f"The package has other bytes around the archive. {REPACK}")
    return contents


def _find_zip64_end(package: BinaryIO, end: int) -> tuple[int, _Contents] | None:
    """Find the second, wider end record that some programs write in front of the first."""
    at = end - _ZIP64_LOCATOR.size - _ZIP64_END.size
    if at < 0:
        return None
    package.seek(at)
    record, locator = package.read(_ZIP64_END.size), package.read(_ZIP64_LOCATOR.size)
    if not locator.startswith(b"PK\6\7"):
        return None
    signature, *_, entries, contents_size, start = _ZIP64_END.unpack(record)
    if signature != b"PK\6\6" or _ZIP64_LOCATOR.unpack(locator) != (b"PK\6\7", 0, at, 1):
        raise DataError(f"The package's table of contents is damaged. {RESEND}")
    return at, _Contents(start, contents_size, entries)


def _why_not_a_zip(package: BinaryIO) -> str:
    """Tell a cut archive from a file that never was one."""
    package.seek(0)
    if package.read(4) == b"PK\3\4":
        return f"The package is cut off: the end of the archive is missing. {RESEND}"
    return "The package is not a zip archive, whatever its name says. Send a zip file."
