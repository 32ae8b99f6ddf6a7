"""What the tasks of a DAG that exports run.

A task knows its export by the run it belongs to, as the database has it. Heavy imports wait until a
task calls.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from impex.config import load_group
from impex.config.frozen import thaw
from impex.domain.errors import DataError, FencedError, ImpexError
from impex.domain.export_run import ExportRequest, ExportRun
from impex.domain.group import Group
from impex.domain.layout import Audience
from impex.orchestration.counters import count
from impex.orchestration.run_reference import run_reference

if TYPE_CHECKING:
    from impex.services.resources import Resources

log = structlog.get_logger(__name__)

AS_USUAL = "as usual"
# So long files wait for a snapshot, and a snapshot for files; then one process writes all.
PATIENCE_S = 120


def begin(group_file: str) -> list[int]:
    """Plan what is written; return the files, by id.

    Raises:
        ConfigError: The group has no exports, or they do not fit the tables.
        DataError: A parameter is wrong.
    """
    from impex.orchestration.wiring import resources
    from impex.services.begin_export import begin_export
    from impex.services.publish_export import report_of

    group = load_group(Path(group_file))
    with resources() as opened:
        run = begin_export(opened, group, _request(group))
        return [file.id for file in report_of(opened, run.id).files]


def hold() -> None:
    """Hold the snapshot that all files are written from, until each of them has it."""
    from impex.services.snapshot import hold_until_all_read

    with _opened() as (resources, run):
        try:
            hold_until_all_read(resources, run, patience_s=PATIENCE_S)
        except FencedError as done:
            raise AirflowSkipException(str(done)) from done


def write(file_id: int) -> None:
    """Write one file of the export.

    Raises:
        AirflowSkipException: There was no snapshot to share; publishing will write the file.
        DataError: The file is not one of this run.
    """
    from impex.services.publish_export import report_of
    from impex.services.snapshot import NoSnapshotError
    from impex.services.write_export import write_alone, write_shared

    with _opened() as (resources, run):
        files = report_of(resources, run.id).files
        file = next((file for file in files if file.id == file_id), None)
        if file is None:
            raise DataError(f"file {file_id} is not one of export {run.id}")
        cast("dict[str, Any]", get_current_context())["label"] = file.export
        try:
            if len(files) == 1:
                done = write_alone(resources, run, file)
            else:
                done = write_shared(resources, run, file, patience_s=PATIENCE_S)
        except (NoSnapshotError, FencedError) as nothing:
            raise AirflowSkipException(str(nothing)) from nothing
    log.info("file", export=done.export, rows=done.rows, rejected=done.rejected)


def publish() -> None:
    """Let the files appear, together.

    Raises:
        DataError: A file was refused, and nothing is published without it.
    """
    from impex.services.publish_export import publish_export

    with _opened() as (resources, run):
        publish_export(resources, run.id)


def deliver(number: int) -> None:
    """Copy what is published to a target.

    Args:
        number: Of the target, in the order of the group.

    Raises:
        AirflowSkipException: Nothing is published.
        TransientError: The target failed.
    """
    from impex.services.publish_export import deliver_export

    with _opened() as (resources, run):
        target = thaw(run.frozen).publication.targets[number]
        cast("dict[str, Any]", get_current_context())["label"] = target
        if run.published_at is None:
            raise AirflowSkipException("nothing is published")
        deliver_export(resources, run.id, target)


def finish() -> dict[str, int]:
    """End the export; return how many rows each file has.

    Raises:
        DataError: A file is missing, or a target did not get all; says what.
    """
    from impex.services.publish_export import finish_export

    with _opened() as (resources, run):
        report = finish_export(resources, run.id)
    for note in report.notes:
        log.warning("note", message=note)
    rows = sum(file.rows for file in report.files)
    count("impex.rows", {"exported": rows}, group=report.run.group_name)
    if not report.tolerated:
        raise DataError("\n".join([f"export {run.id} is {report.run.state.value}", *report.notes]))
    return {file.export: file.rows for file in report.files}


@contextmanager
def _opened() -> Iterator[tuple["Resources", ExportRun]]:
    """Open the resources and find the export that this run has begun."""
    from impex.orchestration.wiring import resources
    from impex.services.begin_export import begun_by

    with resources() as opened:
        run = begun_by(opened, run_reference())
        if run is None:
            raise ImpexError("no export was begun for this run; clear the task begin")
        yield opened, run


def _request(group: Group) -> ExportRequest:
    """Say who asks for what, from the run's context."""
    context = get_current_context()
    run, params = context["dag_run"], context["params"]
    by_hand = run.run_type == "manual"
    usual = Audience.SPREADSHEET if by_hand else Audience.SYSTEM
    wanted = params["audience"]
    return ExportRequest(
        requested_by=run.triggering_user_name or "schedule",
        run_ref=run_reference(),
        params={name: str(params[name]) for name, _ in group.publication.params},
        audience=usual if wanted == AS_USUAL else Audience(wanted),
        complete=bool(params["complete"]),
    )
