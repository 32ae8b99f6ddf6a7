"""How a task names the run that it belongs to, wherever something is noted of it."""

from airflow.sdk import get_current_context


def run_reference() -> str:
    """Return ``dag_id/run_id`` of the run of the task that calls."""
    run = get_current_context()["dag_run"]
    return f"{run.dag_id}/{run.run_id}"
