"""All files of a run in one transaction: for dry runs, and for packages that go in whole or not.

The transaction may be rolled back, yet the report of what it found must stay. So issues and changes
are copied out before the rollback and put back after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import IO

from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.errors import DataError
from impex.domain.group import Atomic, Group
from impex.domain.job import Job, PlannedFile
from impex.domain.policy import OnError
from impex.domain.report import FileState
from impex.services.merge import Outcome, blocked, finish, merge_together, rejected
from impex.services.resources import Resources
from impex.services.stage import stage
from impex.storage import catalog, findings, jobs, merge, refusals, staging
from impex.storage.statements import Load, Statements, numbers_for_rehearsals

_IN_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class _Package:
    """A run with its files; those that are staged may be merged."""

    job: Job
    group: Group
    files: Sequence[PlannedFile]

    @property
    def staged(self) -> list[PlannedFile]:
        """The files that wait to be merged."""
        return [file for file in self.files if file.state is FileState.STAGED]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What merging all files has come to: the outcome of each, by its id."""

    outcomes: Mapping[int, Outcome]
    spoiled: bool
    keep: bool


def merge_package(resources: Resources, job_id: int) -> None:
    """Merge all staged files of a run together; afterwards each is merged or rejected.

    A dry run rolls everything back. So does a package that goes in whole or not at all, if
    anything of it does not; then every file counts as rejected.

    Raises:
        FencedError: A newer attempt at the run has begun.
        TransientError: The database failed; everything is still staged.
    """
    database = resources.database
    with database.transaction() as connection:
        epoch = jobs.begin_job(connection, job_id)
        job = jobs.existing_job(connection, job_id)
        files = jobs.read_files(connection, job_id)
    files = [stage(resources, file.id, of_job=job_id) for file in files]
    package = _Package(job, thaw(job.frozen or ""), files)
    with SpooledTemporaryFile(_IN_MEMORY) as issues, SpooledTemporaryFile(_IN_MEMORY) as changes:
        found: dict[str, IO[bytes]] = {"issue": issues, "change": changes}

        def try_all(connection: Connection) -> _Trial:
            after = findings.last_issue(connection, job_id)
            outcomes = _merge_all(connection, package)
            spoiled = _spoiled(package, outcomes)
            jobs.fence_job(connection, job_id, epoch)
            trial = _Trial(outcomes, spoiled, keep=not (job.dry_run or spoiled))
            if trial.keep:
                _finish(connection, package.staged, outcomes)
            else:
                findings.copy_out(connection, job_id, after, found)
            return trial

        trial = database.attempt(try_all, keep=lambda trial: trial.keep)
        if not trial.keep:
            with database.transaction() as connection:
                jobs.fence_job(connection, job_id, epoch)
                _restore(connection, package, trial, found)


def _restore(
    connection: Connection, package: _Package, trial: _Trial, found: Mapping[str, IO[bytes]]
) -> None:
    """Put back what a rolled-back transaction had found, and its ledger."""
    findings.copy_in(connection, "issue", found["issue"])
    outcomes = trial.outcomes
    if trial.spoiled:
        outcomes = {file.id: _left_out(file, outcomes[file.id]) for file in package.staged}
    else:
        findings.copy_in(connection, "change", found["change"])
    _finish(connection, package.staged, outcomes)


def _left_out(file: PlannedFile, outcome: Outcome) -> Outcome:
    """Return the outcome of a file of a package that does not go in."""
    message = "the package is taken whole or not at all, and something of it is not taken"
    return outcome if outcome.message else rejected(file, message)


def _merge_all(connection: Connection, package: _Package) -> dict[int, Outcome]:
    """Merge the staged files, descriptor by descriptor; return what became of each."""
    if package.job.dry_run:
        connection.execute(numbers_for_rehearsals())
    # What is checked at the commit would not be checked at all before a rollback.
    refusals.check_at_once(connection)
    outcomes: dict[int, Outcome] = {}
    now = {file.id: file for file in package.files}
    for name in package.group.merge_order:
        own = [file for file in now.values() if file.descriptor == name]
        staged = [file for file in own if file.state is FileState.STAGED]
        reason = blocked(package.group.descriptor(name), package.group, list(now.values()))
        if reason:
            outcomes |= {file.id: rejected(file, reason) for file in staged}
        elif staged:
            outcomes |= _merge_descriptor(connection, package, own)
        for file in staged:
            now[file.id] = replace(file, state=outcomes[file.id].state)
    return outcomes


def _merge_descriptor(
    connection: Connection, package: _Package, files: Sequence[PlannedFile]
) -> dict[int, Outcome]:
    """Merge the files of one descriptor; what the table refuses leaves its reason."""
    descriptor = package.group.descriptor(files[0].descriptor)
    tables = catalog.read_tables(connection, [descriptor])
    loads = [
        Load(
            file,
            Statements(
                descriptor,
                tables,
                absent=file.absent,
                scope=package.group.scope,
                rehearsing=package.job.dry_run,
            ),
        )
        for file in files
        if file.state is FileState.STAGED
    ]
    unread = [file.name for file in files if file.state is not FileState.STAGED]
    try:
        with connection.transaction():
            outcomes = merge_together(connection, loads, unread, careful=False)
    except DataError:
        outcomes = merge_together(connection, loads, unread, careful=True)
    merge.clear_all(connection)
    return {load.file.id: outcome for load, outcome in zip(loads, outcomes, strict=True)}


def _spoiled(package: _Package, outcomes: Mapping[int, Outcome]) -> bool:
    """Tell whether a file was rejected that keeps the whole package out."""
    rejected_of = {
        file.descriptor
        for file in package.files
        if file.id not in outcomes or outcomes[file.id].message
    }
    if package.group.atomic is Atomic.GROUP:
        return bool(rejected_of)
    return any(
        descriptor.errors.on_error is OnError.REJECT_PACKAGE
        for descriptor in package.group.descriptors
        if descriptor.name in rejected_of
    )


def _finish(
    connection: Connection, files: Sequence[PlannedFile], outcomes: Mapping[int, Outcome]
) -> None:
    """Write the ledger and final state of every file."""
    for file in files:
        finish(connection, file, outcomes[file.id])
    staging.drop(connection, *(file.staged_as for file in files))
