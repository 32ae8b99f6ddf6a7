"""Claim: a package becomes a job, once."""

import structlog
from psycopg import Connection

from impex.domain.job import Job, Request
from impex.domain.report import JobState
from impex.services.resources import Resources
from impex.storage import jobs
from impex.storage.jobs import Package

log = structlog.get_logger(__name__)


def next_package(resources: Resources, group: str) -> str | None:
    """Return the key of the package that has waited longest in the group's inbox."""
    return next((file.key for file in resources.store.ready(group)), None)


def claim(resources: Resources, group: str, key: str, request: Request) -> Job:
    """Make a package a job and move it to work.

    Asked again for the same ``request.run_ref``, it finishes and returns the same job.

    Args:
        resources: File store and database.
        group: Name of the group.
        key: Where the package lies in the store.
        request: Who asks and how.

    Returns:
        The job; its state is refused if the same bytes are imported already, and its messages say
        by which run.
    """
    with resources.database.transaction() as connection:
        job_id = jobs.job_of_run(connection, request.run_ref) if request.run_ref else None
    if job_id is None:
        job_id = _register(resources, group, key, request)
    return _take(resources, job_id)


def claimed_by(resources: Resources, run_ref: str) -> Job | None:
    """Return the job that a run has claimed before."""
    with resources.database.transaction() as connection:
        job_id = jobs.job_of_run(connection, run_ref)
        return jobs.existing_job(connection, job_id) if job_id is not None else None


def _register(resources: Resources, group: str, key: str, request: Request) -> int:
    """Insert the job row; a package whose bytes are imported already becomes a refused job."""
    store = resources.store
    name = key.rsplit("/", 1)[-1]
    package = Package(group, name, key, store.size(key), store.sha256(key))
    with resources.database.transaction() as connection:
        new = request.force or request.dry_run or not jobs.imported_before(connection, package)
        job_id = jobs.insert_job(connection, package, request) if new else None
        if job_id is None:
            return _refuse(connection, package, request)
    log.info("package claimed", job=job_id, group=group, size_bytes=package.size_bytes)
    return job_id


def _refuse(connection: Connection, package: Package, request: Request) -> int:
    """Record that the same bytes are imported already, with the run that did it."""
    earlier = jobs.imported_before(connection, package)
    what = (
        f"as {earlier.package_name} by run {earlier.id} on {earlier.created_at:%Y-%m-%d %H:%M:%S} "
        "UTC; use force to import it once more"
        if earlier
        else "a moment ago"
    )
    message = f"{package.package_name} is imported already, {what}"
    return jobs.insert_refused_job(connection, package, request, message)


def _take(resources: Resources, job_id: int) -> Job:
    """Move the package to where the job's state says it belongs."""
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
    refused = job.state is JobState.REFUSED
    room = "failed" if refused else "work"
    target = f"{room}/{job.group_name}/{job.id}/{job.package_name}"
    if job.package_key != target and job.state in (JobState.CLAIMED, JobState.REFUSED):
        resources.store.move(job.package_key, target)
        with resources.database.transaction() as connection:
            jobs.move_package(connection, job.id, target)
            job = jobs.existing_job(connection, job_id)
    return job
