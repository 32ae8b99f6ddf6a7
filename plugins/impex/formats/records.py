"""Where records and fields begin and end in a block of delimited text.

RFC 4180 with physical line numbers. A quote opens a field only at the field's start; everything
else is an issue of its record and a literal character, so that one bad record never moves the
borders of the next. Positions are byte offsets into a block of UTF-8 in which delimiter and quote
are ASCII, so no multi-byte character can be mistaken for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impex.domain.group import Escape, Layout
from impex.domain.issues import Code, Issue

LF, CR, NUL, BACKSLASH = 10, 13, 0, 92

Positions = NDArray[np.int64]
# Offsets of faults by kind.
Faults = dict[Code, Positions]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one block.

    Attributes:
        data: The bytes of the records; they end with a line end.
        start: Offset of each record's first byte.
        end: Offset behind each record's last byte, line end excluded.
        line: Physical line on which each record starts, 1-based within the file.
        fields: Number of fields of each record.
        separators: Offsets of all delimiters and record ends, in order.
        first: Index into ``separators`` of each record's first one.
        issues: Faults by record index; such a record must not be used.
        closed: False if the last line of the file has no line end.
    """

    data: NDArray[np.uint8]
    start: Positions
    end: Positions
    line: Positions
    fields: Positions
    separators: Positions
    first: Positions
    issues: dict[int, list[Issue]]
    closed: bool = True

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.start)

    def raw(self, index: int) -> bytes:
        """Return the record's bytes without its line end."""
        return self.data[self.start[index] : self.end[index]].tobytes()

    def bounds(self, rows: Positions, width: int) -> Iterator[tuple[Positions, Positions]]:
        """Yield start and end of every field of some records, field by field.

        Fields that a record does not have are empty.

        Args:
            rows: Indexes of the records.
            width: Number of fields to yield.
        """
        begin, end = self.start[rows], self.end[rows]
        first, count = self.first[rows], self.fields[rows]
        last = len(self.separators) - 1
        for number in range(width):
            stop = self.separators[np.minimum(first + number, last)]
            stop = np.where(number < count - 1, stop, end)
            yield np.minimum(begin, stop), stop
            begin = np.where(number < count - 1, stop + 1, end)


def split(block: bytes, layout: Layout, line: int, *, closed: bool = True) -> tuple[Records, int]:
    """Find the complete records of a block that starts at a record.

    Args:
        block: UTF-8 bytes; if ``closed`` is false, a line end was appended to the file's last line.
        layout: Delimiter, quote and escape are used.
        line: Physical line number of the block's first byte.
        closed: Passed on to the result.

    Returns:
        The records and the number of bytes they take; the rest is the start of a further record.
    """
    data = np.frombuffer(block, np.uint8)
    marks, faults = _quotes(data, layout)
    borders = np.flatnonzero((data == ord(layout.delimiter)) | (data == LF))
    separators = borders[np.searchsorted(marks, borders) % 2 == 0]
    last_of_record = np.flatnonzero(data[separators] == LF)
    separators = separators[: last_of_record[-1] + 1] if len(last_of_record) else separators[:0]
    ends = separators[last_of_record]
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)[: len(ends)]
    first = np.concatenate([[0], last_of_record[:-1] + 1]).astype(np.int64)[: len(ends)]
    lines = line + np.searchsorted(np.flatnonzero(data == LF), starts)
    trimmed = ends - ((ends > starts) & (data[ends - 1] == CR))
    consumed = int(ends[-1]) + 1 if len(ends) else 0
    fields = last_of_record - first + 1
    records = Records(
        data[:consumed], starts, trimmed, lines, fields, separators, first, {}, closed
    )
    faults |= _forbidden(data, marks)
    _assign(records, faults, consumed)
    return records, consumed


def _quotes(data: NDArray[np.uint8], layout: Layout) -> tuple[Positions, Faults]:
    """Return the quotes that open or close fields, alternately, and the faults of the others."""
    quote, delimiter = ord(layout.quote), ord(layout.delimiter)
    marks = np.flatnonzero(data == quote)
    if layout.escape is Escape.BACKSLASH:
        marks = marks[~np.isin(marks, _escaped(data))]
    if len(marks) == 0:
        return marks, {}
    opening, closing = marks[::2], marks[1::2]
    before = data[opening - 1]
    opens = (before == delimiter) | (before == LF) | (opening == 0)
    opens[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
    after = data[np.minimum(closing + 1, len(data) - 1)]
    closes = (after == delimiter) | (after == LF) | (after == CR) | (after == quote)
    if opens.all() and closes.all():
        return marks, {}
    return _quotes_one_by_one(data, marks, delimiter, quote)


def _escaped(data: NDArray[np.uint8]) -> Positions:
    """Return the offsets of bytes that a backslash escapes; a pair of backslashes escapes none."""
    slashes = np.flatnonzero(data == BACKSLASH)
    if len(slashes) == 0:
        return slashes
    new_run = np.concatenate([[True], np.diff(slashes) != 1])
    run_start = slashes[np.flatnonzero(new_run)][np.cumsum(new_run) - 1]
    escaping: Positions = slashes[(slashes - run_start) % 2 == 0]
    return escaping + 1


def _quotes_one_by_one(
    data: NDArray[np.uint8], marks: Positions, delimiter: int, quote: int
) -> tuple[Positions, Faults]:
    """Do the work of ``_quotes`` for a block with misplaced quotes, where parity would mislead."""
    kept: list[int] = []
    stray: list[int] = []
    early: list[int] = []
    inside = False
    for mark in marks.tolist():
        if inside:
            kept.append(mark)
            inside = False
            if mark + 1 < len(data) and data[mark + 1] not in (delimiter, LF, CR, quote):
                early.append(mark)
        elif mark == 0 or data[mark - 1] in (delimiter, LF) or (kept and kept[-1] == mark - 1):
            kept.append(mark)
            inside = True
        else:
            stray.append(mark)
    faults = {
        Code.STRAY_QUOTE: np.array(stray, np.int64),
        Code.TEXT_AFTER_QUOTE: np.array(early, np.int64),
    }
    return np.array(kept, np.int64), faults


def _forbidden(data: NDArray[np.uint8], marks: Positions) -> Faults:
    """Find NUL characters anywhere and carriage returns outside quotes that end no line."""
    returns = np.flatnonzero(data == CR)
    follower = data[np.minimum(returns + 1, len(data) - 1)]
    lone = (follower != LF) & (np.searchsorted(marks, returns) % 2 == 0)
    return {Code.NUL_CHARACTER: np.flatnonzero(data == NUL), Code.BAD_LINE_END: returns[lone]}


_MESSAGES = {
    Code.STRAY_QUOTE: "a quote stands inside a field that does not start with one",
    Code.TEXT_AFTER_QUOTE: "text follows the closing quote of a field",
    Code.NUL_CHARACTER: "the record contains a NUL character",
    Code.BAD_LINE_END: "a carriage return stands alone, outside quotes",
}


def _assign(records: Records, faults: Faults, consumed: int) -> None:
    """Turn faults at offsets into issues of their records, one of each kind per record."""
    first: list[tuple[int, int, Code]] = []
    for code, found in faults.items():
        within = found[found < consumed]
        indexes = np.searchsorted(records.start, within, side="right") - 1
        indexes, kept = np.unique(indexes, return_index=True)
        first += [
            (at, index, code)
            for at, index in zip(within[kept].tolist(), indexes.tolist(), strict=True)
        ]
    for _, index, code in sorted(first):
        issue = Issue(code, line=int(records.line[index]), message=_MESSAGES[code])
        records.issues.setdefault(index, []).append(issue)
