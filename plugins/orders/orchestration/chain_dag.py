"""The chain of exporters as a DAG: begin → claim → send → … stage by stage → reconcile."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule, task, task_group

from impex.orchestration.dag_factory import START, task_defaults
from orders.domain.chain import stages
from orders.domain.exporter import Exporter
from orders.orchestration import export_steps as steps
from orders.orchestration.gate import GATE, GateOperator

DOCUMENTATION = """\
Gives the flags of orders to the exporters of `config/exporters`, stage by stage: each stage claims
what may go on, and sends it. What needs an approval waits at a gate task: **mark it success to
approve, failed to reject**, or answer it under Required Actions. The rest of the run goes on, and so
do later runs.

A run is red if something of it is unmatched, uncertain or dead; `python -m orders exports` lists
that, and nothing of it is lost. See docs/order-exports.md.
"""

# A run that waits for a person stays; those that follow must not wait for it.
MOST_RUNS = 1000


def chain_dag(exporters: Sequence[Exporter]) -> DAG:
    """Build the DAG of some exporters."""
    with DAG(
        "order_exports",
        dag_display_name="Order exports",
        description="Tells suppliers, warehouses and accounts of orders, in a chain of exporters",
        schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=MOST_RUNS,
        tags=["orders", "exports"],
        default_args=task_defaults("orders"),
        doc_md=DOCUMENTATION,
    ) as dag:
        last: Any = task(steps.begin)()
        for number, stage in enumerate(stages(exporters), 1):
            last = _stage(number, stage, last)
        last >> task(trigger_rule=TriggerRule.ALL_DONE)(steps.reconcile)()
    return dag


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
        waiting = GateOperator(task_id=GATE, gate=gate, map_index_template="gate {{ task.gate }}")
        deciding = task(trigger_rule=TriggerRule.ALL_DONE, map_index_template="{{ label }}")
        waiting >> deciding(steps.settle_gate)(gate)

    approval.expand(gate=asked)
