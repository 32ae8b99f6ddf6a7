"""What PostgreSQL's catalogue says of the tables that a descriptor writes and looks up."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from psycopg import Connection, errors, sql
from psycopg.rows import dict_row

from impex.domain.column import Column, ColumnType, Lookup
from impex.domain.errors import ConfigError, Problem
from impex.domain.export import Export
from impex.domain.group import Descriptor, Scope
from impex.domain.table import Table
from impex.storage.named_queries import queries


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
        nullable: Whether it may be null, or a trigger may fill it in a new row.
    """

    name: str
    type: str
    collation: list[str] | None
    length: int | None
    scale: int | None
    sequence: str | None
    default_value: str | None = None
    generated: bool = False
    nullable: bool = True

    @property
    def needs_value(self) -> bool:
        """Whether a new row must say what stands in it."""
        filled = self.generated or self.default_value is not None or self.sequence is not None
        return not self.nullable and not filled


# The columns of a table by name.
Columns = Mapping[str, TableColumn]
Tables = Mapping[Table, Columns]


class Setting(NamedTuple):
    """A text that a descriptor compares with a column, or writes into it."""

    table: Table
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What a group is checked against.

    Attributes:
        tables: Those that its descriptors name and the database has.
        unique: The sets of columns that are unique in them.
        names: Of all tables, to suggest one from.
        misfits: Texts of the descriptors and of the scope that are no values of their columns.
        lost: Lookups that do not find the value of the scope.
    """

    tables: Tables
    unique: Mapping[Table, Collection[frozenset[str]]]
    names: Collection[str]
    misfits: frozenset[Setting] = frozenset()
    lost: frozenset[Lookup] = frozenset()


def read_tables(connection: Connection, descriptors: Collection[Descriptor | Export]) -> Tables:
    """Read all tables that these descriptors name; tables that do not exist are left out."""
    tables: dict[Table, dict[str, TableColumn]] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(queries("catalog")["columns"], _asked(descriptors)):
            table = Table(row.pop("schema"), row.pop("table"))
            tables.setdefault(table, {})[row["name"]] = TableColumn(**row)
    return tables


def has_versions(connection: Connection, table: Table) -> bool:
    """Tell whether the rows of a table or view tell which transaction has written them."""
    name = sql.Identifier(table.schema, table.name).as_string()
    row = connection.execute(queries("catalog")["has_versions"], {"name": name}).fetchone()
    return bool(row and row[0])


def describe(connection: Connection, query: sql.Composable, name: str) -> Columns:
    """Return the columns of what a query finds; it is not run.

    Args:
        connection: To the database.
        query: May end with a comment.
        name: What people call it.

    Raises:
        ConfigError: PostgreSQL does not accept it.
    """
    statement = sql.SQL("SELECT * FROM ({}\n) t LIMIT 0").format(query)
    try:
        with connection.transaction():
            found = connection.execute(statement).description or []
    except (errors.ProgrammingError, errors.DataError) as fault:
        problem = Problem(name, f"is not accepted: {str(fault).strip()}")
        raise ConfigError([problem]) from fault
    oids = {"oids": [column.type_code for column in found]}
    types: dict[int, str] = dict(connection.execute(queries("catalog")["types"], oids).fetchall())
    return {c.name: TableColumn(c.name, types[c.type_code], None, None, None, None) for c in found}


def literals(connection: Connection, texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts as SQL has them, in quotes, so that they are nothing but texts."""
    return {name: sql.Literal(text).as_string(connection) for name, text in texts.items()}


def read_schema(
    connection: Connection, descriptors: Collection[Descriptor], scope: Scope | None
) -> Schema:
    """Read what ``table_checks`` needs to know about the tables that these descriptors name."""
    unique: defaultdict[Table, set[frozenset[str]]] = defaultdict(set)
    keys = connection.execute(queries("catalog")["unique_keys"], _asked(descriptors))
    for schema, name, columns in keys:
        unique[Table(schema, name)].add(frozenset(columns))
    names = [name for (name,) in connection.execute(queries("catalog")["tables"])]
    tables = read_tables(connection, descriptors)
    misfits = _misfits(connection, {s for d in descriptors for s in settings(d, scope)})
    schema = Schema(tables, unique, names, misfits)
    return replace(schema, lost=_lost(connection, descriptors, scope, schema)) if scope else schema


def settings(descriptor: Descriptor, scope: Scope | None) -> Iterator[Setting]:
    """Yield the texts of a descriptor and of the group's scope that must be values of a column."""
    feed = descriptor.full_feed
    lookups = {c.to: c.lookup for c in descriptor.columns if c.lookup}
    for name, text in feed.within(scope):
        if name in lookups:
            yield Setting(lookups[name].table, lookups[name].by[0], text)
        else:
            yield Setting(descriptor.table, name, text)
    for name, text in feed.inactive:
        yield Setting(descriptor.table, name, text)
    for column in descriptor.columns:
        yield from _settings_of(descriptor.table, column)


def fit(descriptor: Descriptor, tables: Tables) -> Descriptor:
    """Tighten the columns' limits to what the target can hold, so that nothing is rounded or cut."""
    target = tables[descriptor.table]
    return replace(
        descriptor, columns=tuple(_fit_column(c, target[c.to]) for c in descriptor.columns)
    )


def _fit_column(column: Column, real: TableColumn) -> Column:
    limits = column.limits
    if column.type in (ColumnType.DECIMAL, ColumnType.MONEY) and real.scale is not None:
        scale = real.scale if limits.scale is None else min(limits.scale, real.scale)
        return replace(column, limits=replace(limits, scale=scale))
    if column.type is ColumnType.TEXT and not column.lookup and real.length is not None:
        length = min(limits.max_length or real.length, real.length)
        return replace(column, limits=replace(limits, max_length=length))
    return column


def _settings_of(table: Table, column: Column) -> Iterator[Setting]:
    lookup = column.lookup
    if lookup:
        for name, text in lookup.where:
            yield Setting(lookup.table, name, text)
    written = column.default if column.constant is None else column.constant
    if written is None or "${" in written or column.language or column.split:
        return
    if lookup is None:
        yield Setting(table, column.to, written)
    elif len(lookup.by) == 1:
        yield Setting(lookup.table, lookup.by[0], written)


def _misfits(connection: Connection, stated: Collection[Setting]) -> frozenset[Setting]:
    """Return those texts that PostgreSQL does not read as values of their columns."""
    if not stated:
        return frozenset()
    rows = connection.execute(
        queries("catalog")["misfits"],
        {
            "schemas": [s.table.schema for s in stated],
            "tables": [s.table.name for s in stated],
            "columns": [s.column for s in stated],
            "texts": [s.text for s in stated],
        },
    )
    return frozenset(Setting(Table(schema, name), *rest) for schema, name, *rest in rows)


def _lost(
    connection: Connection, descriptors: Collection[Descriptor], scope: Scope, schema: Schema
) -> frozenset[Lookup]:
    """Return the lookups of the scope's column that fit the tables and do not find its value."""
    columns = [c for d in descriptors for c in d.columns if c.to == scope.column]
    lookups = {c.lookup for c in columns if c.lookup and len(c.lookup.by) == 1}
    return frozenset(
        lookup for lookup in lookups if not _finds(connection, lookup, scope.value, schema)
    )


def _finds(connection: Connection, lookup: Lookup, text: str, schema: Schema) -> bool:
    """Tell whether a code is there; true also where nobody can look."""
    code = [(lookup.by[0], text), *lookup.where]
    for name, value in code:
        known = name in schema.tables.get(lookup.table, {})
        if not known or Setting(lookup.table, name, value) in schema.misfits:
            return True
    query = sql.SQL("SELECT FROM {} WHERE {}").format(
        sql.Identifier(lookup.table.schema, lookup.table.name),
        sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
            for name, value in code
        ),
    )
    return connection.execute(query).rowcount > 0


def _asked(descriptors: Collection[Descriptor | Export]) -> dict[str, list[str]]:
    """Name the tables that descriptors write, read or look up, as the queries want them."""
    wanted = {d.table for d in descriptors if d.table is not None}
    wanted |= {c.lookup.table for d in descriptors for c in d.columns if c.lookup}
    return {"schemas": [t.schema for t in wanted], "tables": [t.name for t in wanted]}
