"""The chain of exporters as a DAG: begin → claim → send → … stage by stage → reconcile."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import (
    DAG,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    Param,
    TriggerRule,
    task,
    task_group,
)

from impex.orchestration.dag_factory import START, optional_text, task_defaults
from orders.domain.chain import stages
from orders.domain.exporter import Exporter
from orders.orchestration import export_steps as steps
from orders.orchestration.flags import raised_flags
from orders.orchestration.gate import GATE, GateOperator
from orders.orchestration.settings import EXPORTS_DAG, GATE_LABEL

DOCUMENTATION = """\
Gives the flags of orders to the exporters of `config/exporters`, stage by stage: each stage claims
what may go on, and sends it. What needs an approval waits at a gate task: **mark it success to
approve, failed to reject**, or answer it under Required Actions. The rest of the run goes on, and so
do later runs.

A run follows within half a minute of a new flag. By hand it can be about one order or one flag only,
and a **dry run** sends nothing: it writes what it would send into a file, `previews/….zip` of the file
store, which is kept for a day.

A run is red if something of it is unmatched, uncertain or dead; `python -m orders exports` lists
that, and nothing of it is lost. See docs/order-exports.md.
"""

# A run that waits for a person stays; those that follow must not wait for it.
MOST_RUNS = 1000


def chain_dag(exporters: Sequence[Exporter]) -> DAG:
    """Build the DAG of some exporters."""
    with DAG(
        EXPORTS_DAG,
        dag_display_name="Order exports",
        description="Tells suppliers, warehouses and accounts of orders, in a chain of exporters",
        # The clock is a net: Airflow may lose an event, and attempts come due without one.
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("*/5 * * * *", timezone="UTC"), assets=[raised_flags()]
        ),
        start_date=START,
        catchup=False,
        max_active_runs=MOST_RUNS,
        tags=["orders", "exports"],
        default_args=task_defaults("orders"),
        doc_md=DOCUMENTATION,
        params=_params(exporters),
        render_template_as_native_obj=False,
    ) as dag:
        last: Any = task(steps.begin)()
        last >> task(steps.preview)()
        for number, stage in enumerate(stages(exporters), 1):
            last = _stage(number, stage, last)
        last >> task(trigger_rule=TriggerRule.ALL_DONE)(steps.reconcile)()
    return dag


def _params(exporters: Sequence[Exporter]) -> dict[str, Param]:
    """Return the trigger form. What is typed there is bound as a value, and never rendered."""
    return {
        "order": optional_text(
            maxLength=200,
            title="Order",
            description="Number of an order, or of a delivery of it; empty for all orders.",
        ),
        "flag": Param(
            steps.ALL_FLAGS,
            type="string",
            enum=[steps.ALL_FLAGS, *sorted({exporter.flag for exporter in exporters})],
            title="Flag",
            description="Only flags of this name, without those that follow from them.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Send nothing, but write what would be sent into a file.",
        ),
    }


def _stage(number: int, stage: Sequence[Exporter], before: Any) -> Any:
    """Add the tasks of a stage; return what the next one follows."""
    # Whatever failed before stops nothing, unless the run could not even begin.
    rule = TriggerRule.ALL_SUCCESS if number == 1 else TriggerRule.ALL_DONE
    names = [exporter.name for exporter in stage]
    claimed = task(task_id=f"claim_{number}", trigger_rule=rule)(steps.claim)(names)
    sending = task(task_id=f"send_{number}", map_index_template="{{ label }}")(steps.send)
    sent = sending.expand(name=claimed)
    before >> claimed
    if any(exporter.approval for exporter in stage):
        asked = task(task_id=f"ask_{number}")(steps.ask)()
        claimed >> asked
        _approvals(number, asked)
    return sent


def _approvals(number: int, asked: Any) -> None:
    """Add the gates of a stage: a person decides, then what was approved goes on."""

    @task_group(group_id=f"approval_{number}")
    def approval(gate: int) -> None:
        label = GATE_LABEL.format("{{ task.gate }}")
        waiting = GateOperator(task_id=GATE, gate=gate, map_index_template=label)
        deciding = task(trigger_rule=TriggerRule.ALL_DONE, map_index_template="{{ label }}")
        waiting >> deciding(steps.settle_gate)(gate)

    approval.expand(gate=asked)
