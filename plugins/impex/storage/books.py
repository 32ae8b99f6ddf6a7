"""The books of a run whose tables are in another database than its ledger.

Rows and books must commit together. So the run keeps its books beside its tables, in a schema
``impex`` of that database, and they are brought home when it is settled. The rows of jobs and files
stay there: whoever comes late finds that everything is done.
"""

from psycopg import Connection, sql

from impex.storage import staging
from impex.storage.findings import columns
from impex.storage.named_queries import queries

_SQL = queries("books")


def open_books(ledger: Connection, work: Connection, job_id: int) -> None:
    """Copy a job and its planned files to where it works; what is there already stays."""
    row = ledger.execute(_SQL["planned"], {"id": job_id}).fetchone()
    job, files = row or (None, None)
    work.execute(_SQL["open_job"], {"job": job})
    work.execute(_SQL["open_files"], {"files": files})


def hold_open_books(work: Connection, job_id: int) -> bool:
    """Hold the books of a job; False if they were never opened, or have been brought home."""
    return work.execute(_SQL["hold_open"], {"id": job_id}).fetchone() is not None


def copy_home(work: Connection, ledger: Connection, job_id: int) -> None:
    """Bring files, counts, issues and changes of a job to the ledger; again if need be."""
    row = work.execute(_SQL["done"], {"id": job_id}).fetchone()
    files, counts = row or (None, None)
    ledger.execute(_SQL["bring_files"], {"files": files})
    ledger.execute(_SQL["bring_counts"], {"counts": counts})
    for table in ("issue", "change"):
        name = sql.Identifier(table)
        ledger.execute(
            sql.SQL("DELETE FROM impex.{} WHERE file_id IN ({})").format(name, _files(job_id))
        )
        _copy(work, ledger, table, job_id)


def close_books(work: Connection, job_id: int) -> None:
    """Mark the books of a job as brought home, and drop what they no longer need.

    Nobody can go on with files that are not finished: the ledger would not learn of it.
    """
    unfinished = work.execute(_SQL["close_files"], {"id": job_id}).fetchall()
    staging.drop(work, *(name for (name,) in unfinished))
    for table in ("issue", "change"):
        work.execute(
            sql.SQL("DELETE FROM impex.{} WHERE file_id IN ({})").format(
                sql.Identifier(table), _files(job_id)
            )
        )
    work.execute(_SQL["close_job"], {"id": job_id})


def _copy(work: Connection, ledger: Connection, table: str, job_id: int) -> None:
    out = sql.SQL(
        "COPY (SELECT {} FROM impex.{} WHERE file_id IN ({}) ORDER BY id) TO STDOUT (FORMAT binary)"
    ).format(columns(table), sql.Identifier(table), _files(job_id))
    into = sql.SQL("COPY impex.{} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), columns(table)
    )
    with (
        work.cursor() as source,
        ledger.cursor() as sink,
        source.copy(out) as pieces,
        sink.copy(into) as copied,
    ):
        for piece in pieces:
            copied.write(piece)


def _files(job_id: int) -> sql.Composed:
    return sql.SQL("SELECT id FROM impex.file WHERE job_id = {}").format(job_id)
