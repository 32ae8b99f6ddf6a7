"""What a cell of a spreadsheet says, as text that a person would write."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue

LAST_ROW = 1 << 20
MOST_CHARACTERS = 32_767
"""What a cell holds."""

LONGER = "[\\u0001-\\u0008\\u000b-\\u001f\\ufffe\\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
"""Matches, in PostgreSQL, what a workbook has seven characters for."""

_PADDED = re.compile(r"0{2,}")
# Digits that spreadsheet programs keep; behind them a binary fraction is noise.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell without a text that could be trusted.

    Attributes:
        code: What is wrong.
        shown: What stands in the cell.
    """

    code: Code
    shown: str

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        return _MESSAGES[self.code].format(self.shown)


_MESSAGES = {
    Code.FORMULA: "the cell holds the formula {}",
    Code.UNSAVED_FORMULA: "the cell holds the formula {}, whose value was not saved",
    Code.CELL_ERROR: "the cell holds the error {}",
    Code.NUL_CHARACTER: "the cell contains a NUL character",
}

Cell = str | CellFault
Row = tuple[int, list[Cell]]
"""Number of a row and its cells, without empty ones at the end."""


def shown(cell: Cell) -> str:
    """Return what a person sees in a cell."""
    return cell.shown if isinstance(cell, CellFault) else cell


def check_row(number: int) -> None:
    """Raise if a row stands where no spreadsheet program has one."""
    if number > LAST_ROW:
        message = f"the sheet has more than {LAST_ROW} rows; split it"
        raise FileFaultError(Issue(Code.NOT_A_SPREADSHEET, line=number, message=message))


def trimmed(cells: list[Cell]) -> list[Cell]:
    """Drop empty cells at the end."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def number_text(value: float, number_format: str = "") -> Cell:
    """Write a number without exponent; a format of zeros such as ``00000`` pads it.

    Numbers of up to 15 digits come out as they were typed, whatever their binary form is.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return CellFault(Code.CELL_ERROR, str(value))
        exact = Decimal(f"{value:.{_DIGITS}g}")
        if exact != exact.to_integral_value():
            return format(exact, "f")
        value = int(exact)
    digits = str(abs(value))
    if _PADDED.fullmatch(number_format):
        digits = digits.zfill(len(number_format))
    return f"-{digits}" if value < 0 else digits


def boolean_text(value: object) -> str:
    """Write ``true`` or ``false``."""
    return "true" if value else "false"


def moment_text(value: date | time | timedelta, *, timed: bool) -> str:
    """Write a date, a time or both as in ISO 8601, durations as hours, minutes and seconds.

    Args:
        value: Midnight is no time of day, unless ``timed``.
        timed: Whether the cell shows a time of day.
    """
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, datetime) and value.time() == time() and not timed:
        return value.date().isoformat()
    return value.isoformat()
