"""What a person has said at a gate task, and who it was, as far as Airflow tells."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput
from psycopg.conninfo import conninfo_to_dict
from structlog.testing import capture_logs

from impex.services.resources import Resources
from orders.domain.order import Cause
from orders.orchestration.answers import answer_of
from orders.orchestration.gate import SINCE, GateOperator
from orders.services.approve import patience
from orders.storage.gates import Decision
from tests.order_book import OrderBook

GATE = "approval_1.gate"
SINCE_THEN = "2026-11-01T12:00:00+00:00"
CANARY = "canary-77c1"
URL = f"http://reader:{CANARY}@127.0.0.1:{{port}}/http"
OPEN = (
    "INSERT INTO orders.gate (exporter, run_id, opened_at, rejected_at) "
    "VALUES ('release', 1, %s, %s)"
)
DECIDE = (
    "UPDATE orders.gate SET decision = 'rejected', decided_at = now(), actor = 'boss' WHERE id = 1"
)


@dataclass
class SettlingTask:
    """What Airflow lets the task behind gate 3 know of it."""

    state: str
    result: dict[str, Any] | None = None
    since: str | None = SINCE_THEN
    task_id: str = "approval_1.settle_gate"
    map_index: int = 3

    def xcom_pull(self, task_ids: str, map_indexes: int, key: str = "return_value") -> Any:
        """Return what the gate task has left."""
        assert (task_ids, map_indexes) == (GATE, 3)
        return self.since if key == SINCE else self.result

    def get_task_states(
        self, dag_id: str, task_ids: list[str], run_ids: list[str], map_index: int
    ) -> dict[str, dict[str, str]]:
        """Return the state of the gate task."""
        assert (dag_id, task_ids, map_index) == ("order_exports", [GATE], 3)
        return {run: {f"{GATE}_3": self.state} for run in run_ids}


def said(task: SettlingTask) -> tuple[Decision, Cause] | None:
    """Return what was said."""
    run = SimpleNamespace(dag_id="order_exports", run_id="run 1")
    return answer_of({"ti": task, "dag_run": run})  # type: ignore[typeddict-item]


@dataclass
class Airflow:
    """Answers as Airflow's REST API does."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    body: bytes = b""
    port: int = 0
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def log(self, user: str, **extra: str) -> None:
        """Let somebody have changed a task of that name, last of all."""
        self.entries.insert(0, {"owner": user, "extra": json.dumps(extra)})

    def token(self, login: dict[str, str]) -> tuple[int, object]:
        """Let the reader in."""
        good = login == {"username": "reader", "password": CANARY}
        return (201, {"access_token": "t0"}) if good else (401, {"detail": CANARY})

    def page(self, query: dict[str, list[str]], authorization: str) -> tuple[int, object]:
        """Return a page of the log."""
        self.asked.append(query)
        if authorization != "Bearer t0":
            return 401, {}
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        return 200, {"event_logs": self.entries[offset : offset + limit]}


@contextmanager
def serving(airflow: Airflow) -> Iterator[int]:
    """Serve it; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.answer(*airflow.token(json.loads(self.rfile.read(length))))

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self.answer(*airflow.page(query, self.headers["Authorization"]))

        def answer(self, status: int, content: object) -> None:
            body = airflow.body or json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """Airflow's REST API, and the connection to it."""
    running = Airflow()
    with serving(running) as running.port:
        monkeypatch.setenv("AIRFLOW_CONN_AIRFLOW_API", URL.format(port=running.port))
        yield running


def answered(option: str, user: dict[str, str] | None, reason: str | None) -> dict[str, Any]:
    """Return what an answer leaves."""
    return {
        "chosen_options": [option],
        "responded_by_user": user,
        "params_input": {"reason": reason},
    }


@pytest.mark.parametrize(
    ("result", "decision", "actor", "reason"),
    [
        (answered("Approve", {"name": "ada"}, "known"), Decision.APPROVED, "ada", "known"),
        (answered("Reject", {"name": "ada"}, None), Decision.REJECTED, "ada", ""),
        (answered("Reject", None, ""), Decision.REJECTED, "somebody", ""),
    ],
)
def test_an_answer_has_a_name_and_a_reason(
    result: dict[str, Any], decision: Decision, actor: str, reason: str
) -> None:
    """They come with it; nobody else is asked."""
    expected = Cause(f"{actor} (answered in Airflow)", run="run 1", reason=reason)

    assert said(SettlingTask("success", result)) == (decision, expected)


@pytest.mark.parametrize(
    ("state", "decision"), [("success", Decision.APPROVED), ("failed", Decision.REJECTED)]
)
def test_who_has_set_a_mark_and_why_stands_in_the_audit_log(
    airflow: Airflow, state: str, decision: Decision
) -> None:
    """The last one who has set it; marks of other gates, and other marks, are theirs."""
    airflow.log("early", map_index="3", new_state=state)
    airflow.log("ada", map_index="3", new_state=state, note="known customer")
    airflow.log("other gate", map_index="4", new_state=state)
    airflow.log("other mark", map_index="3", new_state="skipped")
    airflow.log("noted", map_index="3", note="nothing else")
    for _ in range(60):
        airflow.log("busy", map_index="5", new_state=state)

    cause = Cause(f"ada (marked {state} in Airflow)", run="run 1", reason="known customer")
    assert said(SettlingTask(state)) == (decision, cause)
    about = {"dag_id": "order_exports", "run_id": "run 1", "task_id": GATE, "after": SINCE_THEN}
    assert about.items() <= {name: value for name, [value] in airflow.asked[0].items()}.items()


def test_all_gates_of_a_run_may_be_marked_at_once(airflow: Airflow) -> None:
    """By the task without an index."""
    airflow.log("ada", new_state="success")

    answer = said(SettlingTask("success"))

    assert answer is not None
    assert answer[1].actor == "ada (marked success in Airflow)"


@pytest.mark.parametrize(
    ("connection", "body"),
    [
        pytest.param(None, b"", id="no connection"),
        pytest.param(f"http://reader:{CANARY}@127.0.0.1:1/http", b"", id="nobody there"),
        pytest.param(f"ftp://reader:{CANARY}@127.0.0.1:1/x", b"", id="another protocol"),
        pytest.param("http://reader:wrong@127.0.0.1:{port}/http", b"", id="wrong password"),
        pytest.param(URL, b"<html>", id="something else listens"),
        pytest.param(URL, b'{"access_token": "t0", "event_logs": [{}]}', id="another version"),
    ],
)
def test_a_mark_counts_also_if_airflow_does_not_tell_who_has_set_it(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch, connection: str | None, body: bytes
) -> None:
    """It is visible that nobody knows, and where to look; no secret gets into a log."""
    airflow.body = body
    monkeypatch.delenv("AIRFLOW_CONN_AIRFLOW_API")
    if connection:
        monkeypatch.setenv("AIRFLOW_CONN_AIRFLOW_API", connection.format(port=airflow.port))
    with capture_logs() as logs:
        answer = said(SettlingTask("failed"))

    assert answer == (
        Decision.REJECTED,
        Cause(
            "somebody (marked failed in Airflow)",
            run="run 1",
            reason="the audit log of Airflow has who: task approval_1.gate[3] of run 1",
        ),
    )
    assert CANARY not in str(logs)
    assert bool(logs) is bool(connection)


@pytest.mark.parametrize(
    "task",
    [
        SettlingTask("skipped"),
        SettlingTask("removed"),
        SettlingTask("upstream_failed"),
        SettlingTask("failed", since=None),
    ],
)
def test_what_is_no_answer_decides_nothing(task: SettlingTask) -> None:
    """Nor does a task that has failed before it could ask anybody."""
    assert said(task) is None


@pytest.fixture
def book(resources: Resources, dsn: str, monkeypatch: pytest.MonkeyPatch) -> OrderBook:
    """A database, and the connection of tasks to it."""
    parts = conninfo_to_dict(dsn)
    url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)
    monkeypatch.setenv("AIRFLOW_CONN_IMPEX", url)
    book = OrderBook(resources.database)
    book.query("INSERT INTO orders.export_run (run) VALUES ('run 1')")
    return book


@pytest.mark.parametrize(
    ("waited", "left", "wait"),
    [
        (timedelta(0), None, timedelta(minutes=10)),
        (timedelta(hours=3), None, timedelta(hours=3)),
        (timedelta(days=9), None, timedelta(days=1)),
        (timedelta(hours=3), timedelta(days=1), timedelta(hours=3)),
        (timedelta(hours=3), timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=9), timedelta(seconds=-1), timedelta(minutes=10)),
    ],
)
def test_a_gate_that_waits_long_is_looked_at_seldom(
    book: OrderBook, waited: timedelta, left: timedelta | None, wait: timedelta
) -> None:
    """And when its time is over."""
    now = datetime.now(UTC)
    book.query(OPEN, now - waited, None if left is None else now + left)

    assert patience(book.database, 1, now) == wait


def test_a_gate_task_ends_when_it_finds_that_somebody_has_decided_elsewhere(
    book: OrderBook,
) -> None:
    """Until then it waits on, and an answer that comes in that moment is not lost."""
    book.query(OPEN, datetime.now(UTC), None)
    task = GateOperator(task_id="gate", gate=1)
    over = {"error": "time is over", "error_type": "timeout"}
    with pytest.raises(TaskAwaitingInput) as waiting:
        task.execute_complete({}, over)
    assert waiting.value.method_name == "execute_complete"
    assert waiting.value.timeout == timedelta(minutes=10)

    book.query(DECIDE)
    assert task.execute_complete({}, over) is None
