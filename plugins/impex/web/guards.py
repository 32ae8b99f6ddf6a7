"""What every app of pages guards against: changes that other sites ask for, and what browsers run."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

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
