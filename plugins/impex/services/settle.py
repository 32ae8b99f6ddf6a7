"""Settle: every row has a fate, rejected rows are in files, the package is archived."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

import structlog

from impex.config.frozen import thaw
from impex.domain.errors import DataError, FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import CATALOGUE, WHOLE_FILE
from impex.domain.job import Job, PlannedFile
from impex.domain.report import FileState, JobState, RunReport
from impex.formats.readers import reject_records
from impex.formats.rejects import Rejected
from impex.services.merge import in_one_transaction
from impex.services.rehearse import merge_package
from impex.services.resources import Resources
from impex.services.stage import open_file, passes
from impex.services.workplace import at_work, bring_home
from impex.storage import jobs, reports

log = structlog.get_logger(__name__)

_PAGE = 1000
_FINAL = (JobState.DONE, JobState.REJECTED, JobState.REFUSED, JobState.FAILED)


def settle(resources: Resources, job_id: int) -> RunReport:
    """Close the books of a run; asked again, it returns the same report.

    Raises:
        FencedError: A newer attempt has begun.
        TransientError: The database or the file store failed; settle again.
    """
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
    if job.state is JobState.PLANNED:
        with at_work(resources, job) as working:
            if in_one_transaction(job, thaw(job.frozen or "")):
                merge_package(working, job_id)
            bring_home(resources, working, job_id)
        _close(resources, job)
    elif job.state is JobState.CLAIMED:
        _abandon(resources, job)
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
    _put_away(resources, job)
    report = report_of(resources, job_id)
    log.info("run settled", job=job_id, state=report.state.value, rows=report.totals.read)
    return report


def report_of(resources: Resources, job_id: int) -> RunReport:
    """Return what became of a run so far.

    Raises:
        DataError: There is no such run.
    """
    with resources.database.transaction() as connection:
        report = reports.read_report(connection, job_id)
    if report is None:
        raise DataError(f"there is no run {job_id}")
    return report


def reject_key(job_id: int, file: PlannedFile) -> str:
    """Return where the rejected rows of a file lie in the store.

    The name is the original's, so that the mended file finds its descriptor again; with its
    folders, because files in several folders may have one name.
    """
    return f"rejects/{job_id}/{file.descriptor}/{file.name}"


def _close(resources: Resources, job: Job) -> None:
    """Write the reject files and the final state."""
    with resources.database.transaction() as connection:
        epoch = jobs.begin_job(connection, job.id)
        files = jobs.read_files(connection, job.id)
    for together in passes(thaw(job.frozen or ""), files):
        for kind, _ in enumerate(together):
            _write_rejects(resources, job, together, kind)
    report = report_of(resources, job.id)
    open_files = [f.name for f in files if f.state in (FileState.PLANNED, FileState.STAGED)]
    messages = [f"not finished: {', '.join(open_files)}"] if open_files else []
    if open_files:
        state = JobState.FAILED
    else:
        state = JobState.REJECTED if report.totals.rejected or _failed(files) else JobState.DONE
    with resources.database.transaction() as connection:
        jobs.fence_job(connection, job.id, epoch)
        jobs.finish_job(connection, job.id, state, messages)


def _failed(files: list[PlannedFile]) -> bool:
    """Tell whether a file was rejected as a whole, perhaps before its first row."""
    return any(file.state is FileState.REJECTED for file in files)


def _abandon(resources: Resources, job: Job) -> None:
    """End a run that was claimed and never planned."""
    with resources.database.transaction() as connection:
        epoch = jobs.begin_job(connection, job.id)
        jobs.fence_job(connection, job.id, epoch)
        message = "the package was claimed but could not be planned; see the task log"
        jobs.finish_job(connection, job.id, JobState.FAILED, [message])


def _write_rejects(
    resources: Resources, job: Job, together: Sequence[PlannedFile], kind: int
) -> None:
    """Write the original records of the rejected rows with their issues, if there are any."""
    file = together[kind]
    with _rejected(resources, file) as rejected:
        first = next(rejected, None)
        if first is None:
            return
        try:
            with open_file(resources, job, together) as reader:
                pieces = reject_records(reader, file.name, chain([first], rejected), kind)
                resources.store.write(reject_key(job.id, file), pieces)
        except FileFaultError:
            # It cannot be read at all, and is in the package as it came.
            log.info("no reject file", file=file.id)


@contextmanager
def _rejected(resources: Resources, file: PlannedFile) -> Iterator[Iterator[Rejected]]:
    """Give the lines of the rejected rows, with what is wrong and what to do, in line order.

    They pass through a temporary file: there may be millions, and a transaction must not stay open
    while a large file is read.
    """
    with tempfile.TemporaryFile("w+") as pages:
        with resources.database.transaction() as connection:
            rejected = _explained(jobs.rejected_lines(connection, file.id))
            while page := list(islice(rejected, _PAGE)):
                pages.write(json.dumps(page) + "\n")
        pages.seek(0)
        yield chain.from_iterable(map(json.loads, pages))


def _explained(lines: Iterable[Rejected]) -> Iterator[Rejected]:
    """Add what to do; a file that is rejected for what it is has no single rows to give back."""
    for line, codes, messages in lines:
        if WHOLE_FILE.isdisjoint(codes):
            hints = " ".join(CATALOGUE[Code(code)].hint for code in codes)
            yield line, codes, f"{messages}. {hints}"


def _put_away(resources: Resources, job: Job) -> None:
    """Move the package out of work, by what became of it."""
    target = f"{_room(job)}/{job.group_name}/{job.id}/{job.package_name}"
    if job.state not in _FINAL or job.package_key == target:
        return
    resources.store.move(job.package_key, target)
    with resources.database.transaction() as connection:
        jobs.move_package(connection, job.id, target)


def _room(job: Job) -> str:
    return "archive" if job.state in (JobState.DONE, JobState.REJECTED) else "failed"
