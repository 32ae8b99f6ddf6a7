"""Typed rows on their way into an unlogged table that nobody else can see."""

from psycopg import Connection, sql

from impex.storage.statements import Statements, staging_name

_MANY = 50_000


def create(connection: Connection, statements: Statements, name: str) -> None:
    """Create a staging table; it appears with its rows when the transaction commits."""
    connection.execute(statements.create_staging(name))


def copy(connection: Connection, statements: Statements, name: str, rows: bytes) -> None:
    """Add rows: CSV of ``line, c1 … cn``; an empty unquoted cell is null."""
    with connection.cursor() as cursor, cursor.copy(statements.copy_in(name)) as sink:
        sink.write(rows)


def analyze(connection: Connection, statements: Statements, name: str, rows: int) -> None:
    """Let the planner know the columns that are joined, if the rows are worth it.

    It sees the number of rows by itself, from the size of the table.
    """
    if rows >= _MANY:
        connection.execute(statements.analyze(name))


def count_rows(connection: Connection, name: str) -> int:
    """Count the rows of a staging table; 0 if it is gone.

    PostgreSQL empties unlogged tables after a crash, so the count tells whether staging survived.
    """
    exists = connection.execute(
        "SELECT to_regclass(format('impex_stage.%%I', %s::text)) IS NOT NULL", [name]
    ).fetchone()
    if exists is None or not exists[0]:
        return 0
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(staging_name(name))
    ).fetchone()
    return row[0] if row else 0


def drop(connection: Connection, name: str) -> None:
    """Drop a staging table, if it is there."""
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(staging_name(name)))
