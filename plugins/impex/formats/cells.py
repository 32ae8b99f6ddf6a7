"""Fields of a block of text as columns, which point into the block."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from impex.formats.records import Positions

# A view is four words, see "Variable-size Binary View Layout" of the Arrow columnar format: the
# length; then up to twelve bytes of text, or the first four, a buffer's number and the place in it.
_WORDS = 4
_WORD_BYTES = 4
_INLINE_BYTES = 12
_KEEPING = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)


def columns(data: NDArray[np.uint8], start: Positions, end: Positions) -> list[pl.Series]:
    """Return byte ranges of a block as columns of text, whose names are numbers from 1.

    Args:
        data: The block, below 2 GiB; it stays in memory as long as a column needs it.
        start: Where fields begin, as ``[column, record]``.
        end: Where they end; what is between must be UTF-8.
    """
    rows = start.shape[1]
    views = pa.py_buffer(_views(data, start.ravel(), (end - start).ravel()))
    block, size = pa.py_buffer(data), rows * _WORDS * _WORD_BYTES
    series = []
    for number in range(len(start)):
        part = views.slice(size * number, size)
        array = pa.Array.from_buffers(pa.string_view(), rows, [None, part, block])
        series.append(pl.Series(str(number + 1), array))
    return series


def _views(data: NDArray[np.uint8], start: Positions, length: Positions) -> NDArray[np.uint32]:
    """Return the views of some fields."""
    words = _words(data)
    views = np.zeros((len(start), _WORDS), np.uint32)
    views[:, 0] = length
    views[:, 1] = words[start] & _KEEPING[np.minimum(length, _WORD_BYTES)]
    for number in (1, 2):
        behind = number * _WORD_BYTES
        more = np.flatnonzero((length > behind) & (length <= _INLINE_BYTES))
        kept = _KEEPING[np.minimum(length[more] - behind, _WORD_BYTES)]
        views[more, 1 + number] = words[start[more] + behind] & kept
    long = np.flatnonzero(length > _INLINE_BYTES)
    views[long, 3] = start[long]
    return views


def _words(data: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the word that begins at each byte of a block, and behind it."""
    padded = np.zeros(len(data) + _WORD_BYTES, np.uint8)
    padded[: len(data)] = data
    return np.ndarray(len(data) + 1, "<u4", padded, strides=(1,))
