"""Starting runs in the name of a person."""

from collections.abc import Mapping

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists
from airflow.utils.types import DagRunTriggeredByType
from fastapi import HTTPException, status
from pydantic import BaseModel


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
