"""Who has marked a task: Airflow's audit log, asked by REST where there is a connection for that.

Tasks cannot read Airflow's database. Without the connection, or when Airflow does not answer, nobody
knows who it was, and nothing else suffers.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import httpx
import structlog
from airflow.sdk import Connection

from impex.domain.errors import ConfigError
from impex.orchestration.wiring import connection_named
from orders.orchestration.destinations import url_of
from orders.targets.exchange import Exchange, ExchangeError, Request

CONNECTION_ID: Final = "airflow_api"

_WITHIN_S: Final = 10
# An answer is read up to 64 kB; a note has a thousand characters.
_PAGE: Final = 25

# The connection is wrong, nobody answers, or not as Airflow does.
_UNTOLD: Final = (
    ConfigError,
    ExchangeError,
    httpx.InvalidURL,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)

log = structlog.get_logger(__name__)


class Marked(NamedTuple):
    """A mapped task that somebody has marked.

    Attributes:
        dag_id: Of its DAG.
        run_id: Of its run.
        task_id: With its group before it.
        map_index: Its number.
        state: That it was marked with.
        since: Marks before that moment are old; ISO 8601, or empty.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int | None
    state: str
    since: str


class Mark(NamedTuple):
    """Who has set it, and the note that came with it, which may be empty."""

    user: str
    note: str


def find_mark(marked: Marked) -> Mark | None:
    """Return the mark that counts, which is the last one; None if Airflow does not tell."""
    try:
        connection = connection_named(CONNECTION_ID)
    except ConfigError:
        return None
    try:
        for entry in _Api(connection).entries(marked):
            extra = json.loads(entry["extra"])
            # Without an index, all tasks of that name were marked.
            index = str(extra.get("map_index", marked.map_index))
            if extra.get("new_state") == marked.state and index == str(marked.map_index):
                return Mark(str(entry["owner"]), str(extra.get("note") or ""))
    except _UNTOLD as fault:
        log.warning("Airflow does not tell who has set a mark", fault=str(fault))
    return None


class _Api:
    """Airflow's REST API, as the user of the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._exchange = Exchange(private=True, within_s=_WITHIN_S)
        self._authorization: dict[str, str] = {}
        login = {"username": connection.login, "password": connection.password}
        answer = self._call("POST", "/auth/token", body=json.dumps(login).encode())
        self._authorization = {"Authorization": f"Bearer {answer['access_token']}"}

    def entries(self, marked: Marked) -> Iterator[Mapping[str, Any]]:
        """Yield what the log has of marks of such tasks of the run, the newest first."""
        asked = {
            "event": "patch_task_instance",
            "dag_id": marked.dag_id,
            "run_id": marked.run_id,
            "task_id": marked.task_id,
            "order_by": "-event_log_id",
            "limit": _PAGE,
        }
        if marked.since:
            asked["after"] = marked.since
        for offset in count(0, _PAGE):
            page = self._call("GET", "/api/v2/eventLogs", asked | {"offset": offset})["event_logs"]
            yield from page
            if len(page) < _PAGE:
                return

    def _call(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: bytes = b""
    ) -> Any:
        url = httpx.URL(url_of(self._connection, path), params=params)
        headers = {"Content-Type": "application/json", **self._authorization}
        reply = self._exchange.run(Request(method, url, headers, body, reads=True))
        if not httpx.codes.is_success(reply.status):
            raise ValueError(f"it answers {path} with {reply.status}")
        return json.loads(reply.body)
