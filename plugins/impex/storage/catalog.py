"""What PostgreSQL's catalogue says of the tables that a descriptor writes and looks up."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from psycopg import Connection
from psycopg.rows import dict_row

from impex.domain.errors import Problem
from impex.domain.group import Column, ColumnType, Descriptor, Lookup, Table
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
        default_value: SQL expression that fills it in a new row where nothing else does.
        generated: Whether PostgreSQL alone may write it.
    """

    name: str
    type: str
    collation: list[str] | None
    length: int | None
    scale: int | None
    sequence: str | None
    default_value: str | None = None
    generated: bool = False


# The columns of a table by name.
Columns = Mapping[str, TableColumn]
Tables = Mapping[Table, Columns]


@dataclass(frozen=True, slots=True)
class Schema:
    """What a group is checked against.

    Attributes:
        tables: Those that its descriptors name and the database has.
        unique: The sets of columns that are unique in them.
        names: Of all tables, to suggest one from.
    """

    tables: Tables
    unique: Mapping[Table, Collection[frozenset[str]]]
    names: Collection[str]


def read_tables(connection: Connection, descriptors: Iterable[Descriptor]) -> Tables:
    """Read all tables that these descriptors name; tables that do not exist are left out."""
    tables: dict[Table, dict[str, TableColumn]] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(queries("catalog")["columns"], _asked(descriptors)):
            table = Table(row.pop("schema"), row.pop("table"))
            tables.setdefault(table, {})[row["name"]] = TableColumn(**row)
    return tables


def read_schema(connection: Connection, descriptors: Collection[Descriptor]) -> Schema:
    """Read what ``verify`` needs to know about the tables that these descriptors name."""
    unique: defaultdict[Table, set[frozenset[str]]] = defaultdict(set)
    keys = connection.execute(queries("catalog")["unique_keys"], _asked(descriptors))
    for schema, name, columns in keys:
        unique[Table(schema, name)].add(frozenset(columns))
    names = [name for (name,) in connection.execute(queries("catalog")["tables"])]
    return Schema(read_tables(connection, descriptors), unique, names)


def verify(descriptor: Descriptor, schema: Schema) -> list[Problem]:
    """Compare a descriptor with the real tables and explain every difference."""
    where = f"descriptor {descriptor.name}"
    missing = _missing_tables(descriptor, schema.tables)
    if missing:
        return [
            Problem(where, f"there is no table {name}.", _nearest(name, schema.names))
            for name in missing
        ]
    target = schema.tables[descriptor.table]
    problems = []
    for column in descriptor.columns:
        problems += _verify_column(where, column, descriptor.table, target)
        if column.lookup:
            problems += _verify_lookup(where, column, column.lookup, schema, target)
    keys = schema.unique.get(descriptor.table, ())
    if not problems and frozenset(descriptor.key) not in keys:
        known = "; ".join(sorted(", ".join(sorted(key)) for key in keys))
        what = f"the key ({', '.join(descriptor.key)}) is not unique in {descriptor.table}."
        problems.append(Problem(where, what, f"Unique are: {known}."))
    return problems


def fit(descriptor: Descriptor, tables: Tables) -> Descriptor:
    """Tighten the columns' limits to what the target can hold, so that nothing is rounded or cut."""
    target = tables[descriptor.table]
    return replace(
        descriptor, columns=tuple(_fit_column(c, target[c.to]) for c in descriptor.columns)
    )


def _fit_column(column: Column, real: TableColumn) -> Column:
    if column.type is ColumnType.DECIMAL and real.scale is not None:
        scale = real.scale if column.scale is None else min(column.scale, real.scale)
        return replace(column, scale=scale)
    if column.type is ColumnType.TEXT and not column.lookup and real.length is not None:
        return replace(column, max_length=min(column.max_length or real.length, real.length))
    return column


def _missing_tables(descriptor: Descriptor, tables: Tables) -> list[str]:
    """Name the tables that the descriptor needs and the database does not have."""
    needed = [descriptor.table, *(c.lookup.table for c in descriptor.columns if c.lookup)]
    return list(dict.fromkeys(str(table) for table in needed if table not in tables))


def _verify_column(where: str, column: Column, table: Table, real: Columns) -> list[Problem]:
    found = real.get(column.to)
    if found is None:
        what = f"{table} has no column {column.to}."
        return [Problem(where, what, _nearest(column.to, real))]
    if found.generated:
        return [Problem(where, f"{table}.{column.to} is filled by the database alone")]
    holds = ("jsonb",) if column.language else _HOLDS[column.type]
    if column.lookup or found.type in holds:
        return []
    kind = "translations" if column.language else column.type.value
    return [Problem(where, f"{table}.{column.to} is {found.type} and cannot hold {kind}")]


def _verify_lookup(
    where: str, column: Column, lookup: Lookup, schema: Schema, target: Columns
) -> list[Problem]:
    real = schema.tables[lookup.table]
    problems = [
        Problem(where, f"{lookup.table} has no column {name}.", _nearest(name, real))
        for name in dict.fromkeys((lookup.by, lookup.value))
        if name not in real
    ]
    if problems:
        return problems
    by, value = real[lookup.by], real[lookup.value]
    if frozenset([lookup.by]) not in schema.unique.get(lookup.table, ()):
        what = f"{lookup.table}.{lookup.by} is not unique: a lookup needs it"
        problems.append(Problem(where, what))
    if by.type not in _HOLDS[column.type]:
        what = f"{lookup.table}.{lookup.by} is {by.type} and is not found by {column.type.value}"
        problems.append(Problem(where, what))
    written = target.get(column.to)
    if written and _kind(written) != _kind(value):
        what = f"{column.to} is {written.type}, but {lookup.table}.{lookup.value} is {value.type}"
        problems.append(Problem(where, what))
    return problems


def _asked(descriptors: Iterable[Descriptor]) -> dict[str, list[str]]:
    """Name the tables that descriptors write or look up, as the queries want them."""
    wanted = {d.table for d in descriptors}
    wanted |= {c.lookup.table for d in descriptors for c in d.columns if c.lookup}
    return {"schemas": [t.schema for t in wanted], "tables": [t.name for t in wanted]}


def _kind(column: TableColumn) -> str:
    """Return the type, or what PostgreSQL assigns without asking: whole numbers, texts."""
    for kind in (ColumnType.INTEGER, ColumnType.TEXT):
        if column.type in _HOLDS[kind]:
            return kind.value
    return column.type


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
