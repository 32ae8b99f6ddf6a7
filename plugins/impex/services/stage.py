"""Stage: one file becomes typed rows that nobody sees yet, and issues."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, groupby
from posixpath import basename
from zoneinfo import ZoneInfo

import structlog
from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.constants import Facts
from impex.domain.errors import DataError, FileFaultError
from impex.domain.group import Descriptor, Group
from impex.domain.issue_codes import Code
from impex.domain.issues import Effect, Issue
from impex.domain.job import Job, PlannedFile
from impex.domain.layout import Format
from impex.domain.report import Counts, FileState
from impex.formats.archive import list_members, open_member
from impex.formats.readers import Reader, open_document, open_reader
from impex.formats.wanted import Wanted, pass_of
from impex.mapping.binding import Binding, bind, judge_others
from impex.mapping.compiled import CompiledMapping
from impex.services.admission import limits
from impex.services.ahead import ahead
from impex.services.pulse import Pulse
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


@dataclass(frozen=True, slots=True)
class _Load:
    """One attempt, ready for the records that its descriptor asks for."""

    attempt: _Attempt
    binding: Binding
    descriptor: Descriptor
    mapping: CompiledMapping
    tally: _Tally


def stage(resources: Resources, file_id: int, *, of_job: int | None) -> PlannedFile:
    """Read one file into staging, see ``stage_together``."""
    [file] = stage_together(resources, [file_id], of_job=of_job)
    return file


def stage_together(
    resources: Resources, file_ids: Sequence[int], *, of_job: int | None
) -> list[PlannedFile]:
    """Read what several descriptors want of one file into staging, in one pass.

    Afterwards each is staged or rejected. What is staged or final already is left alone, unless its
    staging table did not survive a crash of the database.

    Args:
        resources: File store and database.
        file_ids: Of planned files that may be read together, see ``passes``.
        of_job: The job that they must belong to.

    Raises:
        DataError: A file belongs to another job.
        FencedError: A newer attempt at a file has begun.
        TransientError: The database or the file store failed; nothing of this attempt remains.
    """
    database = resources.database
    with database.transaction() as connection:
        files = [jobs.lock_file(connection, file_id) for file_id in file_ids]
        for file in files:
            if file.job_id != of_job:
                raise DataError(f"file {file.id} is not one of run {of_job}")
        attempts = [
            _begin(connection, file) for file in files if not settled_or_intact(connection, file)
        ]
    if attempts:
        _attempt(resources, attempts)
    with database.transaction() as connection:
        return [jobs.existing_file(connection, file_id) for file_id in file_ids]


def passes(group: Group, files: Iterable[PlannedFile]) -> list[list[PlannedFile]]:
    """Sort files by what is read together: all that is wanted of one XML document."""
    together: dict[tuple[object, ...], list[PlannedFile]] = {}
    for file in files:
        common = pass_of(group.descriptor(file.descriptor).layout)
        key = (file.member, common) if common else (file.id,)
        together.setdefault(key, []).append(file)
    return [*together.values()]


def _attempt(resources: Resources, attempts: Sequence[_Attempt]) -> None:
    """Read a file; if it cannot be read, nothing of it counts."""
    tallies = [_Tally() for _ in attempts]
    try:
        _read_in(resources, attempts, tallies)
    except DataError as fault:
        with resources.database.transaction() as connection:
            for attempt, tally in zip(attempts, tallies, strict=True):
                jobs.fence_file(connection, attempt.file.id, attempt.epoch)
                _reject(connection, attempt.file.id, tally.read, fault)
    for attempt, tally in zip(attempts, tallies, strict=True):
        log.info("file read", job=attempt.job.id, file=attempt.file.id, rows=tally.read)


def _begin(connection: Connection, file: PlannedFile) -> _Attempt:
    """Start an attempt; whatever an earlier one has staged is void."""
    epoch = jobs.begin_file(connection, file.id)
    if file.staged_as:
        staging.drop(connection, file.staged_as)
    job, descriptor = planned_for(connection, file)
    tables = catalog.read_tables(connection, [descriptor])
    return _Attempt(job, file, descriptor, tables, epoch)


def _read_in(resources: Resources, attempts: Sequence[_Attempt], tallies: Sequence[_Tally]) -> None:
    """Read the file into staging tables of its own; tables and issues appear together."""
    files = [attempt.file for attempt in attempts]
    with (
        resources.database.transaction() as connection,
        open_file(resources, attempts[0].job, files) as reader,
    ):
        loads = [
            _load(connection, resources, attempt, head, tally)
            for attempt, head, tally in zip(attempts, reader.heads, tallies, strict=True)
        ]
        reader.needed = _needed(loads[0].descriptor, loads[0].binding, reader.heads[0][1])
        with ahead(_rows(reader, loads)) as rows, _pulse(resources, attempts, tallies) as pulse:
            ready = pulse.over(rows)
            for kind, batches in groupby(ready, lambda rows: rows.kind):
                _store(connection, loads[kind].attempt, batches)
        for kind, load in enumerate(loads):
            _finish(connection, reader, kind, load)


def _pulse(resources: Resources, attempts: Sequence[_Attempt], tallies: Sequence[_Tally]) -> Pulse:
    """Return what tells how far the attempts are."""

    def counted() -> dict[int, int]:
        pairs = zip(attempts, tallies, strict=True)
        return {attempt.file.id: tally.read for attempt, tally in pairs}

    return Pulse(resources.database, counted)


def _load(
    connection: Connection,
    resources: Resources,
    attempt: _Attempt,
    head: tuple[list[str], int],
    tally: _Tally,
) -> _Load:
    """Bind the descriptor to the file, and create the staging table."""
    jobs.forget_issues(connection, attempt.file.id)
    binding = bind(attempt.descriptor, *head)
    descriptor = attempt.descriptor.without(binding.absent)
    mapping = CompiledMapping(descriptor, binding, _facts(attempt), resources.user_files.transforms)
    staging.create(connection, Statements(descriptor, attempt.tables), attempt.table)
    return _Load(attempt, binding, descriptor, mapping, tally)


def _store(connection: Connection, attempt: _Attempt, batches: Iterator["_Rows"]) -> None:
    """Copy rows into the staging table; now and then, store the issues."""
    for first in batches:
        held: list[Issue] = []
        staging.copy(connection, attempt.table, _noting(chain([first], batches), held))
        if held:
            jobs.insert_issues(connection, attempt.file.id, held)


def _finish(connection: Connection, reader: Reader, kind: int, load: _Load) -> None:
    """Keep what is staged, or reject the file."""
    attempt, tally = load.attempt, load.tally
    statements = Statements(load.descriptor, attempt.tables)
    staging.analyze(connection, statements, attempt.table, tally.good)
    jobs.fence_file(connection, attempt.file.id, attempt.epoch)
    try:
        others = judge_others(load.descriptor, reader.others(kind))
    except FileFaultError as fault:
        staging.drop(connection, attempt.table)
        _reject(connection, attempt.file.id, tally.read, fault)
        return
    notes = (*reader.notes, *load.binding.notes, *others, *load.mapping.notes)
    absent = load.binding.absent
    staged = jobs.Staged(attempt.table, tally.read, tally.good, absent, tally.skipped, notes)
    _keep_or_reject(connection, attempt.file.id, load.descriptor, staged)


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
def open_file(resources: Resources, job: Job, files: Sequence[PlannedFile]) -> Iterator[Reader]:
    """Open a file of the package under its descriptor's layout.

    Args:
        resources: The file store.
        job: Of the package.
        files: One, or several that are read together; their places are the kinds of records.

    Raises:
        FileFaultError: It cannot be read as declared.
    """
    group = thaw(job.frozen or "")
    descriptors, most = [group.descriptor(f.descriptor) for f in files], limits(group.arrival)
    layout = descriptors[0].layout
    with resources.store.open(job.package_key) as package:
        members = list_members(package, job.package_name, most)
        member = next(m for m in members if m.index == files[0].member)
        with open_member(package, job.package_name, member, most) as stream:
            if layout.format is Format.TEXT:
                yield open_reader(stream, member.name, layout, most)
            else:
                wanted = [Wanted.by(d, resources.user_files.schemas) for d in descriptors]
                yield open_document(stream, member.name, wanted, most)


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


@dataclass(frozen=True, slots=True)
class _Rows:
    """The good rows of a batch as CSV in the order of staging, and the issues of the others."""

    kind: int
    csv: memoryview
    issues: list[Issue]


def _rows(reader: Reader, loads: Sequence[_Load]) -> Generator[_Rows, None, None]:
    """Map each batch."""
    for batch in reader.batches():
        mapping, tally = loads[batch.kind].mapping, loads[batch.kind].tally
        mapped = mapping.apply(batch.frame)
        unmapped = batch.read - batch.frame.height
        tally.read += unmapped + mapped.frame.height + mapped.rejected + mapped.skipped
        tally.good += mapped.frame.height
        left_out = sum(issue.effect is Effect.SKIPPED for issue in batch.issues)
        tally.skipped += mapped.skipped + left_out
        mapped.frame.write_csv(csv := BytesIO(), include_header=False)
        issues = [*map(mapping.masked, batch.issues), *mapped.issues]
        yield _Rows(batch.kind, csv.getbuffer(), sorted(issues, key=lambda issue: issue.line))


def _noting(batches: Iterable[_Rows], held: list[Issue]) -> Iterator[memoryview]:
    """Yield the rows of batches until so many issues are held that they should be stored."""
    for rows in batches:
        held += rows.issues
        yield rows.csv
        if len(held) >= _MANY_ISSUES:
            return


def _reject(connection: Connection, file_id: int, rows: int, fault: DataError) -> None:
    """Reject a file for what is wrong with it; other issues do not matter any more."""
    jobs.forget_issues(connection, file_id)
    jobs.insert_issues(connection, file_id, _issues_of(fault))
    reject_file(connection, file_id, rows, str(fault))


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
