"""What the tasks of a generated DAG run.

A task knows its job by the run it belongs to, as the database has it; what Airflow passes between
tasks may have been edited by a user. Heavy imports wait until a task calls.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import structlog
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from impex.config import load_group
from impex.domain.errors import DataError, ImpexError
from impex.domain.job import Job, PlannedFile, Request
from impex.domain.report import JobState, RunReport
from impex.orchestration.counters import count
from impex.orchestration.run_reference import run_reference

if TYPE_CHECKING:
    from impex.domain.group import Group
    from impex.services.resources import Resources

log = structlog.get_logger(__name__)

# Airflow's table has room for so many characters; a task with a longer name fails.
LABEL_LIMIT = 250


def claim(group_file: str) -> None:
    """Claim the upload that the run is about, or what waits longest in the group's inbox.

    Raises:
        DownstreamTasksSkipped: The inbox is empty; nothing else runs.
        DataError: The package is refused.
        ConfigError: The group is wrong.
    """
    from impex.services.claim import claim as claim_package

    group = load_group(Path(group_file))
    with _opened() as (resources, job):
        key = job.package_key if job else _waiting(resources, group)
        if key is None:
            log.info("no package waits", group=group.name)
            raise DownstreamTasksSkipped(tasks=_downstream())
        claimed = claim_package(resources, group, key, _request())
    if claimed.state is JobState.REFUSED:
        raise DataError("; ".join(claimed.messages))


def plan(group_file: str) -> list[list[int]]:
    """Match the package's files with the descriptors; return the files to stage, by id.

    Those that are read together stand together.

    Raises:
        DataError: The package is refused.
        ConfigError: The group is wrong or does not fit the database.
    """
    from impex.services.plan import plan as plan_package
    from impex.services.stage import passes

    group = load_group(Path(group_file))
    params = get_current_context()["params"]
    if params["strict"]:
        group = group.strictly()
    if params.get("let_go"):
        group = group.letting_go()
    with _opened() as (resources, job):
        if job is None:
            raise ImpexError("nothing is claimed for this run; clear the task claim")
        files = plan_package(resources, group, job.id)
        return [[file.id for file in together] for together in passes(group, files)]


def stage(file_ids: list[int]) -> None:
    """Read one file into staging, for one descriptor or for several.

    Raises:
        ImpexError: The file is not one of this run.
    """
    from impex.services.stage import stage_together
    from impex.services.workplace import at_work

    with _opened() as (resources, job), at_work(resources, job) as working:
        files = stage_together(working, file_ids, of_job=job.id if job else None)
    cast("dict[str, Any]", get_current_context())["label"] = label(files)
    for file in files:
        if file.message:
            log.warning("file rejected", file=file.name, reason=file.message)


def label(files: Sequence[PlannedFile]) -> str:
    """Return the name under which the grid shows one of the mapped tasks.

    Args:
        files: One, or several that are read together.
    """
    names, name = ", ".join(file.descriptor for file in files), files[0].name
    told = f"{names}: {name}"
    return told if len(told) <= LABEL_LIMIT else f"{names[:40]}…: {name[-200:]}"


def merge(descriptor: str) -> None:
    """Merge the files of one descriptor, if the ledger allows it.

    Raises:
        AirflowSkipException: The run has planned nothing.
    """
    from impex.services.merge import merge_descriptor
    from impex.services.workplace import at_work

    with _opened() as (resources, job):
        if job is None or job.state is not JobState.PLANNED:
            raise AirflowSkipException("the run has nothing to merge")
        with at_work(resources, job) as working:
            files = merge_descriptor(working, job.id, descriptor)
        for file in files:
            log.info("file", name=file.name, state=file.state.value, message=file.message)


def settle(group_file: str) -> dict[str, int]:
    """Close the books; return the totals.

    Args:
        group_file: Read only to know what waits, where nothing is claimed.

    Raises:
        AirflowSkipException: Nothing was claimed, and nothing waits.
        DataError: The run did not do what its policies allow; says what is missing.
        ImpexError: A package waits that the run has failed to claim.
    """
    from impex.services.claim import next_package
    from impex.services.settle import settle as settle_job

    with _opened() as (resources, job):
        if job is None:
            # Skipped tasks leave a run green, so nothing may be skipped that still waits.
            group = load_group(Path(group_file))
            if next_package(resources, group) is not None:
                raise ImpexError(
                    f"a package waits in the inbox of {group.name}; see the task claim"
                )
            raise AirflowSkipException("the run has claimed nothing")
        report = settle_job(resources, job.id)
    _log(report)
    if not report.dry_run:
        count("impex.rows", report.totals.by_fate(), group=report.group)
    if not report.tolerated:
        what = f"run {report.run} is {report.state.value}"
        raise DataError("\n".join([what, *report.notes]))
    return report.totals.by_fate()


def explain(group_file: str) -> None:
    """Fail with the errors of a group file, unless they are mended by now.

    The file is read again, because Airflow would render their text as a template.

    Raises:
        ConfigError: The file has errors.
    """
    load_group(Path(group_file))


def _waiting(resources: "Resources", group: "Group") -> str | None:
    """Return the key of the package to claim; None if none waits."""
    from impex.services.claim import next_package
    from impex.services.uploads import package_of

    params = get_current_context()["params"]
    if params["upload"]:
        return package_of(resources, group, UUID(params["upload"]), dry_run=params["dry_run"])
    return next_package(resources, group)


@contextmanager
def _opened() -> Iterator[tuple["Resources", Job | None]]:
    """Open the resources and find the job that this run has claimed."""
    from impex.orchestration.wiring import resources
    from impex.services.claim import claimed_by

    with resources() as opened:
        yield opened, claimed_by(opened, run_reference())


def _downstream() -> list[str]:
    """Name all tasks behind this one.

    Skipping itself would not do: the tasks behind run whatever became of those before them.
    """
    return sorted(get_current_context()["task"].get_flat_relative_ids(upstream=False))


def _request() -> Request:
    """Say who asks, from the run's context; params carry switches only."""
    context = get_current_context()
    run = context["dag_run"]
    by_itself = "arrival" if run.run_type == "asset_triggered" else "schedule"
    return Request(
        requested_by=run.triggering_user_name or by_itself,
        run_ref=run_reference(),
        force=bool(context["params"]["force"]),
        dry_run=bool(context["params"]["dry_run"]),
    )


def _log(report: RunReport) -> None:
    """Write one line per file and one for the run, counts only."""
    for file in report.files:
        log.info("file", name=file.name, descriptor=file.descriptor, **file.counts.by_fate())
    for message in report.notes:
        log.warning("note", message=message)
    log.info("run", run=report.run, state=report.state.value, **report.totals.by_fate())
