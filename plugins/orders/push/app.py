"""The web service: routes, and what happens where nothing else is said."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import structlog
from fastapi import FastAPI, Path, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from impex.domain.errors import ConfigError, TransientError
from impex.storage.connection import Database
from orders.domain.feed import Feed, Push
from orders.push.answers import described, parting, refusal
from orders.push.desk import Desk
from orders.push.door import Clock, Door, wall_clock

log = structlog.get_logger(__name__)

_DESCRIPTION: Final = (
    "Couriers and suppliers tell here what became of orders. Each sender has a feed of its own, "
    "and signs every message: HMAC-SHA256 as Standard Webhooks say, or as EasyPost does."
)
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {}},
            "application/xml": {"schema": {"type": "string"}},
        },
    }
}


def create_app(
    feeds: Mapping[str, Feed | ConfigError],
    environment: Mapping[str, str],
    database: Database,
    clock: Clock = wall_clock,
) -> FastAPI:
    """Build the service.

    Args:
        feeds: By name; those that are not pushed are left out, and those with faults.
        environment: Holds the secrets of the senders.
        database: Where the inbox is.
        clock: Against which times are judged.
    """
    desk = Desk(database)
    doors = _doors(feeds, environment, desk, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Order feeds",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={HTTPException: _on_http_fault},
    )

    @app.post("/feeds/{name}", status_code=202, responses=described(), openapi_extra=_BODY)
    async def push(
        name: Annotated[str, Path(description="Name of the feed.")], request: Request
    ) -> JSONResponse:
        """Push a message of a feed."""
        return await _answer(doors.get(name), name, request)

    @app.get("/health")
    async def health() -> JSONResponse:
        """Tell whether the database answers."""
        return await _health(desk)

    return app


def _doors(
    feeds: Mapping[str, Feed | ConfigError],
    environment: Mapping[str, str],
    desk: Desk,
    clock: Clock,
) -> dict[str, Door]:
    doors = {}
    for name, feed in feeds.items():
        try:
            if isinstance(feed, ConfigError):
                raise feed
            if isinstance(feed.source, Push):
                doors[name] = Door(feed, feed.source, environment, desk, clock)
        except ConfigError as fault:
            log.warning("a feed cannot be pushed", feed=name, fault=str(fault))
    return doors


async def _answer(door: Door | None, name: str, request: Request) -> JSONResponse:
    if door is None:
        return parting(refusal(404, "unknown_feed", "There is no such feed."))
    began = time.perf_counter()
    try:
        answer = await door.receive(request)
    except Exception as fault:  # noqa: BLE001 - a caller gets no trace, and a log no payload
        log.warning("a message failed", feed=name, fault=type(fault).__name__, at=_place(fault))
        answer = refusal(500, "internal", "We made a mistake. Send the message again later.")
    took_ms = round((time.perf_counter() - began) * 1000, 1)
    log.info("message", feed=name, status=answer.status_code, ms=took_ms)
    return answer


async def _health(desk: Desk) -> JSONResponse:
    try:
        await desk.ask()
    except (TransientError, ConfigError):
        return JSONResponse({"database": "does not answer"}, 503)
    return JSONResponse({"database": "answers"})


def _place(fault: Exception) -> str:
    """Return the line of the code where something failed; its text might hold payload."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"


async def _on_http_fault(_: Request, fault: Exception) -> JSONResponse:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    error, message = {
        404: ("not_found", "There is nothing here. Messages go to /feeds/NAME."),
        405: ("wrong_method", "Messages are sent with POST."),
    }.get(status, ("refused", "This cannot be answered."))
    return parting(refusal(status, error, message))
