"""What Airflow knows of runs, in words: what the tasks of one are at, and when the next one begins."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from airflow.utils.session import create_session
from sqlalchemy import select

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

_STATES: Final = {
    "running": "is at work",
    "queued": "waits for a worker",
    "scheduled": "waits for a free place in its pool",
    "up_for_retry": "failed, and is tried again soon",
    "up_for_reschedule": "waits, and looks again soon",
    "deferred": "waits",
    "awaiting_input": "waits for a person",
}


def at_work(run: str) -> list[str]:
    """Return what each task of a run does that is not at its end, as sentences.

    Args:
        run: DAG and run, as ``dag_id/run_id``; empty for a run without Airflow.
    """
    from airflow.models.taskinstance import TaskInstance

    dag_id, _, run_id = run.partition("/")
    wanted = select(TaskInstance).where(
        TaskInstance.dag_id == dag_id,
        TaskInstance.run_id == run_id,
        TaskInstance.state.in_(_STATES),
    )
    with create_session() as session:
        found = session.scalars(wanted.order_by(TaskInstance.task_id, TaskInstance.map_index))
        return [_sentence(task) for task in found]


def next_run(dag_id: str) -> str | datetime | None:
    """Return when the next run of a DAG begins, or why none does by itself; None if nobody knows.

    Args:
        dag_id: Of a DAG; Airflow may not know it yet.
    """
    from airflow.models.dag import DagModel

    with create_session() as session:
        dag = session.get(DagModel, dag_id)
        if dag is None:
            return None
        if dag.is_paused:
            return "It is paused in Airflow: no run begins by itself."
        return dag.next_dagrun_create_after or "No run begins by itself: start one here."


def _sentence(task: "TaskInstance") -> str:
    name = f"{task.task_id} {task.rendered_map_index or ''}".strip()
    said = f"{name} {_STATES[str(task.state)]}"
    if task.last_heartbeat_at is None or task.state != "running":
        return f"{said}."
    seconds = (datetime.now(UTC) - task.last_heartbeat_at).total_seconds()
    return f"{said}; it was heard of {seconds:.0f} seconds ago."
