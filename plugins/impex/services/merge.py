"""Merge: staged rows become rows of the target, one transaction per descriptor.

Which files may be merged is read from the tables, never from the states of Airflow's tasks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

import structlog
from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.errors import DataError, FileFaultError, ImpexError
from impex.domain.group import Descriptor, Group, Scope, depends_on
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.job import Job, PlannedFile
from impex.domain.report import Counts, FileState
from impex.services.resources import Resources
from impex.services.stage import settled_or_intact, stage, too_many
from impex.storage import catalog, jobs, merge, refusals, staging
from impex.storage.merge import Prepared
from impex.storage.statements import Load, Statements

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a staged file.

    Attributes:
        message: Why none of its rows is applied; empty if it is merged.
        notes: What there is to say about it beside, in sentences.
    """

    counts: Counts
    message: str = ""
    notes: Sequence[str] = ()

    @property
    def state(self) -> FileState:
        """The final state of the file."""
        return FileState.REJECTED if self.message else FileState.MERGED


@dataclass(frozen=True, slots=True)
class _Work:
    """The files of one descriptor that are to be merged.

    Attributes:
        scope: Of the group.
        files: All that were planned.
        reason: Why none of them may be merged; empty if they may.
    """

    descriptor: Descriptor
    scope: Scope | None
    files: Sequence[PlannedFile]
    reason: str


def merge_descriptor(resources: Resources, job_id: int, name: str) -> list[PlannedFile]:
    """Merge the files of one descriptor; afterwards each is merged or rejected.

    Does nothing for a run that merges all its files in one transaction, see ``services.rehearse``.

    Returns:
        The files of the descriptor as they are now.

    Raises:
        ImpexError: A descriptor that must come before has unfinished files.
        FencedError: A newer attempt has begun.
        TransientError: The database failed; what is not merged is still staged.
    """
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
        group = thaw(job.frozen or "")
        files = jobs.read_files(connection, job_id)
    own = [file for file in files if file.descriptor == name]
    if in_one_transaction(job, group):
        return own
    descriptor = group.descriptor(name)
    reason = blocked(descriptor, group, files)
    own = [_staged(resources, f) if f.state is FileState.PLANNED else f for f in own]
    work = _Work(descriptor, group.scope, own, reason)
    try:
        return _attempt(resources, work, careful=False)
    except DataError:
        # The table refuses rows. Only now it is worth to look which, at the price of savepoints.
        return _attempt(resources, work, careful=True)


def in_one_transaction(job: Job, group: Group) -> bool:
    """Tell whether the files of a run are merged together or not at all."""
    return job.dry_run or group.all_or_nothing


def merge_together(
    connection: Connection, loads: Sequence[Load], unread: Sequence[str], *, careful: bool
) -> list[Outcome]:
    """Compare and apply the staged files of a descriptor in the caller's transaction.

    Args:
        connection: In a transaction.
        loads: The files, in the order in which they are merged.
        unread: Names of files of the descriptor that are not staged.
        careful: Whether to find out which rows the table refuses; otherwise one such row raises.

    Returns:
        The outcome of each.

    Raises:
        DataError: The table refuses rows; the transaction must be rolled back.
    """
    return _Together(connection, loads, careful=careful).merge(unread)


def blocked(descriptor: Descriptor, group: Group, files: Sequence[PlannedFile]) -> str:
    """Say which rejected file of an earlier descriptor forbids the merge; empty if none does."""
    before = depends_on(descriptor, group.descriptors)
    for file in files:
        if file.descriptor not in before or file.state is FileState.MERGED:
            continue
        if file.state is not FileState.REJECTED:
            raise ImpexError(
                f"{descriptor.name} cannot be merged before {file.descriptor}, and {file.name} "
                "of that is not finished"
            )
        return f"not merged, because {file.name} of {file.descriptor} was rejected"
    return ""


def rejected(file: PlannedFile, message: str) -> Outcome:
    """Return the outcome of a file of which no row is applied."""
    read = file.rows_read or 0
    return Outcome(Counts(read=read, rejected=read), message)


def finish(connection: Connection, file: PlannedFile, outcome: Outcome) -> None:
    """Write the ledger and the final state of a file."""
    jobs.finish_file(connection, file.id, outcome.state, outcome.counts, outcome.message)
    jobs.add_notes(connection, file.id, outcome.notes)


class _Together:
    """The staged files of one descriptor on their way into the target."""

    def __init__(self, connection: Connection, loads: Sequence[Load], *, careful: bool) -> None:
        self._connection = connection
        self._loads = loads
        self._careful = careful
        self._descriptor = loads[0].statements.descriptor

    def merge(self, unread: Sequence[str]) -> list[Outcome]:
        """Look at all files together, then merge one after the other."""
        try:
            with self._attempt():
                if self._careful:
                    refusals.check_at_once(self._connection)
                prepared = merge.prepare(self._connection, self._loads, unread)
        except DataError as fault:
            if not (self._careful or isinstance(fault, FileFaultError)):
                raise
            return [self._refused(load.file, fault) for load in self._loads]
        outcomes: list[Outcome] = []
        for load in self._loads:
            if outcomes:
                merge.clear(self._connection)
            outcomes.append(self._merge_file(load, prepared, outcomes))
        return outcomes

    def _merge_file(self, load: Load, prepared: Prepared, before: Sequence[Outcome]) -> Outcome:
        try:
            with self._attempt():
                return self._compare_and_apply(load, prepared, before)
        except DataError as fault:
            if not self._careful:
                raise
            return self._refused(load.file, fault)

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """Translate refusals of the table; undo what led to them if the transaction goes on."""
        undoable = self._connection.transaction() if self._careful else nullcontext()
        with refusals.in_words(self._descriptor), undoable:
            yield

    def _compare_and_apply(
        self, load: Load, prepared: Prepared, before: Sequence[Outcome]
    ) -> Outcome:
        """Merge a file, unless more of its rows are bad than its policy allows."""
        file, errors, read = load.file, self._descriptor.errors, load.file.rows_read or 0
        found, left = merge.compare(self._connection, load, len(before) + 1, prepared)
        bad = file.rows_rejected + found.rejected
        if not errors.allows(bad, read):
            return rejected(file, too_many(bad, read, self._descriptor))
        counts = found + Counts(read=read, skipped=file.rows_skipped, rejected=file.rows_rejected)
        absent, notes = self._absence(prepared, before)
        if left or absent:
            allows = (lambda more: errors.allows(bad + more, read)) if self._careful else None
            applied, told = merge.apply(self._connection, load, with_absent=absent, allows=allows)
            counts, notes = counts + applied, notes + told
        return Outcome(counts, notes=notes)

    def _absence(self, prepared: Prepared, before: Sequence[Outcome]) -> tuple[bool, list[str]]:
        """Tell whether absent rows go with the next file: the last one, if all files are taken."""
        absence, table = prepared.absence, self._descriptor.table
        if len(before) + 1 < len(self._loads):
            return False, []
        if absence.rows and any(outcome.message for outcome in before):
            why = "because another file of the descriptor was rejected"
            return False, [f"no row of {table} counts as absent, {why}"]
        return absence.rows > 0, [absence.note] if absence.note else []

    def _refused(self, file: PlannedFile, fault: DataError) -> Outcome:
        """Record why a whole file is refused."""
        if isinstance(fault, FileFaultError):
            issues = fault.issues
        else:
            issues = (Issue(Code.REFUSED_BY_TABLE, message=str(fault)),)
        jobs.insert_issues(self._connection, file.id, issues)
        return rejected(file, str(fault))


def _attempt(resources: Resources, work: _Work, *, careful: bool) -> list[PlannedFile]:
    """Merge the staged files in one transaction.

    Raises:
        DataError: The table refuses rows, and nobody was careful; all is still staged.
    """
    database = resources.database
    staged = [file for file in work.files if file.state is FileState.STAGED]
    if not staged:
        return list(work.files)
    with database.transaction() as connection:
        epochs = [jobs.begin_merge(connection, file.id) for file in staged]
        if None in epochs:
            # Another attempt has just finished.
            return [jobs.existing_file(connection, file.id) for file in work.files]
        intact = [file.id for file in staged if settled_or_intact(connection, file)]
        tables = catalog.read_tables(connection, [work.descriptor])
    if len(intact) < len(staged):
        files = [f if f.id in intact else _staged(resources, f) for f in work.files]
        return _attempt(resources, replace(work, files=files), careful=careful)
    loads = [
        Load(f, Statements(work.descriptor, tables, absent=f.absent, scope=work.scope))
        for f in staged
    ]
    with refusals.in_words(work.descriptor), database.transaction() as connection:
        outcomes = _outcomes(connection, work, loads, careful=careful)
        for file, epoch in zip(staged, epochs, strict=True):
            jobs.fence_file(connection, file.id, epoch or 0)
            finish(connection, file, outcomes[file.id])
        staging.drop(connection, *(file.staged_as for file in staged))
    merged = {
        file.id: _finished(file, epoch or 0, outcomes[file.id])
        for file, epoch in zip(staged, epochs, strict=True)
    }
    return [merged.get(file.id, file) for file in work.files]


def _staged(resources: Resources, file: PlannedFile) -> PlannedFile:
    """Stage a file that was not staged, or whose rows did not survive a crash of the database."""
    return stage(resources, file.id, of_job=file.job_id)


def _outcomes(
    connection: Connection, work: _Work, loads: Sequence[Load], *, careful: bool
) -> dict[int, Outcome]:
    """Merge, unless there is a reason not to; return the outcomes by the id of their file."""
    if work.reason:
        return {load.file.id: rejected(load.file, work.reason) for load in loads}
    unread = [file.name for file in work.files if file.state is not FileState.STAGED]
    outcomes = merge_together(connection, loads, unread, careful=careful)
    return {load.file.id: outcome for load, outcome in zip(loads, outcomes, strict=True)}


def _finished(file: PlannedFile, epoch: int, outcome: Outcome) -> PlannedFile:
    """Return the file as it is now, and log what became of it."""
    event = "file rejected" if outcome.message else "file merged"
    log.info(event, file=file.id, rows=outcome.counts.read)
    state, message = outcome.state, outcome.message
    return replace(file, epoch=epoch, state=state, staged_as=None, message=message)
