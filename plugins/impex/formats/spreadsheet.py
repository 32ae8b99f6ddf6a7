"""Spreadsheets as records: a row is a record, a cell is the text a person would write for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

import polars as pl

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import APPENDED, VALUE_LIMIT, Issue
from impex.domain.layout import Layout
from impex.formats.archive import Limits
from impex.formats.batch import MOST_CELLS, Batch, check_width, last_marked, total_row_issue
from impex.formats.rejects import Rejected, appended
from impex.formats.sheet_cells import Cell, CellFault, Row, shown
from impex.formats.workbook import portions
from impex.formats.workbook_writer import workbook_bytes


@dataclass(slots=True)
class SpreadsheetReader:
    """Reads one sheet once: the header first, then its batches or its rejects.

    Rows without a text are no records. Cells that a row does not have are empty. The line of a
    record is the number of its row.

    Attributes:
        needed: Number of leading fields that the descriptor uses; set it before ``batches``. What is
            wrong with cells behind them, such as a formula, does not matter.
        header: Names of the fields as they stand in the sheet; empty without a header.
        width: Number of fields that a record has.
        notes: What a person should know about how the file is read, in sentences.
    """

    stream: BinaryIO
    layout: Layout
    limits: Limits
    needed: int = 0
    header: list[str] = field(init=False, default_factory=list)
    width: int = field(init=False, default=0)
    notes: list[str] = field(init=False, default_factory=list)
    _preamble: dict[int, list[Cell]] = field(init=False, default_factory=dict)
    _portions: Iterator[list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        """Read the first rows, to know the header.

        Raises:
            FileFaultError: The file is no spreadsheet, the sheet is empty, or its header cannot be
                read.
        """
        rest = self._counting(portions(self.stream, self.layout, self.limits))
        first = next(rest, None)
        if first is None:
            raise FileFaultError(Issue(Code.EMPTY_FILE, message="the sheet is empty"))
        self._portions = chain([self._begin(first)], rest)

    @property
    def heads(self) -> list[tuple[list[str], int]]:
        """Names and number of the fields; a sheet has records of one kind."""
        return [(self.header, self.width)]

    def others(self, _: int) -> list[str]:
        """Return nothing: the header tells beforehand what nobody asks for."""
        return []

    def batches(self) -> Iterator[Batch]:
        """Yield the rows after the header, in the order of the sheet.

        Raises:
            FileFaultError: The file cannot be read to its end as declared.
        """
        most = max(MOST_CELLS // self.width, 1)
        for rows, total in self._content():
            for at in range(0, len(rows), most):
                part = rows[at : at + most]
                found = {row[0]: self._issues(row) for row in part}
                if total and at + most >= len(rows):
                    line, cells = part[-1]
                    found[line] = [total_row_issue(line, " ".join(map(shown, cells)))]
                good = [row for row in part if not found[row[0]]]
                issues = [issue for of_row in found.values() for issue in of_row]
                yield Batch(self._frame(good), len(part), issues)

    def rejects(self, rejected: Iterable[Rejected], _: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a workbook that has the rejected rows only, with what is wrong.

        It is an .xlsx workbook, also for an .ods file: both are read under either name. All cells
        are text, so that what a person types into them stays as it is.

        Args:
            rejected: In line order.
        """
        yield from workbook_bytes(self.layout.sheet or "Rejects", self._reject_rows(iter(rejected)))

    def _counting(self, rest: Iterator[list[Row]]) -> Iterator[list[Row]]:
        """Leave out the rows to be skipped and comments, and portions of nothing else."""
        skipped, comment = self.layout.skip_lines, self.layout.comment
        for portion in rest:
            self._preamble.update(row for row in portion if row[0] <= skipped)
            rows = [row for row in portion if row[0] > skipped]
            if comment is not None:
                rows = [row for row in rows if not _begins_with(row[1][0], comment)]
            if rows:
                yield rows

    def _begin(self, rows: list[Row]) -> list[Row]:
        """Learn the width, and the header if there is one; return the other rows."""
        if not self.layout.header:
            # The first row may have empty cells at its end.
            self.width = max(len(cells) for _, cells in rows)
            check_width(self.width, rows[0][0])
            return rows
        (line, cells), *others = rows
        self.width = len(cells)
        check_width(self.width, line)
        if faults := list(self._faults(rows[0])):
            raise FileFaultError(*faults)
        self.header = [shown(cell) for cell in cells]
        return others

    def _content(self) -> Iterator[tuple[list[Row], bool]]:
        """Yield the rows behind the header, and whether some end with the total row."""
        mark = self.layout.total_row
        for rows, last in last_marked(rows for rows in self._portions if rows):
            cells = rows[-1][1]
            yield rows, last and mark is not None and any(_begins_with(c, mark) for c in cells)

    def _issues(self, row: Row) -> list[Issue]:
        """Return the faults of a row."""
        line, cells = row
        if len(cells) > self.width:
            message = f"the row has {len(cells)} cells, expected {self.width}"
            return [Issue(Code.TOO_MANY_FIELDS, line=line, message=message), *self._faults(row)]
        return list(self._faults(row))

    def _faults(self, row: Row) -> Iterator[Issue]:
        """Yield the faults of the cells of a row."""
        line, cells = row
        for number, cell in enumerate(cells):
            if isinstance(cell, CellFault) and number < (self.needed or self.width):
                column = (
                    self.header[number] if number < len(self.header) else f"column {number + 1}"
                )
                value = cell.shown[:VALUE_LIMIT]
                yield Issue(cell.code, line, column=column, value=value, message=cell.message)

    def _frame(self, rows: list[Row]) -> pl.DataFrame:
        """Turn rows without faults into columns."""
        missing = [""] * self.width
        texts = [[*map(_text, cells), *missing[len(cells) :]] for _, cells in rows]
        columns = zip(*texts, strict=True) if rows else [()] * self.width
        return pl.DataFrame(
            [
                pl.Series("line", [line for line, _ in rows], pl.Int64),
                *(pl.Series(str(n), column, pl.String) for n, column in enumerate(columns, 1)),
            ]
        )

    def _reject_rows(self, rejected: Iterator[Rejected]) -> Iterator[list[Cell]]:
        """Yield the rows of the reject file."""
        yield from (self._preamble.get(n, []) for n in range(1, self.layout.skip_lines + 1))
        if self.header:
            yield [*self.header, *APPENDED]
        pending = next(rejected, None)
        for rows, total in self._content():
            for line, cells in rows:
                while pending is not None and pending[0] < line:
                    pending = next(rejected, None)
                if pending is not None and pending[0] == line:
                    missing = [""] * (self.width - len(cells))
                    yield [*cells, *missing, *appended(pending)]
            if total:
                yield rows[-1][1]
            if pending is None and self.layout.total_row is None:
                return


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else ""


def _begins_with(cell: Cell, text: str) -> bool:
    return isinstance(cell, str) and cell.startswith(text)
