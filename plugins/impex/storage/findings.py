"""Issues and changes of a transaction, carried over its rollback."""

from typing import IO

from psycopg import Connection, sql

_COLUMNS = {
    "issue": "file_id, effect, code, line, column_name, value, message, record_key",
    "change": "file_id, table_name, record_key, line, action, changes",
}
_PIECE = 1 << 16


def last_issue(connection: Connection, job_id: int) -> int:
    """Return the highest issue id of a job so far; what a transaction adds comes after it."""
    row = connection.execute(
        "SELECT coalesce(max(i.id), 0) FROM impex.file f JOIN impex.issue i ON i.file_id = f.id "
        "WHERE f.job_id = %s",
        [job_id],
    ).fetchone()
    return row[0] if row else 0


def copy_out(
    connection: Connection, job_id: int, after_issue: int, files: dict[str, IO[bytes]]
) -> None:
    """Write what this transaction has added for a job, table by table, in binary COPY format.

    A job has no changes before the one transaction that merges all its files.
    """
    for table, after in (("issue", after_issue), ("change", 0)):
        statement = sql.SQL(
            "COPY (SELECT {columns} FROM impex.{table} WHERE id > {after} AND file_id IN "
            "(SELECT id FROM impex.file WHERE job_id = {job}) ORDER BY id) "
            "TO STDOUT (FORMAT binary)"
        ).format(columns=columns(table), table=sql.Identifier(table), after=after, job=job_id)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for piece in copy:
                files[table].write(piece)


def copy_in(connection: Connection, table: str, file: IO[bytes]) -> None:
    """Add what ``copy_out`` has written."""
    file.seek(0)
    statement = sql.SQL("COPY impex.{} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), columns(table)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while piece := file.read(_PIECE):
            copy.write(piece)


def columns(table: str) -> sql.Composed:
    """Return the columns of ``issue`` or ``change`` that travel; ids are given anew."""
    return sql.SQL(", ").join(sql.Identifier(name) for name in _COLUMNS[table].split(", "))
