"""Housekeeping: what runs have left behind goes when its time has come, and dead runs are closed.

Everything here can be stopped at any moment and done again. Nothing that a living run needs is
touched: a run lives while Airflow has it queued or running, or while a command holds its lock.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from psycopg import Connection

from impex.domain.errors import DataError, FencedError
from impex.domain.group import Retention
from impex.domain.report import FileState, JobState
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.storage import housekeeping, jobs, staging
from impex.storage.connection import Database

log = structlog.get_logger(__name__)

_BATCH = 500
_DIGITS = 19  # of the largest id that a database knows
_UPLOADS = timedelta(days=1)
_GIVEN_UP = (
    "nobody has worked on this run for a day, so it was closed; "
    "send the package again, with force if parts of it were imported"
)


def close_stalled_jobs(resources: Resources, is_alive: Callable[[str], bool]) -> int:
    """Close the books of jobs that nobody has worked on for a day; return how many.

    A job of which everything is merged or rejected ends as it would have. Any other one has failed,
    and what it has not merged yet never will be.

    Args:
        resources: File store and database.
        is_alive: Tells whether Airflow still works, or will work, on the run of that ``run_ref``.

    Raises:
        TransientError: The database or the file store failed.
    """
    closed = 0
    with resources.database.direct() as holder:
        for job_id, run_ref in _stalled(resources):
            if is_alive(run_ref) if run_ref else not _free(holder, job_id):
                continue
            try:
                _give_up(resources, job_id)
                _let_go(resources, job_id)
                report = settle(resources, job_id)
            except (DataError, FencedError) as fault:
                log.warning("a stalled run cannot be closed", job=job_id, reason=str(fault))
                continue
            closed += 1
            log.info("stalled run closed", job=job_id, state=report.state.value)
    return closed


def remove_old_packages(resources: Resources, groups: Mapping[str, Retention]) -> int:
    """Remove packages of the groups that were kept long enough; return how many files."""
    removed = 0
    for name, retention in groups.items():
        for room, days in (("archive", retention.archive_days), ("failed", retention.failed_days)):
            removed += _remove_packages(resources, f"{room}/{name}", days)
    return removed


def remove_old_history(resources: Resources, groups: Mapping[str, Retention]) -> int:
    """Remove reject files, issues and changes that were kept long enough; return how many rows.

    The reject files go first: as long as there are rows, they are looked for again.
    """
    removed = 0
    for name, retention in groups.items():
        for job_id in _with_history(resources, name, retention.history_days):
            resources.store.clear(f"rejects/{job_id}")
            while rows := _remove_some_history(resources, job_id):
                removed += rows
            log.info("history removed", group=name, job=job_id)
    return removed


def remove_uploads(resources: Resources) -> int:
    """Remove uploads older than a day that no job has as its package; return how many files."""
    newest = datetime.now(UTC) - _UPLOADS
    old: dict[str, str] = {}
    for folder in (f"uploads/{name}" for name in resources.store.folders("uploads")):
        files = resources.store.files(folder)
        if files and max(file.modified for file in files) < newest:
            old |= {file.key: folder for file in files}
    with resources.database.transaction() as connection:
        owned = housekeeping.owned_keys(connection, old)
    kept = {old[key] for key in owned}
    return sum(resources.store.clear(folder) for folder in {*old.values()} - kept)


def drop_orphaned_staging(resources: Resources) -> int:
    """Drop the staging tables of jobs that are at their end; return how many."""
    with resources.database.transaction() as connection:
        orphans = housekeeping.orphaned_staging(connection)
    for name in orphans:
        with resources.database.transaction() as connection:
            staging.drop(connection, name)
        log.info("staging table dropped", table=name)
    return len(orphans)


def _stalled(resources: Resources) -> Iterator[tuple[int, str | None]]:
    """Yield id and run of the jobs that nothing was heard of for a day."""
    after = 0
    while True:
        with resources.database.transaction() as connection:
            found = housekeeping.stalled_jobs(connection, after, _BATCH)
        if not found:
            return
        yield from found
        after = found[-1][0]


def _free(holder: Database, job_id: int) -> bool:
    """Tell whether no command works on a job; none can begin to while the holder is connected."""
    with holder.transaction() as connection:
        return jobs.hold_job(connection, job_id)


def _give_up(resources: Resources, job_id: int) -> None:
    """End a job that has unfinished files, or none yet; older attempts can no longer write."""
    with resources.database.transaction() as connection:
        jobs.begin_job(connection, job_id)
        job = jobs.existing_job(connection, job_id)
        unfinished = _stop_files(connection, job_id)
        if job.state is JobState.CLAIMED or (job.state is JobState.PLANNED and unfinished):
            messages = [_GIVEN_UP, *(f"not merged: {name}" for name in unfinished)]
            jobs.finish_job(connection, job_id, JobState.FAILED, messages)


def _let_go(resources: Resources, job_id: int) -> None:
    """Forget a package that is gone, or that the claim had not moved out of the inbox.

    What lies there may be another file of that name by now; it is for a new run.
    """
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
        if job.package_key.startswith("inbox/") or not resources.store.exists(job.package_key):
            key = f"failed/{job.group_name}/{job.id}/{job.package_name}"
            jobs.move_package(connection, job_id, key)


def _stop_files(connection: Connection, job_id: int) -> list[str]:
    """Fence off attempts at the unfinished files of a job and drop what they have staged."""
    files = [jobs.lock_file(connection, file.id) for file in jobs.read_files(connection, job_id)]
    unfinished = [f for f in files if f.state in (FileState.PLANNED, FileState.STAGED)]
    for file in unfinished:
        jobs.begin_file(connection, file.id)
        if file.staged_as:
            staging.drop(connection, file.staged_as)
    return [file.name for file in unfinished]


def _remove_packages(resources: Resources, room: str, days: int) -> int:
    """Remove the folders of a group's jobs that ended longer ago than so many days."""
    ids = [
        int(name)
        for name in resources.store.folders(room)
        if name.isdecimal() and len(name) < _DIGITS
    ]
    with resources.database.transaction() as connection:
        old = housekeeping.old_jobs(connection, ids, days)
    removed = sum(resources.store.clear(f"{room}/{job_id}") for job_id in old)
    if removed:
        log.info("packages removed", folder=room, files=removed)
    return removed


def _with_history(resources: Resources, group: str, days: int) -> Iterator[int]:
    """Yield the jobs of a group whose history is too old, until there are no more."""
    while True:
        with resources.database.transaction() as connection:
            found = housekeeping.jobs_with_history(connection, group, days, _BATCH)
        if not found:
            return
        yield from found


def _remove_some_history(resources: Resources, job_id: int) -> int:
    with resources.database.transaction() as connection:
        return housekeeping.remove_history(connection, job_id)
