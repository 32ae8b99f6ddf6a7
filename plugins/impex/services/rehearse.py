"""All files of a run in one transaction: for dry runs, and for packages that go in whole or not.

The transaction may be rolled back, yet the report of what it found must stay. So issues and changes
are copied out before the rollback and put back after it.
"""

from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import IO

from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.errors import DataError
from impex.domain.group import Descriptor, Group, OnError
from impex.domain.issues import Code, Issue
from impex.domain.job import PlannedFile
from impex.domain.report import Counts, FileState
from impex.services.merge import blocked, merge_in, verdict
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
    with SpooledTemporaryFile(_IN_MEMORY) as issues, SpooledTemporaryFile(_IN_MEMORY) as changes:
        found: dict[str, IO[bytes]] = {"issue": issues, "change": changes}

        def merge_all(connection: Connection) -> _Trial:
            after = findings.last_issue(connection, job_id)
            outcomes = _merge_all(connection, group, files)
            spoiled = _spoiled(group, files, outcomes)
            jobs.fence_job(connection, job_id, epoch)
            trial = _Trial(outcomes, spoiled, keep=not (job.dry_run or spoiled))
            if trial.keep:
                _finish(connection, staged, outcomes)
            else:
                findings.copy_out(connection, job_id, after, found)
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
    """Merge the staged files one by one; return what became of each."""
    outcomes: dict[int, Outcome] = {}
    now = {file.id: file for file in files}
    for name in group.merge_order:
        descriptor = group.descriptor(name)
        reason = blocked(descriptor, group, list(now.values()))
        for file in files:
            if file.descriptor != name or file.state is not FileState.STAGED:
                continue
            outcome = reason or _merge_one(connection, file, descriptor.without(file.absent))
            merged = isinstance(outcome, Counts)
            state = FileState.MERGED if merged else FileState.REJECTED
            outcomes[file.id], now[file.id] = outcome, replace(file, state=state)
    return outcomes


def _merge_one(connection: Connection, file: PlannedFile, descriptor: Descriptor) -> Outcome:
    """Merge a file in a savepoint; a refused file leaves its reason."""
    statements = Statements(descriptor, catalog.read_tables(connection, [descriptor]))
    try:
        with connection.transaction():
            counts = merge_in(connection, file, descriptor, statements)
    except DataError as fault:
        jobs.insert_issues(connection, file.id, [Issue(Code.REFUSED_BY_TABLE, message=str(fault))])
        return str(fault)
    return counts or verdict(connection, file, descriptor)


def _spoiled(group: Group, files: list[PlannedFile], outcomes: dict[int, Outcome]) -> bool:
    """Tell whether a file was rejected that keeps the whole package out."""
    rejected = {file.descriptor for file in files if isinstance(outcomes.get(file.id, ""), str)}
    return any(
        descriptor.errors.on_error is OnError.REJECT_PACKAGE
        for descriptor in group.descriptors
        if descriptor.name in rejected
    )


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
