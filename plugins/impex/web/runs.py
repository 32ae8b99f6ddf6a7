"""Starting runs in the name of a person, and waking those that wait for one."""

from collections.abc import Mapping
from datetime import UTC, datetime

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType
from fastapi import HTTPException, status
from pydantic import BaseModel
from sqlalchemy import update


class Started(BaseModel):
    """A run that was started."""

    dag_id: str
    run_id: str


def start(dag_id: str, run_id: str, conf: Mapping[str, object], person: str) -> Started:
    """Start a run; one of that name that there is already is the same run.

    Raises:
        HTTPException: Airflow does not know the DAG.
    """
    try:
        trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=person,
            run_id=run_id,
            conf=dict(conf),
        )
    except DagRunAlreadyExists:
        pass
    except DagNotFound as fault:
        told = f"Airflow does not know the DAG {dag_id} yet. Try again in a minute."
        raise HTTPException(status.HTTP_404_NOT_FOUND, told) from fault
    return Started(dag_id=dag_id, run_id=run_id)


def look_again(run: str, label: str) -> None:
    """Let a mapped task that waits for a person look now whether that is still needed.

    Airflow's scheduler resumes it, as it does when its time is over
    (``check_awaiting_input_timeouts``).

    Args:
        run: DAG and run, as ``dag_id/run_id``; empty for none.
        label: By which the grid names the task among those of its mapping.
    """
    from airflow.models.taskinstance import TaskInstance

    dag_id, _, run_id = run.partition("/")
    waiting = update(TaskInstance).where(
        TaskInstance.dag_id == dag_id,
        TaskInstance.run_id == run_id,
        TaskInstance._rendered_map_index == label,  # noqa: SLF001 - the name of the column
        TaskInstance.state == TaskInstanceState.AWAITING_INPUT,
    )
    with create_session() as session:
        session.execute(waiting.values(trigger_timeout=datetime.now(UTC)))
