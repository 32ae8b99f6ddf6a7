"""What the tables know of past and running jobs."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from impex.domain.issue_codes import Code
from impex.domain.issues import CATALOGUE
from impex.domain.report import Counts, FileReport, FileState, JobState, RunReport
from impex.storage.named_queries import queries

_SQL = queries("reports")
_SAMPLES = 3


def read_report(connection: Connection, job_id: int) -> RunReport | None:
    """Return what became of a run so far; None if there is no such run."""
    with connection.cursor(row_factory=dict_row) as cursor:
        job = cursor.execute(_SQL["job_report"], {"id": job_id}).fetchone()
        if job is None:
            return None
        files = cursor.execute(_SQL["file_reports"], {"id": job_id}).fetchall()
    return RunReport(
        run=job["id"],
        group=job["group_name"],
        package=job["package_name"],
        state=JobState(job["state"]),
        dry_run=job["dry_run"],
        started=job["created_at"],
        finished=job["finished_at"],
        files=tuple(_file_report(row) for row in files),
        messages=tuple(job["messages"]),
    )


def recent_reports(connection: Connection, limit: int, group: str | None = None) -> list[RunReport]:
    """Return the newest runs, newest first: those of a group, or all."""
    values = {"limit": limit, "group_name": group}
    ids = connection.execute(_SQL["recent_jobs"], values).fetchall()
    reports = (read_report(connection, job_id) for (job_id,) in ids)
    return [report for report in reports if report is not None]


def progress(connection: Connection, job_id: int) -> tuple[str, list[dict[str, Any]]]:
    """Return what runs a job, as DAG and run, and how far its files are that are being read."""
    with connection.cursor(row_factory=dict_row) as cursor:
        job = cursor.execute(_SQL["run_of_job"], {"id": job_id}).fetchone()
        rows = cursor.execute(_SQL["rows_so_far"], {"id": job_id}).fetchall()
    return (job and job["run_ref"]) or "", rows


def issues(connection: Connection, job_id: int) -> Iterator[dict[str, Any]]:
    """Yield the faults of a run as rows with hints, file by file, in line order; streamed."""
    for row in _stream(connection, "issues", job_id):
        yield {**row, "hint": CATALOGUE[Code(row["code"])].hint}


def causes(connection: Connection, job_id: int, limit: int) -> list[dict[str, Any]]:
    """Return the faults of a run by their cause, the commonest first, each with what to do.

    Args:
        connection: In a transaction.
        job_id: Of the run.
        limit: So many causes at most.
    """
    values = {"id": job_id, "limit": limit, "samples": _SAMPLES}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["causes"], values).fetchall()
    return [{**row, "hint": CATALOGUE[Code(row["code"])].hint} for row in rows]


def changes(connection: Connection, job_id: int) -> Iterator[dict[str, Any]]:
    """Yield the change journal of a run as rows; streamed."""
    return _stream(connection, "changes", job_id)


def change_summary(connection: Connection, job_id: int) -> list[dict[str, Any]]:
    """Return what a run changed, table by table.

    Each has its numbers of rows inserted, updated and deleted, and its changed columns with the
    number of rows and a few of them before and after.
    """
    values = {"id": job_id, "samples": _SAMPLES}
    with connection.cursor(row_factory=dict_row) as cursor:
        tables = cursor.execute(_SQL["change_counts"], values).fetchall()
        columns = cursor.execute(_SQL["changed_columns"], values).fetchall()
    return [
        {**table, "columns": [_without_table(c) for c in columns if c["table"] == table["table"]]}
        for table in tables
    ]


def _without_table(column: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name != "table"}


def _stream(connection: Connection, query: str, job_id: int) -> Iterator[dict[str, Any]]:
    with connection.cursor(name=query, row_factory=dict_row) as cursor:
        yield from cursor.execute(_SQL[query], {"id": job_id})


def _file_report(row: dict[str, Any]) -> FileReport:
    counts = {name: row[name] for name in Counts.__dataclass_fields__}
    return FileReport(
        name=row["name"],
        descriptor=row["descriptor"],
        state=FileState(row["state"]),
        counts=Counts(**counts),
        message=row["message"],
        absent=tuple(row["absent_columns"]),
        remarks=tuple(row["notes"]),
    )
