"""The whole road of one package in one process: claim, plan, stage, merge, settle.

Airflow walks the same road task by task, see ``impex.orchestration``.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from impex.config.frozen import thaw
from impex.domain.errors import ConfigError, DataError
from impex.domain.group import Group
from impex.domain.job import PlannedFile, Request
from impex.domain.report import JobState, RunReport
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.plan import plan
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import passes, stage_together
from impex.services.workplace import at_work
from impex.storage import jobs


def import_package(resources: Resources, group: Group, key: str, request: Request) -> RunReport:
    """Import a package that lies in the file store.

    Returns:
        The report, also of a package that was refused.

    Raises:
        ConfigError: The group does not fit the database; the run is recorded as failed.
        TransientError: The database or the file store failed in the middle; importing the same
            bytes again takes the run up where it stopped.
    """
    job = claim(resources, group, key, request)
    if job.state not in (JobState.CLAIMED, JobState.PLANNED):
        return settle(resources, job.id)
    with resources.database.transaction() as connection:
        jobs.hold_job(connection, job.id)
    try:
        files = plan(resources, group, job.id)
        with resources.database.transaction() as connection:
            job = jobs.existing_job(connection, job.id)
        with at_work(resources, job) as working:
            together = passes(thaw(job.frozen or ""), files)
            _stage(working, together, alone=group.max_parallel == 1)
            for name in group.merge_order:
                merge_descriptor(working, job.id, name)
    except DataError:
        # The refusal is in the job row; settling puts the package away and reports it.
        return settle(resources, job.id)
    except ConfigError:
        settle(resources, job.id)
        raise
    return settle(resources, job.id)


def _stage(resources: Resources, together: Sequence[Sequence[PlannedFile]], *, alone: bool) -> None:
    """Stage files on two connections: the database stores one while another is parsed.

    Args:
        resources: File store and database.
        together: The files, those that are read together beside each other.
        alone: Whether no two files may be read at once.
    """

    def stage_all(resources: Resources, some: Sequence[Sequence[PlannedFile]]) -> None:
        for files in some:
            ids = [file.id for file in files]
            stage_together(resources, ids, of_job=files[0].job_id)

    def stage_every_second() -> None:
        with resources.database.another() as database:
            stage_all(replace(resources, database=database), together[1::2])

    if alone:
        stage_all(resources, together)
        return
    beside = ThreadPoolExecutor(1)
    try:
        others = beside.submit(stage_every_second)
        stage_all(resources, together[::2])
        others.result()
    finally:
        # An interrupted command must not wait for the file that the other thread reads.
        beside.shutdown(wait=False)
