"""What PostgreSQL's catalogue says of the tables that a descriptor writes and looks up."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from psycopg import Connection
from psycopg.rows import class_row

from impex.domain.errors import Problem
from impex.domain.group import Column, ColumnType, Descriptor, Table
from impex.storage.named_queries import queries

_HOLDS: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.TEXT: ("text", "character varying", "character", "citext"),
    ColumnType.INTEGER: ("smallint", "integer", "bigint", "numeric"),
    ColumnType.DECIMAL: ("numeric",),
    ColumnType.BOOLEAN: ("boolean",),
    ColumnType.DATE: ("date",),
    ColumnType.TIMESTAMP: ("timestamp with time zone", "timestamp without time zone"),
    ColumnType.JSON: ("jsonb",),
}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a real table.

    Attributes:
        type: PostgreSQL's name of the type, without length or precision.
        collation: Schema and name of its collation; None where the type has none.
        length: Most characters, for varchar and char.
        scale: Digits after the point, for numeric with a declared precision.
        sequence: Qualified name of the sequence behind an identity or serial column.
    """

    name: str
    type: str
    collation: list[str] | None
    length: int | None
    scale: int | None
    sequence: str | None


@dataclass(frozen=True, slots=True)
class RealTable:
    """A table as it is: its columns by name, and which sets of columns are unique."""

    columns: Mapping[str, TableColumn]
    unique: frozenset[frozenset[str]]


Tables = Mapping[Table, RealTable]


def read_tables(connection: Connection, descriptors: Iterable[Descriptor]) -> Tables:
    """Read all tables that these descriptors name; tables that do not exist are left out."""
    wanted = {d.table for d in descriptors}
    wanted |= {c.lookup.table for d in descriptors for c in d.columns if c.lookup}
    found: dict[Table, RealTable] = {}
    for table in sorted(wanted, key=str):
        names = {"schema": table.schema, "table": table.name}
        with connection.cursor(row_factory=class_row(TableColumn)) as cursor:
            columns = cursor.execute(queries("catalog")["columns"], names).fetchall()
        unique = connection.execute(queries("catalog")["unique_keys"], names).fetchall()
        if columns:
            found[table] = RealTable(
                {column.name: column for column in columns},
                frozenset(frozenset(names) for (names,) in unique),
            )
    return found


def verify(descriptor: Descriptor, tables: Tables) -> list[Problem]:
    """Compare a descriptor with the real tables and explain every difference."""
    where = f"descriptor {descriptor.name}"
    target = tables.get(descriptor.table)
    if target is None:
        return [Problem(where, f"the table {descriptor.table} does not exist")]
    problems = []
    for column in descriptor.columns:
        problems += _verify_column(where, column, descriptor.table, target)
        if column.lookup:
            problems += _verify_lookup(where, column, tables)
    if not problems and frozenset(descriptor.key) not in target.unique:
        known = "; ".join(sorted(", ".join(sorted(key)) for key in target.unique))
        what = f"the key ({', '.join(descriptor.key)}) is not unique in {descriptor.table}."
        problems.append(Problem(where, what, f"Unique are: {known}."))
    return problems


def fit(descriptor: Descriptor, tables: Tables) -> Descriptor:
    """Tighten the columns' limits to what the target can hold, so that nothing is rounded or cut."""
    target = tables[descriptor.table]
    return replace(
        descriptor, columns=tuple(_fit_column(c, target.columns[c.to]) for c in descriptor.columns)
    )


def _fit_column(column: Column, real: TableColumn) -> Column:
    if column.type is ColumnType.DECIMAL and real.scale is not None:
        scale = real.scale if column.scale is None else min(column.scale, real.scale)
        return replace(column, scale=scale)
    if column.type is ColumnType.TEXT and not column.lookup and real.length is not None:
        return replace(column, max_length=min(column.max_length or real.length, real.length))
    return column


def _verify_column(where: str, column: Column, table: Table, real: RealTable) -> list[Problem]:
    found = real.columns.get(column.to)
    if found is None:
        return [Problem(where, f"{table} has no column {column.to}.", _nearest(column.to, real))]
    holds = ("jsonb",) if column.language else _HOLDS[column.type]
    if column.lookup or found.type in holds:
        return []
    kind = "translations" if column.language else column.type.value
    return [Problem(where, f"{table}.{column.to} is {found.type} and cannot hold {kind}")]


def _verify_lookup(where: str, column: Column, tables: Tables) -> list[Problem]:
    lookup = column.lookup
    real = tables.get(lookup.table) if lookup else None
    if lookup is None or real is None:
        return [Problem(where, f"the lookup table {lookup and lookup.table} does not exist")]
    problems = [
        Problem(where, f"{lookup.table} has no column {name}.", _nearest(name, real))
        for name in (lookup.by, lookup.value)
        if name not in real.columns
    ]
    if not problems and frozenset([lookup.by]) not in real.unique:
        problems.append(
            Problem(where, f"{lookup.table}.{lookup.by} is not unique: a lookup needs it")
        )
    return problems


def _nearest(name: str, real: RealTable) -> str:
    near = difflib.get_close_matches(name, real.columns, 1)
    return f"Did you mean {near[0]}?" if near else f"It has: {', '.join(real.columns)}."
