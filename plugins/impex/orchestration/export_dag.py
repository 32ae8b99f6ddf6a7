"""What a group exports, as a DAG: begin → write (mapped, beside a held snapshot) → publish → deliver.

The tasks decide by the ledger, not by each other's states: publishing writes again what is missing
or does not tell the same instant as the rest.
"""

from pathlib import Path
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, task

from impex.config import describe
from impex.domain.group import Group
from impex.domain.layout import Audience
from impex.domain.nesting import nests
from impex.orchestration import export_steps as steps
from impex.orchestration.dag_factory import START, task_defaults


def export_dag_id(group: Group) -> str:
    """Return the name of the DAG that exports; imports have the name of the group."""
    return f"{group.name}.export" if group.descriptors else group.name


def export_dag(group: Group, group_file: Path) -> DAG:
    """Build the DAG that writes, publishes and delivers what a group exports.

    Args:
        group: With exports.
        group_file: Read again in a run, which freezes it when it begins.
    """
    publication = group.publication
    title = group.title or group.name
    schedule = publication.schedule
    with DAG(
        export_dag_id(group),
        dag_display_name=f"{title}: export" if group.descriptors else title,
        description=group.description or None,
        schedule=CronTriggerTimetable(schedule, timezone=group.timezone) if schedule else None,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=["impex", "export", *group.tags],
        default_args=task_defaults(*group.owners),
        doc_md=describe(group),
        params=_params(group),
        render_template_as_native_obj=False,
    ) as dag:
        begun = task(steps.begin)(str(group_file))
        written = task(
            map_index_template="{{ label }}",
            retries=0,
            max_active_tis_per_dagrun=group.max_parallel,
            pool=group.pool,
        )(steps.write).expand(file_id=begun)
        published = task(trigger_rule=TriggerRule.ALL_DONE)(steps.publish)()
        finished = task(trigger_rule=TriggerRule.ALL_DONE)(steps.finish)()
        written >> published >> finished
        if len(nests(group.exports)) > 1:
            # Files come first where there is little room: without them it only waits.
            begun >> task(retries=0, weight_rule="absolute")(steps.hold)() >> published
        if publication.targets:
            # Numbers: Airflow would render the names as templates.
            delivered = task(map_index_template="{{ label }}")(steps.deliver).expand(
                number=list(range(len(publication.targets)))
            )
            published >> delivered >> finished
    return dag


def _params(group: Group) -> dict[str, Any]:
    """Return the trigger form. What is typed there is bound as a value, and never rendered."""
    return {
        "audience": Param(
            steps.AS_USUAL,
            type="string",
            enum=[steps.AS_USUAL, *(audience.value for audience in Audience)],
            title="Who opens the files",
            description="For spreadsheets, texts that look like formulas get an apostrophe. As "
            "usual: where a run is started by hand.",
        ),
        "complete": Param(
            False,
            type="boolean",
            title="All rows",
            description="Write all rows, also where only new or changed ones are exported.",
        ),
        **{
            name: Param(usual, type="string", maxLength=200, title=name)
            for name, usual in group.publication.params
        },
    }
