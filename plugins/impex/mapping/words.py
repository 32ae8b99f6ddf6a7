"""Words that stand for values: yes and no, and the values of an enum."""

from collections import Counter

import polars as pl

from impex.domain.column import Column
from impex.mapping.values import Keep, Value

_TRUE = ("true", "t", "yes", "y", "on", "1")
_FALSE = ("false", "f", "no", "n", "off", "0")


def boolean(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Read yes or no, in the column's own words if it declares them."""
    word = keep("word", cell.str.strip_chars().str.to_lowercase())
    yes, no = column.notation.yes or _TRUE, column.notation.no or _FALSE
    return Value(
        pl.when(word.is_in(yes)).then(pl.lit("true")).when(word.is_in(no)).then(pl.lit("false"))
    )


def enum(cell: pl.Expr, column: Column, _: Keep) -> Value:
    """Read one of the column's words: as written, else without regard to case if that is clear."""
    word = cell.str.strip_chars()
    values = dict(column.notation.values)
    times = Counter(written.lower() for written in values)
    folded = {w.lower(): value for w, value in values.items() if times[w.lower()] == 1}
    return Value(pl.coalesce(_replaced(word, values), _replaced(word.str.to_lowercase(), folded)))


def _replaced(word: pl.Expr, values: dict[str, str]) -> pl.Expr:
    return word.replace_strict(
        list(values), list(values.values()), default=None, return_dtype=pl.String
    )
