"""What a person has said at a gate task: an answer, or a mark."""

from typing import Any, Final

from airflow.sdk import Context

from orders.domain.order import Cause
from orders.orchestration.gate import APPROVE, GATE
from orders.storage.gates import Decision

_MARKS: Final = {"success": Decision.APPROVED, "failed": Decision.REJECTED}


def answer_of(context: Context) -> tuple[Decision, Cause] | None:
    """Return what was said at the gate task of the same index; None if it was skipped or is gone.

    An answer on Airflow's page leaves a result with the person's name. A mark leaves a state only:
    who has set it is in Airflow's audit log, which tasks cannot read; the name of the task leads
    there.
    """
    task, run = context["ti"], context["dag_run"]
    index = task.map_index
    group = task.task_id.rpartition(".")[0]
    gate = f"{group}.{GATE}"
    result: Any = task.xcom_pull(task_ids=gate, map_indexes=index)
    if result:
        answer = Decision.APPROVED if APPROVE in result["chosen_options"] else Decision.REJECTED
        user = (result.get("responded_by_user") or {}).get("name") or "somebody"
        reason = str((result.get("params_input") or {}).get("reason") or "")
        return answer, Cause(f"{user} (answered in Airflow)", run=run.run_id, reason=reason)
    states = task.get_task_states(
        dag_id=run.dag_id, task_ids=[gate], run_ids=[run.run_id], map_index=index
    )
    state = next(iter(states.get(run.run_id, {}).values()), None)
    if str(state) not in _MARKS:
        return None
    where = f"the audit log of Airflow has who: task {gate}[{index}] of {run.run_id}"
    return _MARKS[str(state)], Cause(
        f"somebody (marked {state} in Airflow)", run=run.run_id, reason=where
    )
