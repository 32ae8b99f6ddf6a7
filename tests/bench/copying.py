"""The floor of exports: one COPY of the same rows and fields, in the same order, to a file.

What a careful person would write by hand for rows that are known to be right. Needs psycopg only,
and pandas where a function is applied.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.clock import timed
from tests.bench.shouting import shouted

NAME = "floor.csv"
_COPY = """
    COPY (
        SELECT p.sku, p.name_en, p.name_de, p.name_uk, b.name AS brand, c.code AS category,
               p.price, p.currency, p.stock, p.weight, p.active::text, p.released, p.description
        FROM bench.product p
        LEFT JOIN bench.brand b ON b.id = p.brand_id
        LEFT JOIN bench.category c ON c.id = p.category_id
        ORDER BY p.sku
    ) TO STDOUT (FORMAT csv, HEADER)
"""
# As many cells as ours gives to a function at once.
_BLOCK_ROWS = 20_000


def copy_out() -> float:
    """Time a COPY into a file of the store's disk, until it is safe there."""
    return timed(_copy)


def copy_out_and_transform() -> float:
    """Time the same, and the user's function over a column that is in pandas already."""
    blocks = _blocks()

    def work() -> None:
        _copy()
        for block in blocks:
            shouted(block)

    return timed(work)


def _copy() -> None:
    path = Path(os.environ["IMPEX_FILES"]) / NAME
    with (
        psycopg.connect(os.environ["IMPEX_DSN"]) as connection,
        connection.cursor() as cursor,
        cursor.copy(_COPY) as copy,
        path.open("wb") as file,
    ):
        file.writelines(copy)
        file.flush()
        os.fsync(file.fileno())


def _blocks() -> Iterable[Any]:
    """Return the cells of the column that the function is for, in Series as ours would give."""
    import pandas as pd

    with psycopg.connect(os.environ["IMPEX_DSN"]) as connection:
        rows = connection.execute("SELECT name_en FROM bench.product ORDER BY sku").fetchall()
    names = [name for (name,) in rows]
    starts = range(0, len(names), _BLOCK_ROWS)
    return [pd.Series(names[start : start + _BLOCK_ROWS]) for start in starts]
