"""Merge: staged rows become rows of the target, one transaction per file.

Which files may be merged is read from the tables, never from the states of Airflow's tasks.
"""

import structlog
from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.errors import DataError, ImpexError
from impex.domain.group import Descriptor, Group, depends_on
from impex.domain.issues import Code, Issue
from impex.domain.job import Job, PlannedFile
from impex.domain.report import Counts, FileState
from impex.services.resources import Resources
from impex.services.stage import reject_file, settled_or_intact, stage, too_many
from impex.storage import catalog, jobs, merge, staging
from impex.storage.statements import Statements

log = structlog.get_logger(__name__)


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
        unstaged = [file for file in own if not settled_or_intact(connection, file)]
    if in_one_transaction(job, group):
        return own
    reason = blocked(group.descriptor(name), group, files)
    merged = []
    for file in own:
        staged = stage(resources, file.id, of_job=job_id) if file in unstaged else file
        if staged.state is FileState.STAGED:
            descriptor = group.descriptor(name).without(staged.absent)
            staged = _merge_file(resources, staged, descriptor, reason)
        merged.append(staged)
    return merged


def in_one_transaction(job: Job, group: Group) -> bool:
    """Tell whether the files of a run are merged together or not at all."""
    return job.dry_run or group.all_or_nothing


def merge_in(
    connection: Connection, file: PlannedFile, descriptor: Descriptor, statements: Statements
) -> Counts | None:
    """Compare and apply one staged file in the caller's transaction.

    Returns:
        The fates of all rows of the file; None if more rows are bad than its policy allows, and
        then nothing is changed but the issues that say why.

    Raises:
        DataError: The target table refuses the rows; the transaction must be rolled back.
    """
    read, unread = file.rows_read or 0, (file.rows_read or 0) - (file.rows_staged or 0)
    found = merge.compare(connection, descriptor, statements, file)
    rejected = unread + found.rejected
    if not descriptor.errors.allows(rejected, read):
        return None
    applied = merge.apply(connection, descriptor, statements, file.id)
    return Counts(
        read=read,
        inserted=applied.inserted,
        updated=applied.updated,
        unchanged=found.unchanged,
        skipped=found.skipped,
        rejected=rejected,
    )


def verdict(connection: Connection, file: PlannedFile, descriptor: Descriptor) -> str:
    """Say that more rows of a file are bad than its policy allows."""
    lines = len(jobs.rejected_lines(connection, file.id))
    return too_many(lines, file.rows_read or 0, descriptor)


def blocked(descriptor: Descriptor, group: Group, files: list[PlannedFile]) -> str:
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


def _merge_file(
    resources: Resources, file: PlannedFile, descriptor: Descriptor, reason: str
) -> PlannedFile:
    """Merge one file in a transaction of its own."""
    database = resources.database
    with database.transaction() as connection:
        locked = jobs.lock_file(connection, file.id)
        if locked.state is not FileState.STAGED:
            return locked  # another attempt has just finished it
        epoch = jobs.begin_file(connection, file.id)
        tables = catalog.read_tables(connection, [descriptor])
    read, message = file.rows_read or 0, reason
    try:
        with database.transaction() as connection:
            counts = None
            if not reason:
                counts = merge_in(connection, file, descriptor, Statements(descriptor, tables))
            jobs.fence_file(connection, file.id, epoch)
            staging.drop(connection, file.staged_as or "")
            if counts:
                jobs.finish_file(connection, file.id, FileState.MERGED, counts)
            else:
                message = reason or verdict(connection, file, descriptor)
                reject_file(connection, file.id, read, message)
            merged = jobs.existing_file(connection, file.id)
    except DataError as fault:
        message = str(fault)
        with database.transaction() as connection:
            jobs.fence_file(connection, file.id, epoch)
            staging.drop(connection, file.staged_as or "")
            jobs.insert_issues(connection, file.id, [Issue(Code.REFUSED_BY_TABLE, message=message)])
            reject_file(connection, file.id, read, message)
            merged = jobs.existing_file(connection, file.id)
    log.info("file merged" if not message else "file rejected", file=file.id, rows=read)
    return merged
