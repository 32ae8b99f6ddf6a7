"""What the tasks of a run are at, in words."""

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


def _sentence(task: "TaskInstance") -> str:
    name = f"{task.task_id} {task.rendered_map_index or ''}".strip()
    said = f"{name} {_STATES[str(task.state)]}"
    if task.last_heartbeat_at is None or task.state != "running":
        return f"{said}."
    seconds = (datetime.now(UTC) - task.last_heartbeat_at).total_seconds()
    return f"{said}; it was heard of {seconds:.0f} seconds ago."
