"""Fields of a block of text as columns, which point into the block."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from impex.formats.records import Positions

_EVERY_SECOND = 0b01010101


def columns(data: NDArray[np.uint8], start: Positions, end: Positions) -> list[pl.Series]:
    """Return byte ranges of a block as columns of text, whose names are numbers from 1.

    To Arrow, the block is for each column a row of texts in turn: one that is wanted, and one that
    stands between it and the next, see "Variable-size Binary Layout" of its columnar format.

    Args:
        data: The block; it stays in memory as long as a column needs it.
        start: Where fields begin, as ``[column, record]``, the records in order.
        end: Where they end; what is between must be UTF-8.
    """
    count, rows = start.shape
    if rows == 0:
        return [pl.Series(str(number + 1), [], pl.String) for number in range(count)]
    block, texts = pa.py_buffer(data), 2 * rows - 1
    bits = pa.py_buffer(np.full(texts // 8 + 1, _EVERY_SECOND, np.uint8))
    wanted = pl.Series(pa.Array.from_buffers(pa.bool_(), texts, [None, bits]))
    borders = np.empty((count, rows, 2), np.int64)
    borders[:, :, 0], borders[:, :, 1] = start, end
    series = []
    for number, places in enumerate(borders, 1):
        buffers = [None, pa.py_buffer(places), block]
        array = pa.Array.from_buffers(pa.large_string(), texts, buffers)
        series.append(pl.Series(str(number), array).filter(wanted))
    return series
