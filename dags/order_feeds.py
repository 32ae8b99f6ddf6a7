"""What others say of orders is applied: wait for work → place, collect, consume → settle."""

from airflow.sdk import DAG, TriggerRule, task

from impex.orchestration.dag_factory import START, task_defaults
from orders.orchestration import steps
from orders.orchestration.retry import PATIENT
from orders.orchestration.settings import FEEDS_DAG, consumers
from orders.orchestration.work import WorkSensor

DOCUMENTATION = """\
Runs follow one another, one at a time. Each waits until an event or a new order is there, works
until nothing waits, and tells what it has done. Without work it ends after ten minutes: its tasks
are skipped, and the next run waits on.

One DAG serves all feeds, because the order is what events are in a row for, whichever feed they
come from: consumers share orders among themselves, not feeds.

A run is red if a task has failed or events are dead after failing again and again. Nothing is lost
by that, and the next run goes on. Pause the DAG to stop all feeds: events then wait in the inbox.
"""

# As often as possible, which is as often as there is work: the first task waits for it in the
# triggerer. A schedule by the clock would let events wait; an asset may lose the call of a burst.
with DAG(
    FEEDS_DAG,
    dag_display_name="Order feeds",
    description="Applies what couriers, suppliers and warehouses say of orders, as it comes in",
    schedule="@continuous",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["orders", "feeds"],
    default_args=task_defaults("orders"),
    doc_md=DOCUMENTATION,
) as dag:
    work = WorkSensor(task_id="wait", retry_policy=PATIENT)
    # Beside each other: a draft that cannot be placed, or a table that cannot be read, keeps no event
    # waiting. What is collected while consumers end is work for the run that follows.
    placed = task(steps.place)()
    collected = task(steps.collect)()
    consumed = task(steps.consume).expand(number=list(range(1, consumers() + 1)))
    # Whatever became of them, unless there was no work.
    settled = task(trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)(steps.settle)()
    work >> [placed, collected, consumed, settled]
    [placed, collected, consumed] >> settled
