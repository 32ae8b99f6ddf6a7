"""Fields copied out of a block of text, column after column."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from impex.formats.records import Positions

_OFFSET_BYTES = 4
# Fields that are copied at a time.
_PIECE = 1 << 13


@dataclass(frozen=True, slots=True)
class Cells:
    """The fields of some records, laid out as Arrow lays out text.

    Attributes:
        width: Number of columns.
        rows: Number of records.
        offsets: Where each field begins in ``content``, and where the last one ends.
        content: The bytes of all fields of the first column, then of the second, and so on.
    """

    width: int
    rows: int
    offsets: NDArray[np.int32]
    content: NDArray[np.uint8]

    @classmethod
    def copied(cls, data: NDArray[np.uint8], start: Positions, end: Positions) -> Self:
        """Copy the byte ranges ``[column, record]``, which must be UTF-8, out of a block."""
        begin = start.ravel()
        length = end.ravel() - begin
        offsets = np.zeros(len(length) + 1, np.int32)
        np.cumsum(length, out=offsets[1:])
        shift = begin - offsets[:-1]
        content = np.empty(offsets[-1], np.uint8)
        # An index takes eight times the memory of what it copies, so it is made piece by piece.
        for at in range(0, len(length), _PIECE):
            part = slice(at, at + _PIECE)
            first, behind = int(offsets[at]), int(offsets[min(at + _PIECE, len(length))])
            index = np.repeat(shift[part], length[part])
            index += np.arange(first, behind)
            # All positions are inside; with "raise", NumPy would copy once more.
            data.take(index, out=content[first:behind], mode="clip")
        width, rows = start.shape
        return cls(width, rows, offsets, content)

    def columns(self) -> list[pl.Series]:
        """Return the columns, named ``"1"``, ``"2"`` …; they share one buffer."""
        offsets, content = pa.py_buffer(self.offsets), pa.py_buffer(self.content)
        size = _OFFSET_BYTES * (self.rows + 1)
        series = []
        for number in range(self.width):
            part = offsets.slice(_OFFSET_BYTES * self.rows * number, size)
            array = pa.StringArray.from_buffers(self.rows, part, content)
            series.append(pl.Series(str(number + 1), array))
        return series

    def holding(self, *values: int) -> list[int]:
        """Return the indexes of the columns in which one of these bytes stands."""
        found = np.zeros(len(self.content), np.bool_)
        for value in values:
            found |= self.content == value
        positions = np.flatnonzero(found)
        if len(positions) == 0:
            return []
        borders = self.offsets[:: self.rows][1:]
        return np.flatnonzero(np.bincount(np.searchsorted(borders, positions, "right"))).tolist()
