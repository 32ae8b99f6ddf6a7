"""What a person has said at a gate task: an answer, or a mark."""

from typing import Any, Final

from airflow.sdk import Context

from orders.domain.order import Cause
from orders.orchestration.audit_log import Marked, find_mark
from orders.orchestration.gate import APPROVE, GATE, SINCE
from orders.storage.gates import Decision

_SUCCESS: Final = "success"
_FAILED: Final = "failed"
_MARKS: Final = {_SUCCESS: Decision.APPROVED, _FAILED: Decision.REJECTED}


def answer_of(context: Context) -> tuple[Decision, Cause] | None:
    """Return what was said at the gate task of the same index; None if nothing was.

    An answer on Airflow's page leaves a result with the person's name; a mark leaves a state only.
    A task that has failed without having waited was not marked: it had another fault.
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
    state = str(next(iter(states.get(run.run_id, {}).values()), None))
    since = task.xcom_pull(task_ids=gate, key=SINCE, map_indexes=index)
    if state not in _MARKS or (state == _FAILED and not since):
        return None
    return _MARKS[state], _cause(Marked(run.dag_id, run.run_id, gate, index, state, since or ""))


def _cause(marked: Marked) -> Cause:
    """Return who has set a mark, and why, as far as Airflow tells."""
    mark = find_mark(marked)
    if mark is not None:
        who = f"{mark.user} (marked {marked.state} in Airflow)"
        return Cause(who, run=marked.run_id, reason=mark.note)
    where = (
        "the audit log of Airflow has who: "
        f"task {marked.task_id}[{marked.map_index}] of {marked.run_id}"
    )
    who = f"somebody (marked {marked.state} in Airflow)"
    return Cause(who, run=marked.run_id, reason=where)
