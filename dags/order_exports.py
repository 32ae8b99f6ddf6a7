"""Flags of orders go through the exporters: begin → claim → send → … by stage → reconcile."""

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule, task, task_group

from impex.orchestration.dag_factory import START, task_defaults
from orders.config import exporters_directory, load_chain
from orders.domain.chain import stages
from orders.orchestration import export_steps as steps
from orders.orchestration.gate import GateOperator

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
    last = task(steps.begin)()
    finished = task(trigger_rule=TriggerRule.ALL_DONE)(steps.reconcile)()
    for number, stage in enumerate(stages(load_chain(exporters_directory())), 1):
        claimed = task(
            task_id=f"claim_{number}",
            multiple_outputs=True,
            trigger_rule=TriggerRule.NONE_FAILED if number == 1 else TriggerRule.ALL_DONE,
        )(steps.claim)([exporter.name for exporter in stage])
        sent = task(task_id=f"send_{number}", map_index_template="{{ label }}")(steps.send).expand(
            name=claimed["exporters"]
        )

        @task_group(group_id=f"approval_{number}")
        def approval(gate: int) -> None:
            """A person decides, then what was approved goes on."""
            asked = GateOperator(
                task_id="gate", gate=gate, retries=0, map_index_template="{{ label }}"
            )
            settled = task(trigger_rule=TriggerRule.ALL_DONE, map_index_template="{{ label }}")(
                steps.settle_gate
            )(gate)
            asked >> settled

        approval.expand(gate=claimed["gates"])
        last >> claimed >> sent
        last = sent
    last >> finished
