"""The whole road of one package in one process: claim, plan, stage, merge, settle.

Airflow walks the same road task by task, see ``impex.orchestration``.
"""

from impex.domain.errors import ConfigError, DataError
from impex.domain.group import Group
from impex.domain.job import Request
from impex.domain.report import JobState, RunReport
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.plan import plan
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import stage
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
    job = claim(resources, group.name, key, request)
    if job.state not in (JobState.CLAIMED, JobState.PLANNED):
        return settle(resources, job.id)
    with resources.database.transaction() as connection:
        jobs.hold_job(connection, job.id)
    try:
        for file in plan(resources, group, job.id):
            stage(resources, file.id, of_job=job.id)
        for name in group.merge_order:
            merge_descriptor(resources, job.id, name)
    except DataError:
        # The refusal is in the job row; settling puts the package away and reports it.
        return settle(resources, job.id)
    except ConfigError:
        settle(resources, job.id)
        raise
    return settle(resources, job.id)
