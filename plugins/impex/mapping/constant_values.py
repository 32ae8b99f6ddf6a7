"""Constants, with the facts of the run and of the row that stand in them."""

import os
from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa

from impex.domain.constants import pieces

# Length of the groups of hexadecimal digits.
_UUID_GROUPS = (8, 4, 4, 4, 12)


def constant_value(constant: str, facts: Mapping[str, str]) -> pl.Expr:
    """Return a constant for every row.

    Args:
        constant: As the group file has it, placeholders included.
        facts: What is the same in all rows, by the name of its placeholder.
    """
    of_the_row = {
        "line": pl.col("line").cast(pl.String),
        "uuid": pl.col("line").map_batches(_random_uuids, return_dtype=pl.String),
    }
    texts = pieces(constant)
    parts = [pl.lit(text) for text in texts]
    for place, name in enumerate(texts[1::2]):
        parts[2 * place + 1] = of_the_row[name] if name in of_the_row else pl.lit(facts[name])
    return pl.concat_str(parts)


def _random_uuids(rows: pl.Series) -> pl.Series:
    """Make a random UUID for each row (RFC 9562, version 4)."""
    octets = np.frombuffer(os.urandom(16 * len(rows)), np.uint8).reshape(-1, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    buffers = [None, pa.py_buffer(octets.tobytes())]
    binary = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(rows), buffers)
    digits = pl.Series(pl.from_arrow(binary)).cast(pl.Binary).bin.encode("hex")
    starts = np.cumsum((0, *_UUID_GROUPS))[:-1].tolist()
    groups = [digits.str.slice(*bounds) for bounds in zip(starts, _UUID_GROUPS, strict=True)]
    return pl.select(pl.concat_str(groups, separator="-")).to_series()
