"""The few calls of Airflow's REST API that the demonstration needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from local.faults import LocalError

TIMEOUT_S = 60  # the first call after a start makes the server build its routes


@dataclass(frozen=True, slots=True)
class TaskState:
    """Where one task instance stands; ``state`` is empty until it is scheduled."""

    task: str
    state: str


class AirflowApi:
    """A logged-in client; a context manager that closes its connections."""

    def __init__(self, url: str, user: str, password: str) -> None:
        """Log in.

        Raises:
            LocalError: The server refuses the password or does not answer.
        """
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        token = self._call("POST", "/auth/token", {"username": user, "password": password})
        self._client.headers["Authorization"] = f"Bearer {token['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def authorization(self) -> str:
        """The header with which other programs ask as the same person."""
        return str(self._client.headers["Authorization"])

    def knows_dag(self, dag_id: str) -> bool:
        """Whether the DAG processor has found this DAG already."""
        return self._send("GET", f"/api/v2/dags/{dag_id}").status_code == httpx.codes.OK

    def import_errors(self) -> list[str]:
        """What keeps DAG files from being read, one text for each file."""
        answer = self._call("GET", "/api/v2/importErrors")
        return [f"{e['filename']}: {e['stack_trace']}" for e in answer["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler start runs of this DAG."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, object]) -> str:
        """Start a run and return its id."""
        body = {"logical_date": None, "conf": conf}
        answer = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        return str(answer["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        """The first hundred task instances of a run, in the order in which they started."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        answer = self._call("GET", f"{path}?limit=100&order_by=start_date")
        return [TaskState(one["task_id"], one["state"] or "") for one in answer["task_instances"]]

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        answer = self._send(method, path, body)
        if answer.is_error:
            raise LocalError(f"Airflow refused {method} {path}: {answer.text}")
        return answer.json()

    def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.TransportError as fault:
            raise LocalError(f"Airflow does not answer at {path}: {fault}") from fault
