"""Airflow's own trigger form offers the uploads of the person who looks at it.

Choices of a param are part of the DAG, the same for everybody. So they are put into the answer from
which the form is made, on its way out: ``GET /api/v2/dags/{dag_id}/details``.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from fastapi import HTTPException, Request, status
from fastapi.concurrency import run_in_threadpool

from impex.domain.errors import ImpexError
from impex.domain.upload import Upload
from impex.orchestration.wiring import resources
from impex.services.uploads import RECENT, recent_uploads
from impex.web.access import startable
from impex.web.pages import group_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_DETAILS: Final = re.compile(r"/api/v2/dags/(?P<dag_id>[^/]+)/details$")
_PARAM: Final = "upload"
_INBOX: Final = "What waits longest in the inbox"


async def offer_uploads(app: App, scope: Message, receive: Receive, send: Send) -> None:
    """Let Airflow answer; to the details of a DAG add what the person has uploaded for it."""
    asked = _DETAILS.search(scope["path"])
    if not asked or scope["method"] != "GET":
        await app(scope, receive, send)
        return
    plain = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
    answer = _Answer()
    await app({**scope, "headers": plain}, receive, answer.take)
    if answer.start["status"] == status.HTTP_200_OK:
        answer.body = await _offered(answer.body, asked["dag_id"], Request(scope))
    await answer.give(send)


@dataclass(slots=True)
class _Answer:
    """An answer that is held back until it is whole."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def give(self, send: Send) -> None:
        headers = [each for each in self.start["headers"] if each[0] != b"content-length"]
        headers.append((b"content-length", str(len(self.body)).encode()))
        await send({**self.start, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


async def _offered(body: bytes, dag_id: str, request: Request) -> bytes:
    """Return the details with the choices; as they are, where there are none or something fails."""
    details = json.loads(body)
    param = (details.get("params") or {}).get(_PARAM)
    if param is None:
        return body
    try:
        user = await get_user(request, None, await bearer_scheme(request))
        found = await run_in_threadpool(_recent, dag_id, user)
    except (HTTPException, ImpexError):
        return body
    if not found:
        return body
    told = {str(each.id): f"{each.package_name}, {each.size_bytes:,} bytes" for each in found}
    param["schema"] |= {"enum": [None, *told], "values_display": {"null": _INBOX, **told}}
    return json.dumps(details).encode()


def _recent(dag_id: str, user: BaseUser) -> Sequence[Upload]:
    """Return what a person has uploaded for a group that they may run, the newest first."""
    group = group_of(dag_id)
    if not startable(user, {dag_id: group}):
        return ()
    with resources() as opened:
        return recent_uploads(opened, group, user.get_name(), RECENT)
