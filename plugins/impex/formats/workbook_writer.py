"""Writes rows as an .xlsx workbook, one after the other."""

import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES

from impex.formats.sheet_cells import MOST_CHARACTERS, Cell, CellFault

_IN_MEMORY = 8 << 20
_PIECE_BYTES = 1 << 20
# What a sheet's title cannot have.
_FORBIDDEN = re.compile(r"[\\*?:/\[\]]")
# Characters that XML cannot hold, and what looks like the way to write them.
_ENCODED = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ERROR = "#VALUE!"
_NOTES = "Notes"

# A workbook, sheet or cell of openpyxl, which has no types.
Part = Any
Value = Cell | bool | int | float | date


def workbook_bytes(
    title: str, rows: Iterable[Sequence[Value]], notes: Iterable[Sequence[Value]] = ()
) -> Iterator[bytes]:
    """Yield the bytes of a workbook with one sheet, and a second one if there are notes.

    Text stays text, whatever it looks like. A cell that holds no text to be trusted becomes an error
    cell, so that it is refused again until somebody mends it.
    """
    book = Workbook(write_only=True)
    _add_sheet(book, title, rows)
    if notes:
        _add_sheet(book, _NOTES if title != _NOTES else f"{_NOTES} 2", notes)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _add_sheet(book: Part, title: str, rows: Iterable[Sequence[Value]]) -> None:
    """Write the rows; openpyxl keeps them in a temporary file."""
    with warnings.catch_warnings():
        # A title that is too long for some programs is still the one that the layout names.
        warnings.simplefilter("ignore")
        sheet = book.create_sheet(_FORBIDDEN.sub("_", title))
    for cells in rows:
        sheet.append([_written(sheet, cell) for cell in cells])


def _written(sheet: Part, cell: Value) -> Part:
    """Return a cell that says the same when it is read again."""
    if cell == "":
        return None
    if isinstance(cell, bool | int | float | date):
        return WriteOnlyCell(sheet, cell)
    if isinstance(cell, CellFault):
        return WriteOnlyCell(sheet, cell.shown if cell.shown in ERROR_CODES else _ERROR)
    text = _ENCODED.sub(lambda match: f"_x{ord(match.group()):04X}_", cell)
    if len(text) > MOST_CHARACTERS:
        return WriteOnlyCell(sheet, _ERROR)
    written = WriteOnlyCell(sheet, text)
    # Otherwise a text such as `=1` would become a formula.
    written.data_type = "s"
    written.number_format = "@"
    return written
