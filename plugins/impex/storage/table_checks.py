"""A descriptor compared with the real tables: every difference is explained before a run needs it."""

import difflib
from collections.abc import Collection, Iterator

from impex.domain.column import Column, ColumnType, Lookup, OnMissing
from impex.domain.errors import Problem
from impex.domain.group import Descriptor, Scope
from impex.domain.table import Table
from impex.storage.catalog import Columns, Schema, TableColumn, Tables, settings

_TEXTS = ("text", "character varying", "character", "citext")
_LISTS = ("jsonb", "text[]", "character varying[]")
_HOLDS: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.TEXT: _TEXTS,
    ColumnType.INTEGER: ("smallint", "integer", "bigint", "numeric"),
    ColumnType.DECIMAL: ("numeric",),
    ColumnType.BOOLEAN: ("boolean",),
    ColumnType.DATE: ("date",),
    ColumnType.TIMESTAMP: ("timestamp with time zone", "timestamp without time zone"),
    ColumnType.JSON: ("jsonb",),
    ColumnType.MONEY: ("numeric",),
    ColumnType.TIME: ("time without time zone",),
    ColumnType.UUID: ("uuid",),
    ColumnType.ENUM: _TEXTS,
}

# What is wrong, and what to do about it.
Fault = tuple[str, str]


def verify(descriptor: Descriptor, schema: Schema, scope: Scope | None) -> list[Problem]:
    """Compare a descriptor with the real tables and explain every difference.

    Args:
        descriptor: One of the group.
        schema: The tables of the group.
        scope: Of the group.
    """
    where = f"descriptor {descriptor.name}"
    missing = _missing_tables(descriptor, schema.tables)
    if missing:
        return [
            Problem(where, f"there is no table {name}.", _nearest(name, schema.names))
            for name in missing
        ]
    faults = list(_columns(descriptor, schema))
    faults += _scope(descriptor, schema, scope) if scope else []
    faults = faults or [*_key(descriptor, schema), *_settings(descriptor, schema, scope)]
    return [Problem(where, *fault) for fault in dict.fromkeys(faults)]


def _missing_tables(descriptor: Descriptor, tables: Tables) -> list[str]:
    """Name the tables that the descriptor needs and the database does not have."""
    needed = [descriptor.table, *(c.lookup.table for c in descriptor.columns if c.lookup)]
    return list(dict.fromkeys(str(table) for table in needed if table not in tables))


def _columns(descriptor: Descriptor, schema: Schema) -> Iterator[Fault]:
    table, target = descriptor.table, schema.tables[descriptor.table]
    for column in descriptor.columns:
        yield from _column(column, table, target)
        if column.lookup:
            yield from _lookup(column, column.lookup, schema, target)
    for name, _ in (*descriptor.full_feed.scope, *descriptor.full_feed.inactive):
        if name not in target:
            yield _no_column(table, name, target)
    if descriptor.mode.inserts:
        yield from _left_out(descriptor, target)


def _column(column: Column, table: Table, target: Columns) -> Iterator[Fault]:
    for name in filter(None, (column.to, column.currency_to)):
        if name not in target:
            yield _no_column(table, name, target)
        elif target[name].generated:
            yield f"{table}.{name} is filled by the database alone", ""
        elif name == column.currency_to and target[name].type not in _TEXTS:
            yield f"{table}.{name} is {target[name].type} and cannot hold a currency", ""
        elif name == column.to and not column.lookup and target[name].type not in _holds(column):
            yield f"{table}.{name} is {target[name].type} and cannot hold {_content(column)}", ""


def _holds(column: Column) -> tuple[str, ...]:
    """Return the types of the database that can hold the column."""
    if column.language:
        return ("jsonb",)
    return _LISTS if column.split and not column.explode else _HOLDS[column.type]


def _content(column: Column) -> str:
    if column.language:
        return "translations"
    return "a list" if column.split and not column.explode else column.type.value


def _left_out(descriptor: Descriptor, target: Columns) -> Iterator[Fault]:
    """New rows need a value in every column that must not be null."""
    filled = _filled(descriptor)
    for real in target.values():
        if real.needs_value and real.name not in filled:
            what = f"{descriptor.table}.{real.name} must not be empty, but new rows get no value."
            yield what, "Add a column for it, or write `mode: update_only`."


def _filled(descriptor: Descriptor) -> set[str | None]:
    """Name the columns that new rows get from the file."""
    columns = [c for c in descriptor.columns if not c.update_only]
    return {name for c in columns for name in (c.to, c.currency_to)}


def _scope(descriptor: Descriptor, schema: Schema, scope: Scope) -> Iterator[Fault]:
    """Of every row that a group with a scope writes, it must be certain that it is inside."""
    table, target = descriptor.table, schema.tables[descriptor.table]
    if scope.column not in target:
        what = f"{table} has no column {scope.column}, so nobody can say which of its rows are"
        yield f"{what} inside the scope of the group.", _nearest(scope.column, target)
    elif descriptor.mode.inserts and scope.column not in _filled(descriptor):
        what = f"new rows of {table} would be outside of the scope of the group."
        yield what, f"Add a column for {scope.column}, or write `mode: update_only`."
    for column in descriptor.columns:
        if column.lookup and column.lookup.on_missing is OnMissing.CREATE:
            yield from _created_outside(column.lookup, schema.tables[column.lookup.table], scope)


def _created_outside(lookup: Lookup, real: Columns, scope: Scope) -> Iterator[Fault]:
    """A row that a lookup creates is inside if the lookup says so itself."""
    if scope.column not in real:
        what = f"{lookup.table} has no column {scope.column}, so no row that a lookup creates is"
        yield f"{what} inside the scope of the group.", f"Import {lookup.table} before."
    elif scope.setting not in lookup.where:
        what = f"a lookup could create rows of {lookup.table} outside of the scope of the group."
        yield what, f"Add `where: {{{scope.column}: {scope.value}}}` to it."


def _lookup(column: Column, lookup: Lookup, schema: Schema, target: Columns) -> Iterator[Fault]:
    table, real = lookup.table, schema.tables[lookup.table]
    code = (*lookup.by, *(name for name, _ in lookup.where))
    missing = [name for name in dict.fromkeys((*code, lookup.value)) if name not in real]
    yield from (_no_column(table, name, real) for name in missing)
    if missing:
        return
    if not any(key <= frozenset(code) for key in schema.unique.get(table, ())):
        yield f"({', '.join(sorted(code))}) is not unique in {table}: a lookup needs it", ""
    for name in lookup.by:
        if real[name].type not in _HOLDS[column.type]:
            kind = column.type.value
            yield f"{table}.{name} is {real[name].type} and is not found by {kind}", ""
    written, value = target.get(column.to), real[lookup.value]
    if written and _kind(written) != _kind(value):
        yield f"{column.to} is {written.type}, but {table}.{lookup.value} is {value.type}", ""
    if lookup.on_missing is OnMissing.CREATE:
        yield from _creation(lookup, code, real)


def _creation(lookup: Lookup, code: tuple[str, ...], real: Columns) -> Iterator[Fault]:
    """A row that a lookup creates has its code, and else what the table fills in by itself."""
    for column in real.values():
        if column.needs_value and column.name not in code:
            needed = f"{lookup.table}.{column.name} must not be empty"
            what = f"{needed}, so a lookup cannot create rows."
            yield what, f"Name it in `where`, or import {lookup.table} before."
        if column.generated and column.name in code:
            what = f"{lookup.table}.{column.name} is filled by the database alone"
            yield f"{what}, so a lookup cannot create rows", ""


def _key(descriptor: Descriptor, schema: Schema) -> Iterator[Fault]:
    keys = schema.unique.get(descriptor.table, ())
    if frozenset(descriptor.key) not in keys:
        known = "; ".join(sorted(", ".join(sorted(key)) for key in keys))
        what = f"the key ({', '.join(descriptor.key)}) is not unique in {descriptor.table}."
        yield what, f"Unique are: {known}."


def _settings(descriptor: Descriptor, schema: Schema, scope: Scope | None) -> Iterator[Fault]:
    """Constants must be values of the columns that they are written into or compared with."""
    for setting in settings(descriptor, scope):
        if setting in schema.misfits:
            real = schema.tables[setting.table][setting.column]
            kind = f"{real.type}({real.length})" if real.length else real.type
            yield f"{setting.table}.{setting.column} is {kind} and cannot be `{setting.text}`", ""
    named = {name for name, _ in descriptor.full_feed.within(scope)}
    for column in descriptor.columns:
        lookup = column.lookup
        if column.to in named and (why := _unfit_for_scopes(column)):
            what = f"{column.to} {why}, so `scope` cannot name it."
            yield what, "Use another column of the table."
        elif scope and column.to == scope.column and lookup in schema.lost:
            what = (
                f"{lookup.table} has no row whose {lookup.by[0]} is `{scope.value}`, so every row"
            )
            hint = "Correct the scope, or add the row."
            yield f"{what} would be outside of the scope of the group.", hint


def _unfit_for_scopes(column: Column) -> str:
    """Say why a column cannot be compared with one text; empty if it can."""
    if column.lookup and len(column.lookup.by) > 1:
        return "is looked up by several columns"
    whole = column.language or (column.split and not column.explode)
    return f"holds {_content(column)}" if whole else ""


def _no_column(table: Table, name: str, real: Columns) -> Fault:
    return f"{table} has no column {name}.", _nearest(name, real)


def _kind(column: TableColumn) -> str:
    """Return the type, or what PostgreSQL assigns without asking: whole numbers, texts."""
    for kind in (ColumnType.INTEGER, ColumnType.TEXT):
        if column.type in _HOLDS[kind]:
            return kind.value
    return column.type


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
