"""Every five minutes, where notices are enabled: people are told by mail what became of orders."""

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule, task

from impex.orchestration.dag_factory import START, task_defaults
from orders.orchestration import notice_steps
from orders.orchestration.settings import notices_enabled

DOCUMENTATION = """\
Writes a mail for each move of an order that `config/notices.yaml` wants told, and sends what is due.
A mail that may have arrived is never sent again by itself: `python -m orders outbox` lists it, and a
person decides. A run is red if a mail was refused or is uncertain; the others are sent all the same.
"""

if notices_enabled():
    with DAG(
        "order_notices",
        dag_display_name="Order notices",
        description="Tells customers and staff by mail what became of orders",
        schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=["orders", "notices"],
        default_args=task_defaults("orders"),
        doc_md=DOCUMENTATION,
    ) as dag:
        # What waits is sent even where nothing more can be written.
        task(notice_steps.write)() >> task(trigger_rule=TriggerRule.ALL_DONE)(notice_steps.send)()
