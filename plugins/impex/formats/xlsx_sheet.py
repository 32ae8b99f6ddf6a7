"""The rows of a sheet of an .xlsx workbook, read with openpyxl, row by row.

pandas would read the sheet as a whole, and tells neither formulas nor number formats.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from typing import BinaryIO, Protocol

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_datetime

from impex.domain.issue_codes import Code
from impex.domain.layout import Formulas, Layout
from impex.formats.sheet_cells import (
    LAST_ROW,
    Cell,
    CellFault,
    Row,
    boolean_text,
    check_row,
    moment_text,
    number_text,
    trimmed,
)
from impex.formats.sheet_choice import place_of_sheet

# How the format writes control characters, and the underscore in front of what only looks so.
_ENCODED = re.compile(r"_x(005F|00[01][0-9A-F]|FFF[EF])_", re.IGNORECASE)


class _SheetCell(Protocol):
    """What openpyxl tells of a cell."""

    value: object
    data_type: str
    number_format: str


def xlsx_rows(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """Yield the rows of the sheet that the layout names.

    Formulas are in one view of the workbook and saved values in another, so a layout that takes
    the values reads it twice, in step.
    """
    views = (True, False) if layout.formulas is Formulas.VALUE else (False,)
    sheets = [_sheet(file, layout, data_only=view) for view in views]
    for number, rows in enumerate(zip(*sheets, strict=True), 1):
        check_row(number)
        cells = _values(*rows) if len(rows) > 1 else map(_text, rows[0])
        yield number, trimmed(list(cells))


def _sheet(file: BinaryIO, layout: Layout, *, data_only: bool) -> Iterator[tuple[_SheetCell, ...]]:
    """Open one view of the sheet."""
    book = load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
    names = [sheet.title for sheet in book.worksheets]
    sheet = book.worksheets[place_of_sheet(names, layout.sheet)]
    # Some programs write dimensions that are too small; rows and cells beyond would be lost.
    sheet.reset_dimensions()
    rows: Iterator[tuple[_SheetCell, ...]] = sheet.iter_rows(max_row=LAST_ROW + 1)
    return rows


def _values(values: Iterable[_SheetCell], formulas: Iterable[_SheetCell]) -> Iterator[Cell]:
    """Yield the saved values of a row; an empty result is saved as text."""
    for value, formula in zip(values, formulas, strict=True):
        if formula.data_type == "f" and value.value is None and value.data_type != "str":
            yield CellFault(Code.UNSAVED_FORMULA, _formula(formula.value))
        else:
            yield _text(value)


def _text(cell: _SheetCell) -> Cell:
    """Return what a cell says."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return CellFault(Code.FORMULA, _formula(value))
    if cell.data_type == "e":
        return CellFault(Code.CELL_ERROR, str(value))
    return _written(value, cell.number_format)


def _written(value: object, number_format: str) -> Cell:
    """Write a value as text."""
    if isinstance(value, bool):
        return boolean_text(value)
    if isinstance(value, int | float):
        return number_text(value, number_format)
    if isinstance(value, date | time | timedelta):
        return moment_text(value, timed=is_datetime(number_format) == "datetime")
    text = _ENCODED.sub(lambda match: chr(int(match.group(1), 16)), str(value))
    return CellFault(Code.NUL_CHARACTER, "") if "\0" in text else text


def _formula(value: object) -> str:
    """Return the text of a formula, also of one that fills several cells."""
    return str(getattr(value, "text", value))
