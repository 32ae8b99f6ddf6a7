"""The real service for pushed events, in a thread, over loopback."""

import json
import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from impex.domain.errors import ConfigError
from impex.storage.connection import Database
from orders.domain.feed import Feed
from orders.push.app import create_app
from tests.feeds import signed
from tests.waiting import wait_for

SECRET = "correct horse battery staple".replace(" ", "-")
ENVIRONMENT = {
    f"ORDERS_SECRET_{connection}": SECRET for connection in ("COURIER", "EASYPOST", "RECEIVERS")
}


class PushServer:
    """Serves while it is open."""

    def __init__(
        self,
        dsn: str,
        feeds: Mapping[str, Feed | ConfigError],
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        """Serve some feeds from a database."""
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        app = create_app(feeds, environment, Database(dsn))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self._socket.getsockname()[1]}", timeout=30
        )

    def __enter__(self) -> Self:
        self._thread.start()
        wait_for(lambda: self._server.started, "the service")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(30)
        self._socket.close()
        assert not self._thread.is_alive()

    def push(
        self,
        message: object,
        *,
        feed: str = "courier",
        key: str = SECRET,
        at: datetime | None = None,
    ) -> httpx.Response:
        """Send a message, signed as Standard Webhooks say."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        headers = signed(body, key, at=at or datetime.now(UTC))
        return self.client.post(f"/feeds/{feed}", content=body, headers=headers)

    def is_alive(self) -> bool:
        """Tell whether the service and its database answer."""
        answer = self.client.get("/health")
        return answer.status_code == 200 and answer.json() == {"database": "answers"}


def told(answer: httpx.Response) -> tuple[int, Any]:
    """Return the status of an answer and its code."""
    content = answer.json()
    return answer.status_code, content.get("error") or content["answer"]
