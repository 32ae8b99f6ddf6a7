"""What values must keep to: least and greatest, lengths, and a pattern of the whole."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from impex.domain.column import Column, ColumnType, Limits
from impex.domain.issue_codes import Code
from impex.mapping.conversion import plain_value
from impex.mapping.extraction import matched
from impex.mapping.values import Fault, seldom

Compare = Callable[[Any, Any], Any]

_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})


def exceeded(text: pl.Expr, value: pl.Expr, column: Column) -> Iterator[Fault]:
    """Yield the ways in which values exceed the column's limits.

    Args:
        text: What is read; null where the cell is empty.
        value: What it has become.
        column: Its limits and its type count.
    """
    yield from _lengths(text, column)
    yield from _range(pl.when(text.is_not_null()).then(value), column)


def _lengths(text: pl.Expr, column: Column) -> Iterator[Fault]:
    limits, length = column.limits, text.str.len_chars()
    if limits.min_length is not None:
        what = f"is shorter than {limits.min_length} characters"
        yield Fault(Code.TOO_SHORT, what, length < limits.min_length)
    if limits.max_length is not None:
        what = f"is longer than {limits.max_length} characters"
        # Hardly any text has more bytes than it may have characters.
        suspects = pl.when(text.str.len_bytes() > limits.max_length).then(text)
        yield Fault(Code.TOO_LONG, what, seldom(suspects, partial(_longer, most=limits.max_length)))
    if limits.pattern is not None:
        what = f"does not match {limits.pattern}"
        yield Fault(Code.PATTERN_MISMATCH, what, ~matched(text, limits.pattern))


def _longer(texts: pl.Series, most: int) -> pl.Series:
    return texts.str.len_chars() > most


def _range(value: pl.Expr, column: Column) -> Iterator[Fault]:
    """Compare numbers as numbers; dates and times are texts of one form, in their order."""
    low, high = column.limits.minimum, column.limits.maximum
    # A limit may be finer than the values that the column keeps.
    column, numeric = replace(column, limits=Limits()), column.type in _NUMBERS
    compared = _compared_as_number if numeric else _compared_as_text
    if low is not None:
        what = f"is {'less than' if numeric else 'before'} {low}"
        below = compared(value, operator.lt, plain_value(low, column))
        yield Fault(Code.TOO_SMALL, what, below)
    if high is not None:
        what = f"is {'more than' if numeric else 'after'} {high}"
        above = compared(value, operator.gt, plain_value(high, column))
        yield Fault(Code.TOO_LARGE, what, above)


def _compared_as_text(value: pl.Expr, compare: Compare, limit: str) -> pl.Expr:
    compared: pl.Expr = compare(value, pl.lit(limit))
    return compared


def _compared_as_number(number: pl.Expr, compare: Compare, limit: str) -> pl.Expr:
    """Compare numbers of any size exactly.

    Floats tell apart all but those that are very near to the limit. Their texts are few; each is
    compared once, digit by digit.
    """
    exact, near = Decimal(limit), float(limit)

    def compared(numbers: pl.Series) -> pl.Series:
        floats = numbers.cast(pl.Float64)
        result: pl.Series = compare(floats, near)
        unclear = numbers.filter(floats == near).unique()
        beyond = [text for text in unclear if compare(Decimal(text), exact)]
        return result | numbers.is_in(beyond) if beyond else result

    return number.map_batches(compared, return_dtype=pl.Boolean)
