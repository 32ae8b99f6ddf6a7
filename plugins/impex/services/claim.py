"""Claim: a package becomes a job, once."""

import structlog

from impex.domain.errors import DataError
from impex.domain.job import Job, Request
from impex.domain.report import JobState
from impex.services.resources import Resources
from impex.storage import jobs
from impex.storage.jobs import EarlierJob, Package

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
    """Insert the job row; a package whose bytes are imported already becomes a refused job.

    A job that no DAG run owns and that nobody works on was left by a killed command: it is taken
    up again.
    """
    store = resources.store
    name = key.rsplit("/", 1)[-1]
    try:
        package = Package(group, name, key, store.size(key), store.sha256(key))
    except DataError:
        # Another attempt of the same run may have moved it meanwhile.
        job = claimed_by(resources, request.run_ref) if request.run_ref else None
        if job is None:
            raise
        return job.id
    with resources.database.transaction() as connection:
        earlier = jobs.imported_before(connection, package)
        if request.force or request.dry_run or earlier is None:
            job_id = jobs.insert_job(connection, package, request)
            if job_id is not None:
                log.info("package claimed", job=job_id, group=group, bytes=package.size_bytes)
                return job_id
            earlier = jobs.imported_before(connection, package)
        elif _left_behind(earlier) and jobs.hold_job(connection, earlier.id):
            jobs.adopt_job(connection, earlier.id, request.run_ref)
            store.delete(key)
            log.info("job taken up again", job=earlier.id, group=group)
            return earlier.id
        return jobs.insert_refused_job(connection, package, request, _refusal(package, earlier))


def _left_behind(earlier: EarlierJob) -> bool:
    """Tell whether a job is unfinished and not Airflow's to retry."""
    return earlier.run_ref is None and earlier.state in (JobState.CLAIMED, JobState.PLANNED)


def _refusal(package: Package, earlier: EarlierJob | None) -> str:
    """Say which run has imported the same bytes, or is importing them."""
    name = package.package_name
    if earlier is None:
        return f"{name} was imported by another run a moment ago"
    when = f"{earlier.created_at:%Y-%m-%d %H:%M:%S} UTC"
    if earlier.state in (JobState.CLAIMED, JobState.PLANNED):
        return (
            f"{name} is being imported by run {earlier.id} since {when}; use force to import it "
            "all the same"
        )
    return (
        f"{name} is imported already, as {earlier.package_name} by run {earlier.id} on {when}; "
        "use force to import it once more"
    )


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
