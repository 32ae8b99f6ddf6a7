"""Typed rows on their way into an unlogged table that nobody else can see.

The columns of a staging table, in this order:

* ``line``: on which the record starts;
* ``part``: only where several rows may come from a line: which of them it is;
* ``nil``: only where a file can say so: which of the following are to be cleared, as in ``,c2,c5,``;
* for the descriptor's column of number n: ``c<n>``; for a lookup by several columns also
  ``c<n>_2``, ``c<n>_3`` …; for an amount with its currency also ``c<n>_currency``.
"""

from collections.abc import Iterable

from psycopg import Connection, sql

from impex.storage.fields import staged_columns
from impex.storage.statements import Statements, listed, staging_name

_MANY = 50_000


def create(connection: Connection, statements: Statements, name: str) -> None:
    """Create a staging table; it appears with its rows when the transaction commits."""
    identity = (
        sql.SQL("{} bigint NOT NULL").format(sql.Identifier(column))
        for column in statements.identity
    )
    nils = [sql.SQL("nil text NOT NULL")] if statements.descriptor.has_nils else []
    columns = [*identity, *nils, *staged_columns(statements.fields, statements.tables)]
    connection.execute(
        sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(staging_name(name), listed(columns))
    )


def copy(connection: Connection, name: str, blocks: Iterable[memoryview]) -> None:
    """Add rows: CSV of the staging table's columns; an empty unquoted cell is null.

    PostgreSQL stores a block while the next is drawn. The transaction must have created the table:
    only then may rows be frozen.
    """
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, FREEZE)").format(staging_name(name))
    with connection.cursor() as cursor, cursor.copy(statement) as sink:
        for rows in blocks:
            sink.write(rows)


def analyze(connection: Connection, statements: Statements, name: str, rows: int) -> None:
    """Let the planner know the columns that are joined, if the rows are worth it.

    It sees the number of rows by itself, from the size of the table.
    """
    if rows < _MANY:
        return
    joined = [
        sql.Identifier(cell)
        for field in statements.fields
        if field in statements.keys or field.column.lookup
        for cell in field.cells
    ]
    # How many rows share a value is seen in a few thousand rows as well.
    connection.execute("SET LOCAL default_statistics_target = 10")
    connection.execute(sql.SQL("ANALYZE {} ({})").format(staging_name(name), listed(joined)))


def has_rows(connection: Connection, name: str) -> bool:
    """Tell whether a staging table has rows; false if it is gone.

    PostgreSQL empties unlogged tables after a crash, so rows are a sign that all have survived.
    """
    exists = connection.execute(
        "SELECT to_regclass(format('impex_stage.%%I', %s::text)) IS NOT NULL", [name]
    ).fetchone()
    if exists is None or not exists[0]:
        return False
    row = connection.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {})").format(staging_name(name))
    ).fetchone()
    return row == (True,)


def drop(connection: Connection, *names: str | None) -> None:
    """Drop staging tables, as far as they are there."""
    tables = [staging_name(name) for name in names if name]
    if tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(listed(tables)))
