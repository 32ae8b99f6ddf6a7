"""Who may do what on a page, and from where: Airflow's login, its permissions, the same origin."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import HTTPException, Request, status

_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer: a page loads nothing from elsewhere, runs no script of its own text, and is shown
in pages of the same origin only."""

Guard = Callable[..., Any]


def same_origin(request: Request) -> None:
    """Refuse changes that a page of another site asks for; Airflow has no token against them.

    Browsers tell where a request comes from and let no page lie about it (Fetch Metadata, W3C; RFC
    6454). What tells nothing is a program, which must bring its own token.
    """
    if request.method in _CHANGES_NOTHING:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        foreign = "authorization" not in request.headers
    else:
        foreign = site not in {None, "same-origin"} or not _is_ours(origin, request)
    if foreign:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This comes from another site.")


def _is_ours(origin: str | None, request: Request) -> bool:
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


READING: Final = requires_access_dag("GET", DagAccessEntity.RUN)
"""May look at runs of the DAG that the path names as ``dag_id``."""

RUNNING: Final = requires_access_dag("POST", DagAccessEntity.RUN)
"""May start runs of the DAG that the path names as ``dag_id``."""


def readable(user: BaseUser, dag_ids: set[str]) -> set[str]:
    """Return those of some DAGs whose runs a person may look at."""
    return _permitted(user, "GET", dag_ids)


def startable(user: BaseUser, dag_ids: set[str]) -> set[str]:
    """Return those of some DAGs of which a person may start runs."""
    return _permitted(user, "POST", dag_ids)


def _permitted(user: BaseUser, method: Literal["GET", "POST"], dag_ids: set[str]) -> set[str]:
    manager = get_auth_manager()
    return {
        dag_id
        for dag_id in dag_ids
        if manager.is_authorized_dag(
            method=method,
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id),
            user=user,
        )
    }


class SafeHeaders:
    """Puts ``HEADERS`` on every answer of an ASGI app."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        """Stand around an app."""
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the app answer."""

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), text.encode()) for name, text in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *ours]}
            await send(message)

        await self._app(scope, receive, sending)
