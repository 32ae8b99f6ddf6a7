"""One group, one DAG: claim → plan → stage (mapped) → merge (in foreign-key order) → settle.

The tasks decide by the ledger, not by each other's states: merges and settle run whatever became of
the tasks before them, and refuse what the ledger does not allow.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import pendulum
from airflow.sdk import (
    DAG,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    MultipleCronTriggerTimetable,
    Param,
    TaskGroup,
    TriggerRule,
    task,
)

from impex.config import describe
from impex.domain.errors import ConfigError
from impex.domain.group import Group, depends_on
from impex.orchestration import steps
from impex.orchestration.inbox import inbox_of
from impex.orchestration.retry import POLICY, RETRIES

UPLOAD = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# No run before this day is ever wanted: runs are for what waits in the inbox now.
START = pendulum.datetime(2026, 1, 1, tz="UTC")


def group_dag(group: Group, group_file: Path) -> DAG:
    """Build the DAG of a group.

    Args:
        group: What the DAG imports.
        group_file: Read again in a run, which freezes what it does when it is planned.
    """
    with DAG(
        group.name,
        dag_display_name=group.title or group.name,
        description=group.description or None,
        schedule=_schedule(group),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=["impex", "import", *group.tags],
        default_args=task_defaults(*group.owners),
        doc_md=describe(group),
        params=_params(group),
        render_template_as_native_obj=False,
    ) as dag:
        claimed = task(steps.claim)(str(group_file))
        files = task(steps.plan)(str(group_file))
        staged = task(
            map_index_template="{{ label }}",
            max_active_tis_per_dagrun=group.max_parallel,
            pool=group.pool,
        )(steps.stage).expand(file_ids=files)
        # A package that goes in whole or not at all is merged when it is settled.
        settled = _by_the_ledger(group, "settle")(steps.settle)(str(group_file))
        claimed >> files
        _chain_merges(group, staged, settled)
    return dag


def broken_group_dag(group_file: Path, fault: ConfigError) -> DAG:
    """Build a DAG that shows why its group could not be loaded."""
    text = str(fault)
    with DAG(
        group_file.stem,
        description="This group file has errors; see the documentation of the DAG",
        schedule=None,
        tags=["impex", "broken"],
        default_args=task_defaults("impex"),
        doc_md=f"The group file has errors. Mend them; this page follows.\n\n```text\n{text}\n```",
    ) as dag:
        task(task_id="group_file_has_errors")(steps.explain)(str(group_file))
    return dag


def _chain_merges(group: Group, staged: Any, settled: Any) -> None:
    """Create the merge tasks between stage and settle, each behind those its lookups depend on."""
    merges: dict[str, Any] = {}
    with TaskGroup("merge", tooltip="One descriptor after the other, parents before children"):
        for name in group.merge_order:
            merges[name] = _by_the_ledger(group, name)(steps.merge)(name)
    followed: set[str] = set()
    for name, merge in merges.items():
        before = depends_on(group.descriptor(name), group.descriptors)
        [merges[other] for other in before] >> merge if before else staged >> merge
        followed.update(before)
    [merge for name, merge in merges.items() if name not in followed] >> settled


def _by_the_ledger(group: Group, task_id: str) -> Any:
    """Make tasks that run whatever became of those before them."""
    return task(task_id=task_id, trigger_rule=TriggerRule.ALL_DONE, pool=group.pool)


def _schedule(group: Group) -> Any:
    """Return when the group runs by itself: by the clock, when a package arrives, by both, never."""
    crons = [group.schedule] if group.schedule else []
    if group.arrival.on_arrival:
        net = MultipleCronTriggerTimetable(*crons, _hourly(group.name), timezone=group.timezone)
        return AssetOrTimeSchedule(timetable=net, assets=[inbox_of(group)])
    return CronTriggerTimetable(crons[0], timezone=group.timezone) if crons else None


def _hourly(name: str) -> str:
    """Return a minute of every hour, another one for every group.

    Then packages are taken even if nobody watches the inbox; a run that finds none costs a second.
    """
    return f"{crc32(name.encode()) % 60} * * * *"


def task_defaults(*owners: str) -> dict[str, Any]:
    """Return what all tasks have in common."""
    return {
        "owner": ", ".join(owners),
        "retries": RETRIES,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": POLICY,
    }


def optional_text(**schema: Any) -> Param:
    """Return a text of a trigger form that may be left out, and is None then.

    Where null is not allowed, Airflow's form starts nothing before a text is typed.
    """
    return Param(None, type=["null", "string"], **schema)


def _params(group: Group) -> dict[str, Param]:
    """Return the trigger form: switches and the number of an upload, no text that could be rendered."""
    let_go = Param(
        False,
        type="boolean",
        title="Let rows go",
        description="Let all rows go that a full file lacks, even more than max_absent allows.",
    )
    return {
        "upload": optional_text(
            pattern=f"^({UPLOAD})?$",
            title="Upload",
            description="One of your uploads, see the page Upload; none takes what waits longest "
            "in the inbox.",
        ),
        "force": Param(
            False,
            type="boolean",
            title="Import again",
            description="Import the package even if the same bytes were imported before.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Do everything, report it, and roll it back.",
        ),
        "strict": Param(
            False,
            type="boolean",
            title="All or nothing",
            description="Import nothing if a row is rejected, whatever the group allows.",
        ),
    } | ({"let_go": let_go} if group.judges_absence else {})
