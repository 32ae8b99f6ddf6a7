"""What each type is read with, and what to say where a cell is not of the type."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from impex.domain.column import Column, ColumnType, Notation
from impex.domain.errors import ConfigError, Problem
from impex.domain.issue_codes import Code
from impex.mapping import documents, moments, money, numerals, words
from impex.mapping.layers import Layers
from impex.mapping.values import Fault, Keep, Value

_UUID = r"^[0-9a-fA-F]{8}(?:(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24})$"
_VALUES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type: how its cells are read, and what is wrong with those that cannot be."""

    read: Callable[[pl.Expr, Column, Keep], Value]
    code: Code
    what: str


def converted(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Return what cells become under the column's type.

    Args:
        cell: Their text; null where they are empty.
        column: Its type and notation count.
        keep: Computes what the type needs more than once.
    """
    if column.type is ColumnType.TEXT:
        return Value(cell)
    kind = _KINDS[column.type]
    value = kind.read(cell, column, keep)
    text = keep("value", value.text)
    wrong = cell.is_not_null() & text.is_null()
    for fault in value.faults:
        wrong &= ~fault.where.fill_null(value=False)
    what = kind.what.format(", ".join(word for word, _ in column.notation.values)[:_VALUES_SHOWN])
    return replace(value, text=text, faults=(Fault(kind.code, what, wrong), *value.faults))


def plain_value(text: str, column: Column) -> str:
    """Convert a value that the group file writes plainly, whatever the notation of the cells.

    Raises:
        ConfigError: It is no value of the type, such as a time that the time zone skips.
    """
    values = tuple((value, value) for _, value in column.notation.values)
    notation = Notation(timezone=column.notation.timezone, values=values)
    layers = Layers()
    value = converted(pl.col("text"), replace(column, notation=notation), layers.keep)
    layers.keep("result", value.text)
    result: str | None = layers.over(pl.DataFrame({"text": [text]}))["result"][0]
    if result is None:
        what = f"{text!r} is no {column.type} that every cell could have."
        raise ConfigError([Problem(f"column {column.name}", what)])
    return result


def _uuid(cell: pl.Expr, _: Column, __: Keep) -> Value:
    cell = cell.str.strip_chars()
    return Value(pl.when(cell.str.contains(_UUID)).then(cell))


_KINDS = {
    ColumnType.INTEGER: _Kind(numerals.integer, Code.BAD_INTEGER, "is not a whole number"),
    ColumnType.DECIMAL: _Kind(numerals.decimal, Code.BAD_DECIMAL, "is not a decimal number"),
    ColumnType.MONEY: _Kind(money.money, Code.BAD_MONEY, "is not an amount of money"),
    ColumnType.BOOLEAN: _Kind(words.boolean, Code.BAD_BOOLEAN, "is neither yes nor no"),
    ColumnType.DATE: _Kind(moments.date, Code.BAD_DATE, "is not a date"),
    ColumnType.TIME: _Kind(moments.time, Code.BAD_TIME, "is not a time of day"),
    ColumnType.TIMESTAMP: _Kind(moments.timestamp, Code.BAD_TIMESTAMP, "is not a date and time"),
    ColumnType.JSON: _Kind(documents.document, Code.BAD_JSON, "is not JSON"),
    ColumnType.UUID: _Kind(_uuid, Code.BAD_UUID, "is not a UUID"),
    ColumnType.ENUM: _Kind(words.enum, Code.BAD_ENUM, "is none of {}"),
}
