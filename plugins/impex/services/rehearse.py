"""All files of a run in one transaction: for dry runs, and for packages that go in whole or not.

The transaction may be rolled back, yet the report of what it found must stay. So issues and changes
are copied out before the rollback and put back after it.
"""

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.errors import DataError
from impex.domain.group import Group
from impex.domain.issues import Code, Issue
from impex.domain.job import PlannedFile
from impex.domain.report import Counts, FileState
from impex.services.merge import merge_in
from impex.services.resources import Resources
from impex.services.stage import stage
from impex.storage import catalog, findings, jobs, staging
from impex.storage.statements import Statements

_IN_MEMORY = 1 << 20

Outcome = Counts | str


@dataclass(frozen=True, slots=True)
class _Trial:
    """What merging all files has come to: the fates or the reason of each file, by its id."""

    outcomes: dict[int, Outcome]
    spoiled: bool
    keep: bool


def merge_package(resources: Resources, job_id: int) -> None:
    """Merge all staged files of a run together; afterwards each is merged or rejected.

    A dry run rolls everything back. So does a package of a group that wants all rows or none, if
    any row is bad; then every file counts as rejected.

    Raises:
        FencedError: A newer attempt at the run has begun.
        TransientError: The database failed; everything is still staged.
    """
    database = resources.database
    with database.transaction() as connection:
        epoch = jobs.begin_job(connection, job_id)
        job = jobs.existing_job(connection, job_id)
        group = thaw(job.frozen or "")
        files = jobs.read_files(connection, job_id)
    files = [stage(resources, file.id, of_job=job_id) for file in files]
    staged = [file for file in files if file.state is FileState.STAGED]
    failed_before = any(file.state is FileState.REJECTED for file in files)
    with SpooledTemporaryFile(_IN_MEMORY) as issues, SpooledTemporaryFile(_IN_MEMORY) as changes:
        found: dict[str, IO[bytes]] = {"issue": issues, "change": changes}

        def merge_all(connection: Connection) -> _Trial:
            mark = findings.mark(connection)
            outcomes = _merge_all(connection, group, staged)
            spoiled = group.all_or_nothing and (failed_before or _spoiled(outcomes))
            jobs.fence_job(connection, job_id, epoch)
            trial = _Trial(outcomes, spoiled, keep=not (job.dry_run or spoiled))
            if trial.keep:
                _finish(connection, staged, outcomes)
            else:
                findings.copy_out(connection, job_id, mark, found)
            return trial

        trial = database.attempt(merge_all, keep=lambda trial: trial.keep)
        if not trial.keep:
            with database.transaction() as connection:
                jobs.fence_job(connection, job_id, epoch)
                _restore(connection, staged, trial, found)


def _restore(
    connection: Connection, files: list[PlannedFile], trial: _Trial, found: dict[str, IO[bytes]]
) -> None:
    """Put back what a rolled-back transaction had found, and its ledger."""
    findings.copy_in(connection, "issue", found["issue"])
    if not trial.spoiled:
        findings.copy_in(connection, "change", found["change"])
    _finish(connection, files, _rejected(files) if trial.spoiled else trial.outcomes)


def _merge_all(
    connection: Connection, group: Group, files: list[PlannedFile]
) -> dict[int, Outcome]:
    """Merge file by file, each in a savepoint; a refused file leaves its reason."""
    outcomes: dict[int, Outcome] = {}
    by_descriptor = {name: [f for f in files if f.descriptor == name] for name in group.merge_order}
    for name, own in by_descriptor.items():
        descriptor = group.descriptor(name)
        statements = Statements(descriptor, catalog.read_tables(connection, [descriptor]))
        for file in own:
            try:
                with connection.transaction():
                    counts = merge_in(connection, file, descriptor, statements)
                outcomes[file.id] = counts or "too many rows are bad; see the issues"
            except DataError as fault:
                outcomes[file.id] = str(fault)
                issue = Issue(Code.REFUSED_BY_TABLE, message=str(fault))
                jobs.insert_issues(connection, file.id, [issue])
    return outcomes


def _spoiled(outcomes: dict[int, Outcome]) -> bool:
    """Tell whether any row of any file is bad."""
    return any(isinstance(outcome, str) or outcome.rejected for outcome in outcomes.values())


def _rejected(files: list[PlannedFile]) -> dict[int, Outcome]:
    """Return the outcome of a package that goes in whole or not at all."""
    return {file.id: "the package has bad rows and is taken whole or not at all" for file in files}


def _finish(connection: Connection, files: list[PlannedFile], outcomes: dict[int, Outcome]) -> None:
    """Write the ledger and final state of every file."""
    for file in files:
        outcome, read = outcomes[file.id], file.rows_read or 0
        staging.drop(connection, file.staged_as or "")
        if isinstance(outcome, Counts):
            jobs.finish_file(connection, file.id, FileState.MERGED, outcome)
        else:
            counts = Counts(read=read, rejected=read)
            jobs.finish_file(connection, file.id, FileState.REJECTED, counts, outcome)
