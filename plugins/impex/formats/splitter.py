"""Where records and fields begin and end in a block of delimited text.

RFC 4180 with physical line numbers. A quote opens a field only at the field's start; everything
else is an issue of its record and a literal character, so that one bad record never moves the
borders of the next. Positions are byte offsets into a block of UTF-8 in which delimiter and quote
are ASCII, so no multi-byte character can be mistaken for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from impex.domain.issue_codes import Code
from impex.domain.layout import Escape, Layout
from impex.formats.records import (
    CR,
    LF,
    Faults,
    Place,
    Positions,
    Records,
    attach,
    begins_with,
    borders,
    forbidden,
    outside,
)

BACKSLASH = 92
_START = Place()


@dataclass(frozen=True, kw_only=True)
class DelimitedRecords(Records):
    """The records of one block of delimited text. Their fields are found when asked for.

    Attributes:
        delimiter: What stands between fields, as a byte.
        marks: Offsets of the quotes that open and close fields.
        number: Place of each record among the lines of the block, blank ones included.
    """

    delimiter: int
    marks: Positions
    number: Positions

    @cached_property
    def separators(self) -> Positions:
        """Offsets of all delimiters and record ends, in order."""
        found = np.flatnonzero((self.data == self.delimiter) | (self.data == LF))
        return outside(self.marks, found)

    @cached_property
    def _last(self) -> Positions:
        """Index into ``separators`` of the last one of each line."""
        return np.flatnonzero(self.data[self.separators] == LF)

    @cached_property
    def first(self) -> Positions:
        """Index into ``separators`` of each record's first one."""
        return np.where(self.number > 0, self._last[self.number - 1] + 1, 0)

    @cached_property
    def fields(self) -> Positions:
        """Number of fields of each record."""
        return self._last[self.number] - self.first + 1

    def bounds(self, rows: Positions, width: int) -> tuple[Positions, Positions]:
        """Return start and end of the leading fields of some records, as ``[field, record]``.

        Fields that a record does not have are empty.
        """
        numbers = np.arange(width)[:, np.newaxis]
        last = len(self.separators) - 1
        stop = self.separators[np.minimum(self.first[rows] + numbers, last)]
        # The last field of a record ends in front of the line end, further ones behind it.
        stop = np.where(numbers < self.fields[rows] - 1, stop, self.end[rows])
        begin = np.empty_like(stop)
        begin[:1] = self.start[rows]
        begin[1:] = np.minimum(stop[:-1] + 1, stop[1:])
        return begin, stop


def split(
    block: bytes, layout: Layout, place: Place = _START, *, closed: bool = True
) -> DelimitedRecords:
    """Find the complete records of a block that starts at a record.

    The result's ``data`` are the bytes that they take; the rest of the block is the start of a
    further record.

    Args:
        block: UTF-8 bytes; if ``closed`` is false, a line end was appended to the file's last line.
        layout: Delimiter, quote, escape and comment are used.
        place: Where the block begins.
        closed: Passed on to the result.
    """
    data = np.frombuffer(block, np.uint8)
    marks, faults = _quotes(data, layout)
    breaks = np.flatnonzero(data == LF)
    ends = outside(marks, breaks)
    taken = data[: ends[-1] + 1] if len(ends) else data[:0]
    start, end, line, number = borders(taken, ends, breaks, place)
    records = DelimitedRecords(
        data=taken,
        start=start,
        end=end,
        line=line,
        offset=place.offset,
        closed=closed,
        delimiter=ord(layout.delimiter),
        marks=marks[: np.searchsorted(marks, len(taken))],
        number=number,
    )
    attach(records, faults | forbidden(data, marks))
    return records


def _quotes(data: NDArray[np.uint8], layout: Layout) -> tuple[Positions, Faults]:
    """Return the quotes that open or close fields, alternately, and the faults of the others."""
    marks = np.flatnonzero(data == ord(layout.quote))
    if layout.escape is Escape.BACKSLASH:
        marks = marks[~_escaped(data)[marks]]
    if len(marks) == 0:
        return marks, {}
    kept, comments = marks, repeat(-1)
    certain = True
    if layout.comment:
        starts = _comments_around(data, marks, layout.comment)
        kept, real, comments = marks[starts < 0], starts[starts >= 0], starts.tolist()
        # A line inside quotes only looks like a comment.
        certain = len(outside(kept, real)) == len(real)
    if certain and _well_placed(data, kept, layout):
        return kept, {}
    return _quotes_one_by_one(data, zip(marks.tolist(), comments, strict=False), layout)


def _escaped(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which bytes a backslash escapes; a pair of backslashes escapes none."""
    escaped = np.zeros(len(data) + 1, np.bool_)
    slashes = np.flatnonzero(data == BACKSLASH)
    if len(slashes):
        new_run = np.ones(len(slashes), np.bool_)
        new_run[1:] = slashes[1:] != slashes[:-1] + 1
        run_start = slashes[np.flatnonzero(new_run)][np.cumsum(new_run) - 1]
        escaped[slashes[(slashes - run_start) % 2 == 0] + 1] = True
    return escaped


def _comments_around(data: NDArray[np.uint8], marks: Positions, comment: str) -> Positions:
    """Return for each mark where its line starts if that line looks like a comment, else -1."""
    breaks = np.concatenate([[-1], np.flatnonzero(data == LF)])
    starts = breaks[np.searchsorted(breaks, marks) - 1] + 1
    return np.where(begins_with(data, starts, comment), starts, -1)


def _well_placed(data: NDArray[np.uint8], marks: Positions, layout: Layout) -> bool:
    """Tell whether opening and closing quotes all stand where a field begins or ends."""
    quote, delimiter = ord(layout.quote), ord(layout.delimiter)
    opening, closing = marks[::2], marks[1::2]
    before = data[opening - 1]
    opens = (before == delimiter) | (before == LF) | (opening == 0)
    opens[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
    after = data[np.minimum(closing + 1, len(data) - 1)]
    closes = (after == delimiter) | (after == LF) | (after == CR) | (after == quote)
    return bool(opens.all() and closes.all())


def _quotes_one_by_one(
    data: NDArray[np.uint8], marks: Iterable[tuple[int, int]], layout: Layout
) -> tuple[Positions, Faults]:
    """Do the work of ``_quotes`` for a block with misplaced quotes, where parity would mislead.

    Args:
        data: The block.
        marks: All quotes, each with the start of its line if that looks like a comment, else -1.
        layout: Delimiter and quote are used.
    """
    quote, delimiter = ord(layout.quote), ord(layout.delimiter)
    kept: list[int] = []
    stray: list[int] = []
    early: list[int] = []
    inside, line, dropped = False, -1, False
    for mark, comment in marks:
        if comment != line:
            line, dropped = comment, comment >= 0 and not inside
        if dropped:
            continue
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
