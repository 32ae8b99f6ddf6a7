"""Every night: what runs have left behind goes when its time has come, and dead runs are closed."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from impex.config import groups_directory
from impex.orchestration import housekeeping
from impex.orchestration.dag_factory import START, task_defaults
from orders.orchestration import export_steps, sweep_steps

GROUPS = str(groups_directory())

# No group can have this name: theirs have no underscore.
with DAG(
    "impex_housekeeping",
    dag_display_name="Housekeeping",
    description="Removes what was kept long enough and closes runs that nobody works on",
    schedule=CronTriggerTimetable("20 3 * * *", timezone="UTC"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["impex", "housekeeping"],
    default_args=task_defaults("impex"),
) as dag:
    closed = task(housekeeping.close_stalled_runs)()
    closed >> [
        task(housekeeping.remove_old_packages)(GROUPS),
        task(housekeeping.remove_old_exports)(GROUPS),
        task(housekeeping.remove_old_history)(GROUPS),
        task(housekeeping.remove_uploads)(),
        task(housekeeping.drop_orphaned_staging)(),
    ]
    task(sweep_steps.remove_raw_events)()
    task(sweep_steps.remove_sent_messages)()
    task(sweep_steps.remove_previews)()
    # Runs of the exporters look at what they have taken only.
    task(task_id="reconcile_order_exports")(export_steps.reconcile_all)()
