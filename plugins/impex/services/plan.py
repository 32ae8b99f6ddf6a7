"""Plan: which file of the package goes to which descriptor, frozen for the run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from posixpath import basename

import structlog

from impex.config.frozen import freeze
from impex.domain.errors import ConfigError, DataError, Problem
from impex.domain.group import Group
from impex.domain.job import Job, PlannedFile
from impex.domain.report import JobState
from impex.formats.archive import Limits, Member, is_archive, list_members
from impex.services.admission import limits
from impex.services.resources import Resources
from impex.services.workplace import read_schema
from impex.storage import catalog, jobs, table_checks

log = structlog.get_logger(__name__)


def plan(resources: Resources, group: Group, job_id: int) -> list[PlannedFile]:
    """Open the package, match its files with the group's descriptors and freeze both.

    Raises:
        DataError: The package is refused: it cannot be opened safely, it was not whole, or no
            descriptor takes any of its files.
        ConfigError: The group does not fit the tables of the database.
    """
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
        if job.state is not JobState.CLAIMED:
            return jobs.read_files(connection, job_id)
        epoch = jobs.begin_job(connection, job_id)
        schema = read_schema(resources, group, connection)
    try:
        members = _open(resources, job, limits(group.arrival))
        matched = match(group, members)
        fitting = _fit(group, schema)
    except (DataError, ConfigError) as fault:
        state = JobState.REFUSED if isinstance(fault, DataError) else JobState.FAILED
        with resources.database.transaction() as connection:
            jobs.fence_job(connection, job_id, epoch)
            jobs.finish_job(connection, job_id, state, str(fault).splitlines())
        raise
    messages = list(leftovers(group, members, matched, archive=is_archive(job.package_name)))
    with resources.database.transaction() as connection:
        jobs.fence_job(connection, job_id, epoch)
        jobs.plan_job(connection, job_id, freeze(fitting), messages)
        jobs.insert_files(connection, job_id, matched)
        files = jobs.read_files(connection, job_id)
    log.info("package planned", job=job_id, files=len(files), left_over=len(messages))
    return files


def match(group: Group, members: Sequence[Member]) -> list[tuple[str, str, int]]:
    """Return (descriptor, file name, member index), in the order of the group's descriptors.

    Raises:
        DataError: No descriptor takes any of the files.
    """
    matched = [
        (descriptor.name, member.name, member.index)
        for descriptor in group.descriptors
        for member in members
        if descriptor.takes(basename(member.name))
    ]
    if not matched:
        names = ", ".join(member.name for member in members)
        raise DataError(f"no descriptor of {group.name} takes any file of the package: {names}")
    return matched


def leftovers(
    group: Group,
    members: Iterable[Member],
    matched: Iterable[tuple[str, str, int]],
    *,
    archive: bool,
) -> Iterable[str]:
    """Yield a message for every file without a descriptor and every descriptor without a file.

    A single file is not expected to serve all descriptors; an archive is.
    """
    taken = {index for _, _, index in matched}
    for member in members:
        if member.index not in taken:
            yield f"no descriptor takes the file {member.name}; it stays in the archived package"
    busy = {name for name, _, _ in matched}
    for descriptor in group.descriptors if archive else ():
        if descriptor.name not in busy:
            yield f"the package has no file for {descriptor.name} ({', '.join(descriptor.files)})"


def _open(resources: Resources, job: Job, most: Limits) -> tuple[Member, ...]:
    size = resources.store.size(job.package_key)
    if size != job.size_bytes:
        raise DataError(
            f"{job.package_name} was taken with {job.size_bytes:,} bytes and has {size:,} by now: "
            "it was still being written. Let the sender tell when it is whole (ready, under "
            "arrival), and send it again."
        )
    with resources.store.open(job.package_key) as package:
        return list_members(package, job.package_name, most)


def _fit(group: Group, schema: catalog.Schema) -> Group:
    """Check the group against the real tables and tighten its limits to what they hold."""
    problems: list[Problem] = []
    for descriptor in group.descriptors:
        problems += table_checks.verify(descriptor, schema, group.scope)
    if problems:
        raise ConfigError(problems)
    return replace(
        group, descriptors=tuple(catalog.fit(d, schema.tables) for d in group.descriptors)
    )
