"""Text in which every field has its place on the line, counted in characters."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import polars as pl
from numpy.typing import NDArray

from impex.domain.issue_codes import Code
from impex.domain.issues import APPENDED, Issue
from impex.domain.layout import Ragged
from impex.formats.cells import columns
from impex.formats.records import CR, LF, Place, Positions, Records, attach, forbidden, lines
from impex.formats.rejects import Rejected, appended
from impex.formats.text_reader import TextReader

_BLANK = 32
# What stands behind the last field of a record of a reject file.
_APPENDIX = f"{APPENDED[0]}=".encode()
_NO_MARKS = np.zeros(0, np.int64)
# In UTF-8, every byte of a character but the first is 10xxxxxx.
_CONTINUATION_MASK, _CONTINUATION = 0xC0, 0x80
_CONTINUED = bytes(range(0x80, 0xC0))


@dataclass(slots=True)
class FixedWidthReader(TextReader[Records]):
    """Reads a file whose fields have the widths of the layout; blanks around them are padding.

    A record of a reject file goes on behind its last field with ``_line=``. Such a rest of a line
    is read over, with a header and without; any other is a fault.
    """

    @property
    def _named(self) -> int:
        return self.width

    def _split(self, block: bytes, place: Place, *, closed: bool) -> Records:
        records = lines(block, place, closed=closed)
        attach(records, forbidden(records.data, _NO_MARKS))
        return records

    def _fields(self, records: Records, index: int) -> int:
        """Count the fields that are whole or, where short lines are filled up, begun."""
        length = _characters(records.raw(index))
        if self.layout.ragged is Ragged.PAD:
            return int(np.searchsorted(self._borders[:-1], length, "left"))
        return int(np.searchsorted(self._borders[1:], length, "right"))

    @property
    def _borders(self) -> Positions:
        """Where fields begin and end, in characters."""
        return np.array([0, *accumulate(self.layout.widths)])

    def _columns(self, records: Records, rows: Positions, width: int) -> list[pl.Series]:
        border = self._bytes_at(records, rows, self._borders[: width + 1])
        texts = columns(records.data, border[:-1], border[1:])
        return [text.str.strip_chars(" ") for text in texts]

    def _bytes_at(self, records: Records, rows: Positions, characters: Positions) -> Positions:
        """Return where characters of some records stand in the block, or where these end."""
        first = _first_bytes(records.data)
        at = np.searchsorted(first, records.start[rows]) + characters[:, np.newaxis]
        border: Positions = first[np.minimum(at, len(first) - 1)]
        return np.minimum(border, records.end[rows])

    def _miscounted(self, records: Records, rows: Positions) -> Iterator[tuple[int, Issue]]:
        """Find lines that are too short, and those that go on behind the last field."""
        whole = self._borders[-1:]
        lengths = _lengths(records.data, records.start[rows], records.end[rows])
        if self.layout.ragged is Ragged.REJECT:
            for index in rows[lengths < whole].tolist():
                yield index, self._misfit(records, index, Code.LINE_TOO_SHORT)
        longer = rows[lengths > whole]
        (rest,) = self._bytes_at(records, longer, whole)
        filled = _last_text(records, longer) >= rest
        for index, start in zip(longer[filled].tolist(), rest[filled].tolist(), strict=True):
            text = records.data[start : records.end[index]].tobytes()
            if not text.lstrip().startswith(_APPENDIX):
                yield index, self._misfit(records, index, Code.LINE_TOO_LONG)

    def _misfit(self, records: Records, index: int, code: Code) -> Issue:
        length = _characters(records.raw(index))
        message = f"the line has {length} characters, expected {self._borders[-1]}"
        return Issue(code, line=int(records.line[index]), message=message)

    def _appended(self, records: Records, index: int, rejected: Rejected | None) -> bytes:
        """Append text behind the last field; the header stays as it is."""
        record = records.raw(index)
        if rejected is None:
            return record + b"\n"
        texts = zip(APPENDED, appended(rejected), strict=True)
        appendix = " ".join(f"{name}={' '.join(text.split())}" for name, text in texts)
        padding = b" " * (int(self._borders[-1]) - _characters(record))
        return record + padding + f" {appendix}\n".encode()


def _first_bytes(data: NDArray[np.uint8]) -> Positions:
    """Return where the characters of a block begin."""
    return np.flatnonzero((data & _CONTINUATION_MASK) != _CONTINUATION)


def _lengths(data: NDArray[np.uint8], start: Positions, end: Positions) -> Positions:
    """Return how many characters stand between two places."""
    first = _first_bytes(data)
    return np.searchsorted(first, end) - np.searchsorted(first, start)


def _last_text(records: Records, rows: Positions) -> Positions:
    """Return where the last character that is no blank stands, in front of a record's end."""
    blank = (records.data == _BLANK) | (records.data == CR) | (records.data == LF)
    text = np.concatenate([[-1], np.flatnonzero(~blank)])
    return text[np.searchsorted(text, records.end[rows]) - 1]


def _characters(record: bytes) -> int:
    """Count the characters of a record in which bytes may be wrong."""
    return len(record.translate(None, _CONTINUED))
