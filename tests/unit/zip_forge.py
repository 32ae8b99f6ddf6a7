"""Writes zip archives byte by byte, including those that no honest program writes."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

STORED, DEFLATED = 0, 8
DIRECTORY_OF_DOS = 0x10
REGULAR, DIRECTORY, LINK, PIPE = 0o100644 << 16, 0o040755 << 16, 0o120777 << 16, 0o010644 << 16


def deflate(data: bytes) -> bytes:
    """Compress as a zip member is: without a zlib header."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


@dataclass(frozen=True)
class Forged:
    """One entry; what is None is what an honest program would write.

    Attributes:
        packed: The bytes after the local header.
        size: Claimed unpacked size.
        offset: Claimed offset of the local header, from the start of the archive.
        local_name: Name in the local header.
        local_method: Method in the local header.
    """

    name: bytes = b"a.csv"
    data: bytes = b"a;b\n1;2\n"
    method: int = DEFLATED
    flags: int = 0x800
    attributes: int = REGULAR
    packed: bytes | None = None
    packed_size: int | None = None
    size: int | None = None
    crc: int | None = None
    offset: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None

    def body(self) -> bytes:
        """Return the packed bytes."""
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.method == DEFLATED else self.data

    def numbers(self) -> tuple[int, int, int]:
        """Return checksum, packed and unpacked size as claimed."""
        return (
            zlib.crc32(self.data) if self.crc is None else self.crc,
            len(self.body()) if self.packed_size is None else self.packed_size,
            len(self.data) if self.size is None else self.size,
        )

    def local(self) -> bytes:
        """Return local header and packed bytes."""
        name = self.name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        header = struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, self.flags, method, 0, 33, *self.numbers(), len(name), 0
        )
        return header + name + self.body()

    def central(self, offset: int) -> bytes:
        """Return the entry of the table of contents."""
        at = offset if self.offset is None else self.offset
        header = struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", 0x031E, 20, self.flags, self.method, 0, 33),
            *self.numbers(),
            *(len(self.name), 0, 0, 0, 0, self.attributes, at),
        )
        return header + self.name


def forge(
    entries: Sequence[Forged],
    *,
    count: int | None = None,
    wide: bool = False,
    prefix: bytes = b"",
    comment: bytes = b"",
) -> bytes:
    """Write an archive.

    Args:
        entries: In the order of the table of contents.
        count: Announced number of entries, if not the true one.
        wide: Also write the zip64 end record.
        prefix: Other bytes in front, which all offsets take into account.
        comment: Of the archive.
    """
    body, contents = prefix, b""
    for entry in entries:
        contents += entry.central(len(body))
        body += entry.local() if entry.offset is None else b""
    number = len(entries) if count is None else count
    start, end = len(body), len(body) + len(contents)
    zip64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, len(contents), start
    ) + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    closing = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, number, number, len(contents), start, len(comment)
    )
    return body + contents + (zip64 if wide else b"") + closing + comment
