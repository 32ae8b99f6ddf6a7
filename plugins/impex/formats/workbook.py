"""Spreadsheet files: checked, then read row by row.

Both formats are zip archives, so they have to be whole before they can be read: the file is copied
to this machine's temporary space, which is freed with the reader.
"""

import tempfile
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast
from zipfile import BadZipFile

from impex.domain.errors import DataError, FileFaultError, TransientError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.layout import Layout
from impex.formats.archive import Limits, list_members
from impex.formats.ods_sheet import ods_rows
from impex.formats.sheet_cells import Row
from impex.formats.xlsx_sheet import xlsx_rows

PORTION_ROWS = 20_000
# Most cells and characters of a portion.
_PORTION_SIZE = 4 << 20
_IN_MEMORY = 8 << 20
_COPIED = 1 << 20
# Parts that are held in memory as a whole: texts that cells share, styles.
_MOST_SHARED = 64 << 20
# Sheets, pictures and the like lie so many folders deep.
_SHEET_DEPTH = 2
_OLE = b"\xd0\xcf\x11\xe0"
# What libraries raise over files that no spreadsheet program has written.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)


def portions(stream: BinaryIO, layout: Layout, limits: Limits) -> Iterator[list[Row]]:
    """Yield the rows of a sheet that are not empty, as many at a time as memory likes.

    Args:
        stream: The file's bytes; read to its end at once.
        layout: Its sheet and what it says about formulas are used.
        limits: How far the file may unpack, and how much text its rows may make of it.

    Raises:
        FileFaultError: The file is no spreadsheet, or has no such sheet.
        DataError: It is larger than the limits.
        TransientError: There is no room for the copy.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        file = cast(BinaryIO, copy)
        most = limits.unpacked(_copy(stream, file, limits))
        with _explained():
            rows = _rows(file, layout, limits)
        while True:
            with _explained():
                portion, size = _portion(rows)
            most -= size
            if most < 0:
                raise DataError(
                    "The spreadsheet holds far more text than its size allows. Save it as a text file."
                )
            if not portion:
                return
            yield portion


def _copy(stream: BinaryIO, file: BinaryIO, limits: Limits) -> int:
    """Copy the file; return its size."""
    size = 0
    while block := stream.read(_COPIED):
        size += len(block)
        if size > limits.member_bytes:
            raise DataError(f"The spreadsheet has more than {limits.member_bytes} bytes. Split it.")
        try:
            file.write(block)
        except OSError as fault:
            message = f"there is no room for a copy of the spreadsheet: {fault.strerror}"
            raise TransientError(message) from fault
    return size


def _rows(file: BinaryIO, layout: Layout, limits: Limits) -> Iterator[Row]:
    """Tell the two formats apart by what is in the file, not by its name."""
    file.seek(0)
    start = file.read(len(_OLE))
    if not start:
        raise FileFaultError(Issue(Code.EMPTY_FILE, message="the file is empty"))
    if start == _OLE:
        raise _no_spreadsheet("it is an old .xls file, or protected by a password")
    if not start.startswith(b"PK"):
        raise _no_spreadsheet("it is something else, whatever its name says")
    try:
        sizes = {member.name: member.size for member in list_members(file, "sheets.zip", limits)}
    except DataError as fault:
        raise _no_spreadsheet(str(fault)) from fault
    if "content.xml" in sizes:
        return ods_rows(file, layout)
    if "[Content_Types].xml" not in sizes:
        raise _no_spreadsheet("it is an archive of other files")
    if any(size > _MOST_SHARED for name, size in sizes.items() if name.count("/") < _SHEET_DEPTH):
        raise _no_spreadsheet(
            "the texts that its cells share are too large; save it as a text file"
        )
    return xlsx_rows(file, layout)


def _portion(rows: Iterator[Row]) -> tuple[list[Row], int]:
    """Take the next rows; return them and how many cells and characters they have."""
    portion: list[Row] = []
    size = 0
    for number, cells in rows:
        if cells:
            portion.append((number, cells))
            size += len(cells) + sum(len(cell) for cell in cells if isinstance(cell, str))
        if len(portion) >= PORTION_ROWS or size >= _PORTION_SIZE:
            break
    return portion, size


@contextmanager
def _explained() -> Iterator[None]:
    """Say in words what libraries raise, and do not repeat their warnings about decoration."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except _UNREADABLE as fault:
            raise _no_spreadsheet(
                "it is damaged, or not written by a spreadsheet program"
            ) from fault


def _no_spreadsheet(why: str) -> FileFaultError:
    message = f"the file cannot be read as a spreadsheet: {why}"
    return FileFaultError(Issue(Code.NOT_A_SPREADSHEET, message=message))
