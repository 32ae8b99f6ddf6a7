"""How the text of a cell becomes a value of a type: one vectorised expression per type.

An expression yields text that PostgreSQL reads as the type without loss, or null where the text is
not of the type. Empty cells are null before they come here.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import polars as pl

from impex.domain.group import Column, ColumnType
from impex.domain.issues import Code

_TRUE = ("true", "t", "yes", "y", "on", "1")
_FALSE = ("false", "f", "no", "n", "off", "0")
_ISO_TIMESTAMPS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
)
# PostgreSQL declares a numeric with no more digits than that.
_MOST_DIGITS = 1000
# An escaped backslash before ``u0000`` is text, an unescaped one is the NUL character.
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Conversion:
    """The expression of a type and what is wrong where it gives null."""

    value: Callable[[pl.Expr, Column], pl.Expr]
    code: Code
    what: str


def _text(cell: pl.Expr, _: Column) -> pl.Expr:
    return cell


def _integer(cell: pl.Expr, _: Column) -> pl.Expr:
    cell = cell.str.strip_chars()
    whole = cell.str.contains(r"^[+-]?[0-9]+$")
    return pl.when(whole).then(cell.str.to_integer(strict=False, dtype=pl.Int64)).cast(pl.String)


def _decimal(cell: pl.Expr, column: Column) -> pl.Expr:
    cell = cell.str.strip_chars()
    decimals = r"[0-9]*" if column.scale is None else rf"[0-9]{{0,{column.scale}}}0*"
    number = cell.str.contains(rf"^[+-]?([0-9]+(\.{decimals})?|\.{decimals})$")
    short = cell.str.len_chars() <= _MOST_DIGITS
    return pl.when(number & short & cell.str.contains("[0-9]")).then(cell)


def _boolean(cell: pl.Expr, _: Column) -> pl.Expr:
    word = cell.str.strip_chars().str.to_lowercase()
    return (
        pl.when(word.is_in(_TRUE))
        .then(pl.lit("true"))
        .when(word.is_in(_FALSE))
        .then(pl.lit("false"))
    )


def _date(cell: pl.Expr, column: Column) -> pl.Expr:
    cell = cell.str.strip_chars()
    day = cell.str.to_date(column.format or "%Y-%m-%d", strict=False)
    return _plausible(day).cast(pl.String)


def _timestamp(cell: pl.Expr, column: Column) -> pl.Expr:
    cell = cell.str.strip_chars()
    formats = (column.format,) if column.format else _ISO_TIMESTAMPS
    parsed = [_moment(cell, pattern) for pattern in formats]
    if not column.format:
        parsed.append(cell.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")))
    return _plausible(pl.coalesce(parsed)).dt.to_string("%Y-%m-%d %H:%M:%S%.f")


def _moment(cell: pl.Expr, pattern: str) -> pl.Expr:
    """Read a date and time; one with an offset from UTC is told in UTC, as the database reads it."""
    return cell.str.to_datetime(pattern, strict=False, time_unit="us").dt.replace_time_zone(None)


def _plausible(moment: pl.Expr) -> pl.Expr:
    """Refuse years that are not four digits: ``01.09.26`` is not in the first century."""
    return pl.when(moment.dt.year().is_between(1000, 9999)).then(moment)


def _json(cell: pl.Expr, _: Column) -> pl.Expr:
    return cell.map_elements(_valid_json, return_dtype=pl.String)


def _valid_json(text: str) -> str | None:
    """Return the text if PostgreSQL's jsonb can hold it, else None."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            # Half of a surrogate pair is JSON, but it is no character.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return None if _ESCAPED_NUL.search(text) else text


def _finite(number: str) -> float:
    """Refuse numbers so long, large or small that programs read them differently."""
    value = float(number)
    vanished = value == 0 and any(digit in "123456789" for digit in re.split("[eE]", number)[0])
    if vanished or not math.isfinite(value) or len(number) > _MOST_DIGITS:
        _refuse(number)
    return value


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python reads and JSON does not know."""
    raise ValueError(constant)


CONVERSIONS: dict[ColumnType, Conversion] = {
    ColumnType.TEXT: Conversion(_text, Code.PATTERN_MISMATCH, "does not match the pattern"),
    ColumnType.INTEGER: Conversion(_integer, Code.BAD_INTEGER, "is not a whole number"),
    ColumnType.DECIMAL: Conversion(_decimal, Code.BAD_DECIMAL, "is not a decimal number"),
    ColumnType.BOOLEAN: Conversion(_boolean, Code.BAD_BOOLEAN, "is neither yes nor no"),
    ColumnType.DATE: Conversion(_date, Code.BAD_DATE, "is not a date"),
    ColumnType.TIMESTAMP: Conversion(_timestamp, Code.BAD_TIMESTAMP, "is not a date and time"),
    ColumnType.JSON: Conversion(_json, Code.BAD_JSON, "is not JSON"),
}
