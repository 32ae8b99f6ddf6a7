"""Stage: one file becomes typed rows that nobody sees yet, and issues."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from posixpath import basename
from zoneinfo import ZoneInfo

import structlog
from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.constants import Facts
from impex.domain.errors import DataError, FileFaultError
from impex.domain.group import Descriptor
from impex.domain.issues import Code, Effect, Issue
from impex.domain.job import Job, PlannedFile
from impex.domain.report import Counts, FileState
from impex.formats.archive import list_members, open_member
from impex.formats.readers import Reader, open_reader
from impex.mapping.binding import Binding, bind
from impex.mapping.compiled import CompiledMapping
from impex.services.admission import limits
from impex.services.ahead import ahead
from impex.services.resources import Resources
from impex.storage import catalog, jobs, staging
from impex.storage.statements import Statements

log = structlog.get_logger(__name__)

_MANY_ISSUES = 10_000


@dataclass(slots=True)
class _Tally:
    """What has become of the rows so far; a list in a cell makes several of one record."""

    read: int = 0
    good: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at staging a file."""

    job: Job
    file: PlannedFile
    descriptor: Descriptor
    tables: catalog.Tables
    epoch: int

    @property
    def table(self) -> str:
        """The staging table's name: one attempt, one table."""
        return f"f{self.file.id}_{self.epoch}"


def stage(resources: Resources, file_id: int, *, of_job: int | None) -> PlannedFile:
    """Read one file into staging; afterwards it is staged or rejected.

    A file that is staged or final already is left alone, unless its staging table did not survive
    a crash of the database.

    Args:
        resources: File store and database.
        file_id: Of the planned file.
        of_job: The job that the file must belong to.

    Raises:
        DataError: The file belongs to another job.
        FencedError: A newer attempt at the file has begun.
        TransientError: The database or the file store failed; nothing of this attempt remains.
    """
    database = resources.database
    with database.transaction() as connection:
        file = jobs.lock_file(connection, file_id)
        if file.job_id != of_job:
            raise DataError(f"file {file_id} is not one of run {of_job}")
        if settled_or_intact(connection, file):
            return file
        attempt = _begin(connection, file)
    tally = _Tally()
    try:
        file = _read_in(resources, attempt, tally)
    except DataError as fault:
        with database.transaction() as connection:
            jobs.fence_file(connection, file_id, attempt.epoch)
            jobs.forget_issues(connection, file_id)
            jobs.insert_issues(connection, file_id, _issues_of(fault))
            reject_file(connection, file_id, tally.read, str(fault))
            file = jobs.existing_file(connection, file_id)
    log.info("file read", job=of_job, file=file_id, state=file.state.value, rows=tally.read)
    return file


def _begin(connection: Connection, file: PlannedFile) -> _Attempt:
    """Start an attempt; whatever an earlier one has staged is void."""
    epoch = jobs.begin_file(connection, file.id)
    if file.staged_as:
        staging.drop(connection, file.staged_as)
    job, descriptor = planned_for(connection, file)
    tables = catalog.read_tables(connection, [descriptor])
    return _Attempt(job, file, descriptor, tables, epoch)


def _read_in(resources: Resources, attempt: _Attempt, tally: _Tally) -> PlannedFile:
    """Read the file into a staging table of its own; table and issues appear together."""
    file, name = attempt.file, attempt.table
    with (
        resources.database.transaction() as connection,
        open_file(resources, attempt.job, file) as reader,
    ):
        jobs.forget_issues(connection, file.id)
        binding = bind(attempt.descriptor, reader.header, reader.width)
        descriptor = attempt.descriptor.without(binding.absent)
        mapping = CompiledMapping(descriptor, binding, _facts(attempt), resources.transforms)
        statements = Statements(descriptor, attempt.tables)
        staging.create(connection, statements, name)
        reader.needed = _needed(descriptor, binding, reader.width)
        with ahead(_rows(reader, mapping, tally)) as ready:
            for first in ready:
                held: list[Issue] = []
                staging.copy(connection, name, _noting(chain([first], ready), held))
                if held:
                    jobs.insert_issues(connection, file.id, held)
        staging.analyze(connection, statements, name, tally.good)
        jobs.fence_file(connection, file.id, attempt.epoch)
        notes = (*reader.notes, *binding.notes, *mapping.notes)
        staged = jobs.Staged(name, tally.read, tally.good, binding.absent, tally.skipped, notes)
        _keep_or_reject(connection, file.id, descriptor, staged)
        return jobs.existing_file(connection, file.id)


def settled_or_intact(connection: Connection, file: PlannedFile) -> bool:
    """Tell whether there is nothing to stage: the file is final, or all its rows are in staging."""
    if file.state is FileState.STAGED and file.staged_as is not None:
        return not file.rows_staged or staging.has_rows(connection, file.staged_as)
    return file.state in (FileState.MERGED, FileState.REJECTED)


def planned_for(connection: Connection, file: PlannedFile) -> tuple[Job, Descriptor]:
    """Return the job of a file and the descriptor as the job has frozen it."""
    job = jobs.existing_job(connection, file.job_id)
    return job, thaw(job.frozen or "").descriptor(file.descriptor)


@contextmanager
def open_file(resources: Resources, job: Job, file: PlannedFile) -> Iterator[Reader]:
    """Open a file of the package under its descriptor's layout.

    Raises:
        FileFaultError: It cannot be read as declared.
    """
    group = thaw(job.frozen or "")
    layout, most = group.descriptor(file.descriptor).layout, limits(group.arrival)
    with resources.store.open(job.package_key) as package:
        members = list_members(package, job.package_name, most)
        member = next(m for m in members if m.index == file.member)
        with open_member(package, job.package_name, member, most) as stream:
            yield open_reader(stream, member.name, layout, most)


def reject_file(connection: Connection, file_id: int, rows: int, message: str) -> None:
    """Record that no row of a file is applied."""
    counts = Counts(read=rows, rejected=rows)
    jobs.finish_file(connection, file_id, FileState.REJECTED, counts, message)


def too_many(rejected: int, read: int, descriptor: Descriptor) -> str:
    """Explain why the good rows of a file are not applied either."""
    return (
        f"{rejected} of {read} rows are bad; with on_error {descriptor.errors.on_error.value} "
        "the whole file is rejected"
    )


def _facts(attempt: _Attempt) -> Facts:
    """Return what constants may tell of the run and the file."""
    job = attempt.job
    zone = ZoneInfo(thaw(job.frozen or "").timezone)
    name = basename(attempt.file.name)
    return Facts(job.id, job.group_name, job.package_name, name, job.created.astimezone(zone))


def _needed(descriptor: Descriptor, binding: Binding, width: int) -> int:
    """Return how many leading fields the descriptor uses."""
    if descriptor.transform:
        return width
    used = [number for fields in binding.fields.values() for number in fields]
    return max((*used, *(number for number, _ in binding.only)), default=0)


def _rows(
    reader: Reader, mapping: CompiledMapping, tally: _Tally
) -> Generator[tuple[memoryview, list[Issue]], None, None]:
    """Yield the good rows of each batch as CSV in the order of staging, and the issues."""
    for batch in reader.batches():
        mapped = mapping.apply(batch.frame)
        unmapped = batch.read - batch.frame.height
        tally.read += unmapped + mapped.frame.height + mapped.rejected + mapped.skipped
        tally.good += mapped.frame.height
        left_out = sum(issue.effect is Effect.SKIPPED for issue in batch.issues)
        tally.skipped += mapped.skipped + left_out
        mapped.frame.write_csv(csv := BytesIO(), include_header=False)
        issues = [*map(mapping.masked, batch.issues), *mapped.issues]
        yield csv.getbuffer(), sorted(issues, key=lambda issue: issue.line)


def _noting(
    batches: Iterable[tuple[memoryview, list[Issue]]], held: list[Issue]
) -> Iterator[memoryview]:
    """Yield the rows of batches until so many issues are held that they should be stored."""
    for rows, issues in batches:
        held += issues
        yield rows
        if len(held) >= _MANY_ISSUES:
            return


def _issues_of(fault: DataError) -> tuple[Issue, ...]:
    """Return the issues that explain why a file cannot be read."""
    if isinstance(fault, FileFaultError):
        return fault.issues
    return (Issue(Code.DAMAGED_MEMBER, message=str(fault)),)


def _keep_or_reject(
    connection: Connection, file_id: int, descriptor: Descriptor, staged: jobs.Staged
) -> None:
    """Keep the staged rows, or reject the file if more rows are bad than its policy allows."""
    read, rejected = staged.rows_read, staged.rows_read - staged.rows_staged - staged.rows_skipped
    if descriptor.errors.allows(rejected, read):
        jobs.stage_file(connection, file_id, staged)
        return
    staging.drop(connection, staged.staged_as)
    reject_file(connection, file_id, read, too_many(rejected, read, descriptor))
