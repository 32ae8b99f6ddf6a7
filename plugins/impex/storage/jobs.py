"""Jobs and their files: claims, attempts, states and the ledger.

Every write that belongs to an attempt first asks the fence. Airflow can run two attempts of one
step at once; the older one finds its epoch outdated and stops without a trace.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import kwargs_row

from impex.domain.errors import DataError, FencedError
from impex.domain.issues import Issue
from impex.domain.job import Job, PlannedFile, Request
from impex.domain.report import Counts, FileState, JobState
from impex.storage.named_queries import queries

_SQL = queries("jobs")
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Package:
    """The bytes that a job is about."""

    group_name: str
    package_name: str
    package_key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EarlierJob:
    """The job that has imported, or is importing, the same bytes."""

    id: int
    package_name: str
    state: JobState
    run_ref: str | None
    requested_by: str
    created_at: datetime


def insert_job(connection: Connection, package: Package, request: Request) -> int | None:
    """Register a package and return the job's id.

    Returns None if its bytes are imported already, or if the run has a job already.
    """
    row = connection.execute(_SQL["insert_job"], _job_values(package, request)).fetchone()
    return row[0] if row else None


def imported_before(connection: Connection, package: Package) -> EarlierJob | None:
    """Return the job that holds the same bytes."""
    with connection.cursor(row_factory=kwargs_row(_earlier_job)) as cursor:
        return cursor.execute(_SQL["imported_before"], asdict(package)).fetchone()


def hold_job(connection: Connection, job_id: int, *, briefly: bool = False) -> bool:
    """Mark a job as worked on; False if another connection does.

    Args:
        connection: For as long as it lives.
        job_id: Of the job.
        briefly: For as long as the transaction takes.
    """
    lock = sql.Identifier("pg_try_advisory_xact_lock" if briefly else "pg_try_advisory_lock")
    ask = sql.SQL("SELECT {}(hashtext('impex job'), %s::integer)").format(lock)
    row = connection.execute(ask, [job_id]).fetchone()
    return bool(row and row[0])


def adopt_job(connection: Connection, job_id: int, run_ref: str | None) -> None:
    """Make a job that was left behind the job of another run."""
    connection.execute(_SQL["adopt_job"], {"id": job_id, "run_ref": run_ref})


def job_of_run(connection: Connection, run_ref: str) -> int | None:
    """Return the job that a run has claimed before."""
    row = connection.execute(_SQL["job_of_run"], {"run_ref": run_ref}).fetchone()
    return row[0] if row else None


def insert_refused_job(
    connection: Connection, package: Package, request: Request, message: str
) -> int:
    """Record a package that is not imported, with the reason."""
    row = connection.execute(
        _SQL["insert_refused_job"], {**_job_values(package, request), "messages": [message]}
    ).fetchone()
    return row[0] if row else 0


def existing_job(connection: Connection, job_id: int) -> Job:
    """Return a job.

    Raises:
        DataError: There is none of that id.
    """
    with connection.cursor(row_factory=kwargs_row(_job)) as cursor:
        job = cursor.execute(_SQL["job"], {"id": job_id}).fetchone()
    if job is None:
        raise DataError(f"there is no run {job_id}")
    return job


def begin_job(connection: Connection, job_id: int) -> int:
    """Start an attempt at a step of the job and return its epoch."""
    return _epoch(connection, "begin_job", job_id)


def begin_file(connection: Connection, file_id: int) -> int:
    """Start an attempt at a file and return its epoch."""
    return _epoch(connection, "begin_file", file_id)


def begin_merge(connection: Connection, file_id: int) -> int | None:
    """Start an attempt at a staged file and return its epoch; None if it is not staged any more."""
    row = connection.execute(_SQL["begin_merge"], {"id": file_id}).fetchone()
    return row[0] if row else None


def note_rows(connection: Connection, rows: Mapping[int, int]) -> None:
    """Note by the ids of files how many rows were read of them so far, for people who follow."""
    values = {"ids": sorted(rows), "rows": [rows[file_id] for file_id in sorted(rows)]}
    connection.execute(_SQL["note_rows"], values)


def fence_job(connection: Connection, job_id: int, epoch: int) -> None:
    """Hold the job until the transaction ends.

    Raises:
        FencedError: A newer attempt has begun.
    """
    _fence(connection, "fence_job", job_id, epoch)


def fence_file(connection: Connection, file_id: int, epoch: int) -> None:
    """Hold the file until the transaction ends.

    Raises:
        FencedError: A newer attempt has begun.
    """
    _fence(connection, "fence_file", file_id, epoch)


def move_package(connection: Connection, job_id: int, key: str) -> None:
    """Remember where the package lies."""
    connection.execute(_SQL["move_package"], {"id": job_id, "package_key": key})


def plan_job(connection: Connection, job_id: int, frozen: str, messages: Sequence[str]) -> None:
    """Freeze the group for this run."""
    connection.execute(
        _SQL["plan_job"], {"id": job_id, "frozen": frozen, "messages": list(messages)}
    )


def finish_job(
    connection: Connection, job_id: int, state: JobState, messages: Sequence[str] = ()
) -> None:
    """End the job."""
    connection.execute(
        _SQL["finish_job"], {"id": job_id, "state": state.value, "messages": list(messages)}
    )


def insert_files(
    connection: Connection, job_id: int, files: Iterable[tuple[str, str, int]]
) -> None:
    """Plan files: descriptor, name and member index of each."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _SQL["insert_file"],
            [
                {"job_id": job_id, "descriptor": descriptor, "name": name, "member": member}
                for descriptor, name, member in files
            ],
        )


def read_files(connection: Connection, job_id: int) -> list[PlannedFile]:
    """Return the files of a job, in the order of their plan."""
    with connection.cursor(row_factory=kwargs_row(_planned_file)) as cursor:
        return cursor.execute(_SQL["files"], {"job_id": job_id}).fetchall()


def existing_file(connection: Connection, file_id: int) -> PlannedFile:
    """Return one planned file.

    Raises:
        DataError: There is none of that id.
    """
    return _one_file(connection, "file", file_id)


def lock_file(connection: Connection, file_id: int) -> PlannedFile:
    """Return one planned file as the newest commit has it, and hold it.

    Raises:
        DataError: There is none of that id.
    """
    return _one_file(connection, "lock_file", file_id)


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging a file has come to.

    Attributes:
        staged_as: Name of the staging table.
        rows_read: Rows that the file makes, whatever became of them; a line that is exploded makes
            several.
        absent: Names of the descriptor's columns that the file does not have.
        rows_skipped: Rows that were left out on purpose.
        notes: What there is to say about it, in sentences.
    """

    staged_as: str
    rows_read: int
    rows_staged: int
    absent: Sequence[str]
    rows_skipped: int = 0
    notes: Sequence[str] = ()


def stage_file(connection: Connection, file_id: int, staged: Staged) -> None:
    """Record that a file is staged."""
    values = {**asdict(staged), "absent": list(staged.absent), "notes": list(staged.notes)}
    connection.execute(_SQL["stage_file"], {"id": file_id, **values})


def finish_file(
    connection: Connection, file_id: int, state: FileState, counts: Counts, message: str = ""
) -> None:
    """Write the ledger of a file and its final state."""
    connection.execute(_SQL["write_ledger"], {"file_id": file_id, **asdict(counts)})
    connection.execute(
        _SQL["finish_file"],
        {"id": file_id, "state": state.value, "message": message, "rows_read": counts.read},
    )


def add_notes(connection: Connection, file_id: int, notes: Sequence[str]) -> None:
    """Add sentences to what the report says of a file."""
    if notes:
        connection.execute(_SQL["add_notes"], {"id": file_id, "notes": list(notes)})


def forget_issues(connection: Connection, file_id: int) -> None:
    """Remove the issues that an earlier attempt at the file has left."""
    connection.execute(_SQL["forget_issues"], {"file_id": file_id})


def insert_issues(connection: Connection, file_id: int, issues: Iterable[Issue]) -> None:
    """Store issues."""
    with connection.cursor() as cursor, cursor.copy(_SQL["insert_issue"]) as copy:
        for i in issues:
            message = i.message.replace("\x00", "\\0")
            value, key = i.value.replace("\x00", "\\0"), i.key.replace("\x00", "\\0")
            copy.write_row(
                (file_id, i.effect.value, i.code.value, i.line, i.column, value, message, key)
            )


def rejected_lines(connection: Connection, file_id: int) -> Iterator[tuple[int, list[str], str]]:
    """Yield line, codes and messages of every line with a rejected row, in line order.

    They are streamed, so the transaction must stay open until the last.
    """
    with connection.cursor(name="rejected_lines") as cursor:
        cursor.itersize = _PAGE
        yield from cursor.execute(_SQL["rejected_lines"], {"file_id": file_id})


def _earlier_job(*, state: str, **values: Any) -> EarlierJob:
    return EarlierJob(state=JobState(state), **values)


def _one_file(connection: Connection, query: str, file_id: int) -> PlannedFile:
    with connection.cursor(row_factory=kwargs_row(_planned_file)) as cursor:
        file = cursor.execute(_SQL[query], {"id": file_id}).fetchone()
    if file is None:
        raise DataError(f"there is no planned file {file_id}")
    return file


def _job(*, state: str, **values: Any) -> Job:
    return Job(state=JobState(state), **values)


def _planned_file(*, state: str, **values: Any) -> PlannedFile:
    return PlannedFile(state=FileState(state), **values)


def _job_values(package: Package, request: Request) -> dict[str, object]:
    return {
        **asdict(package),
        "run_ref": request.run_ref,
        "requested_by": request.requested_by,
        "forced": request.force,
        "dry_run": request.dry_run,
    }


def _epoch(connection: Connection, query: str, row_id: int) -> int:
    row = connection.execute(_SQL[query], {"id": row_id}).fetchone()
    if row is None:
        raise FencedError(f"there is no {query.removeprefix('begin_')} {row_id}")
    epoch: int = row[0]
    return epoch


def _fence(connection: Connection, query: str, row_id: int, epoch: int) -> None:
    if connection.execute(_SQL[query], {"id": row_id, "epoch": epoch}).fetchone() is None:
        what = query.removeprefix("fence_")
        raise FencedError(f"a newer attempt at {what} {row_id} has taken over; nothing was written")
