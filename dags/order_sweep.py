"""Every ten minutes: what waited for a date, for stock or for too long is moved or noted."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from impex.orchestration.dag_factory import START, task_defaults
from orders.orchestration import steps, sweep_steps

DOCUMENTATION = """\
Moves orders by time: deliveries whose date has come, deliveries and drafts that stock has come for,
events that have waited too long; asks the classes of `config/sources` for events; and notes what has
been in a state for longer than its clock in `config/clocks.yaml` allows.
"""

# A DAG of its own: nightly housekeeping would let goods lie until the morning, and the feed DAG
# runs as often as events come, which would be too often or, with a run that works for long, too
# seldom.
with DAG(
    "order_sweep",
    dag_display_name="Order sweep",
    description="Moves what waited for a date or for stock, and notes what is overdue",
    schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["orders", "sweep"],
    default_args=task_defaults("orders"),
    doc_md=DOCUMENTATION,
) as dag:
    # Who waits has come before who was never placed.
    task(sweep_steps.sweep)() >> task(sweep_steps.place_again)()
    task(sweep_steps.notice_overdue)()
    task(steps.collect)()
