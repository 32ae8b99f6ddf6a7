"""How the text of a cell becomes a value of a type: one vectorised expression per type.

An expression yields text that PostgreSQL reads as the type without loss, or null where the text is
not of the type. Empty cells are null before they come here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

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
)


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
    return pl.when(number & cell.str.contains("[0-9]")).then(cell)


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
    return cell.str.to_date(column.format or "%Y-%m-%d", strict=False).cast(pl.String)


def _timestamp(cell: pl.Expr, column: Column) -> pl.Expr:
    cell = cell.str.strip_chars()
    formats = (column.format,) if column.format else _ISO_TIMESTAMPS
    parsed = [cell.str.to_datetime(f, strict=False, time_unit="us") for f in formats]
    if not column.format:
        parsed.append(cell.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")))
    return pl.coalesce(parsed).dt.to_string("%Y-%m-%d %H:%M:%S%.f")


def _json(cell: pl.Expr, _: Column) -> pl.Expr:
    return cell.map_elements(_valid_json, return_dtype=pl.String)


def _valid_json(text: str) -> str | None:
    """Return the text if PostgreSQL's jsonb can hold it, else None."""
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return None if "\\u0000" in text else text


def _refuse(constant: str) -> None:
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
