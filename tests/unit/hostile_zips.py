"""Zip archives that no careful program writes, each with the sentence that refuses it.

The sentences are patterns; the limits they name are ``SMALL``.
"""

import unicodedata

from impex.formats.archive import Limits
from tests.unit.zip_forge import DIRECTORY, LINK, PIPE, STORED, Forged, deflate, forge

SMALL = Limits(members=5, member_bytes=1000, total_bytes=1500, ratio=20, ratio_after=500)
ROWS = b"a;b\n" + b"1;2\n" * 100


def many(number: int) -> bytes:
    """Forge an archive of many small members."""
    return forge([Forged(b"%d.csv" % n, b"x") for n in range(number)])


def overlapping(number: int) -> bytes:
    """Forge an archive whose entries all unpack the same bytes."""
    return forge(
        [Forged(b"0.csv")]
        + [Forged(b"%d.csv" % n, offset=0, local_name=b"0.csv") for n in range(1, number)]
    )


def elsewhere() -> bytes:
    """Forge an archive that points to its wide end record wrongly."""
    package = bytearray(forge([Forged()], wide=True))
    package[package.index(b"PK\6\7") + 8] ^= 1
    return bytes(package)


def nested_overlap() -> bytes:
    """Forge a member whose packed bytes contain a whole second member (CVE-2024-0450)."""
    inner = Forged(b"inner.csv", ROWS)
    outer = Forged(b"outer.csv", inner.local(), STORED)
    at = len(outer.local()) - len(inner.local())
    return forge([outer, Forged(b"inner.csv", ROWS, offset=at)])


GOOD = forge([Forged(data=ROWS), Forged(b"b.csv", b"y\n", STORED)])
EMPTY = forge([])
REFUSED = {
    "not a zip": (b"guid;name\n1;HP\n" * 10, "is not a zip archive, whatever its name says"),
    "nothing at all": (b"", "is not a zip archive"),
    "no members": (EMPTY, "contains no files"),
    "only directories": (
        forge([Forged(b"d/", b"", STORED, attributes=DIRECTORY)]),
        "contains no files",
    ),
    "absolute": (forge([Forged(b"/etc/passwd")]), "'/etc/passwd' is an absolute path"),
    "drive": (forge([Forged(b"C:a.csv")]), "'C:a.csv' is an absolute path"),
    "drive and path": (forge([Forged(b"c:/a.csv")]), "is an absolute path"),
    "UNC": (forge([Forged(b"//server/share/a.csv")]), "is an absolute path"),
    "UNC backslashes": (forge([Forged(rb"\\server\a.csv")]), "is an absolute path"),
    "drive and backslash": (forge([Forged(rb"C:\a.csv")]), "is an absolute path"),
    "two colons": (forge([Forged(b"a::b.csv")]), "contains `::`"),
    "parent by a backslash": (forge([Forged(rb"a\..\..\b.csv")]), r"`\.\.` part"),
    "same but for the slash": (
        forge([Forged(b"d/a.csv"), Forged(rb"d\a.csv")]),
        "which are the same name",
    ),
    "directory by a backslash, with data": (
        forge([Forged(b"d\\", b"data", STORED, attributes=0)]),
        "'d/' is a directory with content",
    ),
    "parent": (forge([Forged(b"../a.csv")]), r"'\.\./a\.csv' has an empty, `\.` or `\.\.` part"),
    "parent inside": (forge([Forged(b"a/../../b.csv")]), r"`\.\.` part"),
    "parent at the end": (forge([Forged(b"a/..")]), r"`\.\.` part"),
    "parent directory": (forge([Forged(b"../", b"", STORED)]), r"`\.\.` part"),
    "dot": (forge([Forged(b"./a.csv")]), r"`\.` or"),
    "empty part": (forge([Forged(b"a//b.csv")]), "has an empty"),
    "empty name": (forge([Forged(b"")]), "has an empty"),
    "NUL": (forge([Forged(b"a.csv\0.exe")]), r"'a\.csv\\x00\.exe' contains a control character"),
    "newline": (forge([Forged(b"a\nERROR b.csv")]), r"'a\\nERROR b\.csv' contains a control"),
    "line separator": (forge([Forged("a\u2028b".encode())]), "contains a control character"),
    "long name": (forge([Forged(b"x" * 256)]), r"'x{80}…' is longer than 255 bytes"),
    "long in bytes": (forge([Forged(("ж" * 128).encode())]), "is longer than 255 bytes"),
    "link": (
        forge([Forged(b"a.csv", b"/etc/passwd", attributes=LINK)]),
        "'a.csv' is a link or a device",
    ),
    "pipe": (forge([Forged(attributes=PIPE)]), "is a link or a device"),
    "directory by mode": (forge([Forged(attributes=DIRECTORY)]), "is a link or a device"),
    "link that looks like a directory": (
        forge([Forged(b"d/", b"", STORED, attributes=LINK)]),
        "is a link or a device",
    ),
    "encrypted": (forge([Forged(flags=0x801)]), "'a.csv' is encrypted"),
    "strongly encrypted": (forge([Forged(flags=0x841)]), "is encrypted"),
    "bzip2": (forge([Forged(method=12, packed=b"BZh9")]), "is compressed with method 12"),
    "directory with data": (
        forge([Forged(b"d/", b"data", STORED, attributes=DIRECTORY)]),
        "'d/' is a directory with content",
    ),
    "same name": (
        forge([Forged(), Forged(data=b"other")]),
        "'a.csv' and 'a.csv', which are the same name",
    ),
    "same short name": (forge([Forged(b"a"), Forged(b"a")]), "'a' and 'a', which are the same"),
    "same but for case": (forge([Forged(), Forged(b"A.CSV")]), "'a.csv' and 'A.CSV'"),
    "same but for form": (
        forge([Forged(unicodedata.normalize(form, "ö.csv").encode()) for form in ("NFC", "NFD")]),
        "which are the same name",
    ),
    "file and directory": (
        forge([Forged(b"d"), Forged(b"d/", b"", STORED, attributes=DIRECTORY)]),
        "'d' and 'd/', which are the same name",
    ),
    "file and folder of another file": (
        forge([Forged(b"D/e/a.csv"), Forged(b"d")]),
        "the file 'd' and, in a folder of that name, 'D/e/a.csv'",
    ),
    "overlap": (overlapping(2), "'1.csv' shares bytes with another member"),
    "nested overlap": (nested_overlap(), "'inner.csv' shares bytes with another member"),
    "into the contents": (
        forge([Forged(method=STORED, data=b"x", packed_size=200, size=200)]),
        "last member runs into the table of contents",
    ),
    "other local name": (
        forge([Forged(local_name=b"b.csv")]),
        "'a.csv' has another name inside the package: 'b.csv'",
    ),
    "other local method": (forge([Forged(local_method=STORED)]), "described in two different ways"),
    "no local header": (
        forge([Forged(method=STORED), Forged(b"b.csv", offset=43)]),
        "'b.csv' is not where it should be",
    ),
    "prefix": (b"#!/bin/sh\n" + GOOD, "has other bytes around the archive"),
    "prefix that the offsets know": (
        forge([Forged()], prefix=b"#!/bin/sh\n"),
        "has other bytes before the archive",
    ),
    "prefix that the offsets know, no member": (forge([], prefix=b"MZ"), "contains no files"),
    "part of a split archive": (
        GOOD[:-18] + b"\1\0\1\0" + GOOD[-14:],
        "is one part of a split archive",
    ),
    "wide end record that is elsewhere": (elsewhere(), "table of contents is damaged"),
    "suffix": (GOOD + b"<script>", "is cut off or has other bytes after the archive"),
    "second archive behind": (GOOD + GOOD, "has other bytes around the archive"),
    "too many": (many(6), "contains 6 entries; at most 5 are allowed"),
    "wrong count": (forge([Forged()], count=2), "table of contents is damaged"),
    "member too large": (
        forge([Forged(data=b"ab" * 501, method=STORED)]),
        "'a.csv' has 1002 bytes; at most 1000 are allowed",
    ),
    "all too large": (
        forge([Forged(b"%d.csv" % n, b"x" * 800, STORED) for n in range(2)]),
        "unpacks to more than 1500 bytes",
    ),
    "ratio": (forge([Forged(data=b"x" * 1000)]), "from 11 to 1000 bytes: more than 20 to 1"),
    "archive inside": (
        forge([Forged(b"more.ZIP", GOOD, STORED)]),
        "'more.ZIP' is an archive itself",
    ),
    "name that is not UTF-8": (forge([Forged(b"\xff.csv")]), "table of contents is damaged"),
}


LYING = {
    "wrong checksum": (Forged(data=ROWS, crc=1), "its checksum is wrong"),
    "wrong checksum, stored": (Forged(data=ROWS, method=STORED, crc=1), "its checksum is wrong"),
    "larger than claimed": (Forged(data=ROWS, size=10), "it is larger than the 10 bytes"),
    "larger, with the checksum of the claimed part": (
        Forged(data=ROWS[:10], packed=deflate(ROWS)),
        "it is larger than the 10 bytes",
    ),
    "smaller than claimed": (Forged(data=ROWS, size=450), "it is smaller than the 450 bytes"),
    "stored, smaller": (Forged(method=STORED, data=b"xy", size=3), "it is smaller than the 3"),
    "stored, larger": (Forged(method=STORED, data=b"xy", size=1), "it is larger than the 1 "),
    "not deflated at all": (Forged(packed=b"\xff" * 30), "its compressed bytes make no sense"),
    "cut inside": (
        Forged(data=ROWS, packed=deflate(ROWS)[:-3]),
        "its compressed bytes end too early",
    ),
    "bytes behind": (Forged(packed=deflate(b"a;b\n1;2\n") + b"??"), "other bytes follow"),
}
