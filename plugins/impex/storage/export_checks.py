"""An export compared with the real tables: every difference is explained before a run needs it."""

import difflib
from collections.abc import Collection, Iterator

from impex.domain.column import Column, ColumnType, Lookup
from impex.domain.errors import Problem
from impex.domain.export import Export
from impex.domain.table import Table
from impex.storage.catalog import Columns, Tables
from impex.storage.selection import Source

_NUMBERS = ("smallint", "integer", "bigint", "numeric")
_MOMENTS = ("timestamp with time zone", "timestamp without time zone")
_READS: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.INTEGER: _NUMBERS,
    ColumnType.DECIMAL: _NUMBERS,
    ColumnType.MONEY: _NUMBERS,
    ColumnType.BOOLEAN: ("boolean",),
    ColumnType.DATE: ("date",),
    ColumnType.TIME: ("time without time zone",),
    ColumnType.TIMESTAMP: _MOMENTS,
    ColumnType.JSON: ("jsonb", "json"),
    ColumnType.UUID: ("uuid",),
}
_LISTS = ("jsonb", "text[]", "character varying[]")


def verify(export: Export, source: Source | None, tables: Tables) -> list[Problem]:
    """Explain every difference.

    Args:
        export: What is to be written.
        source: None if there is no such table.
        tables: Those that the lookups name, as far as they exist.
    """
    where = f"descriptor {export.name}"
    if source is None:
        return [Problem(where, f"there is no table or view {export.table}.")]
    found = list(_faults(export, source, tables))
    return [Problem(where, *fault) for fault in dict.fromkeys(found)]


def _faults(export: Export, source: Source, tables: Tables) -> Iterator[tuple[str, str]]:
    real = source.columns
    owner = str(export.table or export.query)
    names = [*export.key, *export.sort, *(name for name, _ in export.where)]
    names += filter(None, (export.increment.watermark,))
    for name in names:
        if name not in real:
            yield _no_column(owner, name, real)
    if export.increment.watermark and not source.has_versions:
        what = f"{owner} is no table: its rows do not tell when they were written, and some would be lost."
        yield what, "Write `changed_rows: true` instead of `watermark`."
    for column in export.columns:
        if column.constant is None or not column.sources:
            yield from _column(column, owner, real, tables)


def _column(column: Column, owner: str, real: Columns, tables: Tables) -> Iterator[tuple[str, str]]:
    for name in filter(None, (column.to, column.currency_to)):
        if name not in real:
            yield _no_column(owner, name, real)
    if column.lookup is not None:
        yield from _lookup(column, column.lookup, tables)
    elif column.to in real and column.constant is None:
        yield from _type(column, real[column.to].type, f"{owner}.{column.to}")


def _lookup(column: Column, lookup: Lookup, tables: Tables) -> Iterator[tuple[str, str]]:
    real = tables.get(lookup.table)
    if real is None:
        yield f"there is no table {lookup.table}.", ""
        return
    for name in (*lookup.by, lookup.value, *(name for name, _ in lookup.where)):
        if name not in real:
            yield _no_column(str(lookup.table), name, real)
    for name in lookup.by:
        if name in real:
            yield from _type(column, real[name].type, f"{lookup.table}.{name}")


def _type(column: Column, kind: str, name: str) -> Iterator[tuple[str, str]]:
    """Complain of a column that is not what the export takes it for."""
    if column.language is not None:
        wanted: tuple[str, ...] = ("jsonb",)
    elif column.split is not None and not column.explode:
        wanted = _LISTS
    else:
        wanted = _READS.get(column.type, (kind,))
    if kind not in wanted:
        yield f"{name} is {kind}, and cannot be written as {column.type}.", ""


def _no_column(owner: str | Table, name: str, real: Collection[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(name, real, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(real)}."
    return f"{owner} has no column {name}.", hint
