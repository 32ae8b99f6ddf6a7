"""Claim: a package becomes a job, once."""

from dataclasses import replace

import structlog
from psycopg import Connection

from impex.domain.errors import DataError
from impex.domain.group import Group
from impex.domain.job import Job, Request
from impex.domain.report import JobState
from impex.services.admission import broken_promise, require_space, sign_of, too_large
from impex.services.resources import Resources
from impex.storage import jobs
from impex.storage.jobs import EarlierJob, Package

log = structlog.get_logger(__name__)


def next_package(resources: Resources, group: Group) -> str | None:
    """Return the key of the package that has waited longest in the group's inbox."""
    ready = resources.store.ready(group.name, group.arrival)
    return ready[0].key if ready else None


def claim(resources: Resources, group: Group, key: str, request: Request) -> Job:
    """Make a package a job and move it to work.

    Asked again for the same ``request.run_ref``, it finishes and returns the same job.

    Args:
        resources: File store and database.
        group: Which takes the package.
        key: Where the package lies in the store.
        request: Who asks and how.

    Returns:
        The job; its state is refused if the package is too large, is not what its manifest
        promises, or is imported already, and its messages say so.

    Raises:
        DataError: There is no such package.
        TransientError: It cannot be taken now: the database or the file store failed or is full,
            or somebody is still writing to the package.
    """
    with resources.database.transaction() as connection:
        job_id = jobs.job_of_run(connection, request.run_ref) if request.run_ref else None
    if job_id is None:
        job_id = _register(resources, group, key, request)
    return _take(resources, group, job_id)


def claimed_by(resources: Resources, run_ref: str) -> Job | None:
    """Return the job that a run has claimed before."""
    with resources.database.transaction() as connection:
        job_id = jobs.job_of_run(connection, run_ref)
        return jobs.existing_job(connection, job_id) if job_id is not None else None


def _register(resources: Resources, group: Group, key: str, request: Request) -> int:
    """Insert the job row; a package that is not admitted becomes a refused job.

    A job that no DAG run owns and that nobody works on was left by a killed command: it is taken
    up again.
    """
    try:
        package, fault = _inspect(resources, group, key)
    except DataError:
        # Another attempt of the same run may have moved it meanwhile.
        job = claimed_by(resources, request.run_ref) if request.run_ref else None
        if job is None:
            raise
        return job.id
    with resources.database.transaction() as connection:
        if fault:
            return jobs.insert_refused_job(connection, package, request, fault)
        earlier = jobs.imported_before(connection, package)
        if request.force or request.dry_run or earlier is None:
            job_id = jobs.insert_job(connection, package, request)
            if job_id is not None:
                log.info("package claimed", job=job_id, group=group.name, bytes=package.size_bytes)
                return job_id
            earlier = jobs.imported_before(connection, package)
        elif _left_behind(earlier) and _take_up(connection, earlier, request):
            _discard(resources, group, key)
            log.info("job taken up again", job=earlier.id, group=group.name)
            return earlier.id
        return jobs.insert_refused_job(connection, package, request, _refusal(package, earlier))


def _inspect(resources: Resources, group: Group, key: str) -> tuple[Package, str]:
    """Look at a package; return what it is and why it is not admitted, if so.

    The bytes of one that is too large are not read.
    """
    store, arrival = resources.store, group.arrival
    package = Package(group.name, key.rsplit("/", 1)[-1], key, store.size(key), sha256="")
    if fault := too_large(package.package_name, package.size_bytes, arrival):
        return package, fault
    require_space(store, package.package_name, package.size_bytes)
    package = replace(package, sha256=store.sha256(key))
    return package, broken_promise(store, key, arrival, package.sha256)


def _left_behind(earlier: EarlierJob) -> bool:
    """Tell whether a job is unfinished and not Airflow's to retry."""
    return earlier.run_ref is None and earlier.state in (JobState.CLAIMED, JobState.PLANNED)


def _take_up(connection: Connection, earlier: EarlierJob, request: Request) -> bool:
    """Make a job that of this request, unless a command works on it."""
    # A run is known by its name from now on, a command by the connection that it works on.
    if not jobs.hold_job(connection, earlier.id, briefly=request.run_ref is not None):
        return False
    jobs.adopt_job(connection, earlier.id, request.run_ref)
    return True


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


def _take(resources: Resources, group: Group, job_id: int) -> Job:
    """Move the package to where the job's state says it belongs."""
    with resources.database.transaction() as connection:
        job = jobs.existing_job(connection, job_id)
    refused = job.state is JobState.REFUSED
    room = "failed" if refused else "work"
    target = f"{room}/{job.group_name}/{job.id}/{job.package_name}"
    if job.package_key != target and job.state in (JobState.CLAIMED, JobState.REFUSED):
        _forget_sign(resources, group, job.package_key)
        resources.store.move(job.package_key, target)
        with resources.database.transaction() as connection:
            jobs.move_package(connection, job.id, target)
            job = jobs.existing_job(connection, job_id)
    return job


def _discard(resources: Resources, group: Group, key: str) -> None:
    """Remove a package of which a copy is at work already."""
    _forget_sign(resources, group, key)
    resources.store.delete(key)


def _forget_sign(resources: Resources, group: Group, key: str) -> None:
    """Remove what says that a package is whole, before the package goes.

    Left behind, it would speak for the next file of that name.
    """
    sign = sign_of(key, group.arrival)
    if sign is not None:
        resources.store.delete(sign)
