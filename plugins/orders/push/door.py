"""One feed's door: who may come in, with how much, how often."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from impex.domain.errors import ConfigError, TransientError
from orders.domain.feed import Feed, Push
from orders.messages.refusal import RefusedMessageError
from orders.push.answers import answer_to, parting, refusal
from orders.push.desk import Desk
from orders.push.keys import keys_of
from orders.push.rate import Bucket
from orders.push.signatures import signature_fault
from orders.services.take_in import Message

BODY_TIMEOUT_S: Final = 10
"""For how many seconds the body of a message may come."""

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


class _TooLongError(Exception):
    """A message has more bytes than its feed takes."""


def wall_clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Door:
    """Takes the messages of one feed."""

    def __init__(
        self,
        feed: Feed,
        push: Push,
        environment: Mapping[str, str],
        desk: Desk,
        clock: Clock = wall_clock,
    ) -> None:
        """Know the keys of the sender.

        Raises:
            ConfigError: They are not known here.
        """
        self._feed = feed
        self._push = push
        self._keys = keys_of(push, environment)
        self._desk = desk
        self._clock = clock
        self._bucket = Bucket(push.per_minute, time.monotonic)

    async def receive(self, request: Request) -> JSONResponse:
        """Take a message; answer what became of it."""
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _body(request, self._push.size_bytes)
        except _TooLongError:
            message = f"The message has more than {self._push.size_bytes} bytes."
            return parting(refusal(413, "too_long", message))
        except TimeoutError:
            message = f"The message did not arrive within {BODY_TIMEOUT_S} seconds."
            return parting(refusal(408, "too_slow", message))
        except ClientDisconnect:
            return refusal(400, "incomplete", "The message is not whole.")
        return self._turned_away(request, body) or await self._taken(body)

    def _turned_away(self, request: Request, body: bytes) -> JSONResponse | None:
        """Return the answer to who may not come in."""
        fault = signature_fault(
            self._push.signature, self._keys, request.headers, body, self._clock()
        )
        if fault:
            return refusal(401, "not_signed", fault)
        # Only now: a stranger must not use up what the sender may send.
        wait_s = self._bucket.take()
        if wait_s:
            answer = refusal(429, "too_many", "Too many messages came; wait and go on.")
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        return None

    async def _taken(self, body: bytes) -> JSONResponse:
        try:
            taken = await self._desk.take_in(Message(self._feed, body, self._clock()))
        except RefusedMessageError as fault:
            return refusal(400, "unreadable", fault.what, fault.where)
        except (TransientError, ConfigError) as fault:
            log.warning(
                "the inbox does not answer", feed=self._feed.name, fault=type(fault).__name__
            )
            message = "The message may not be kept. Send it again later; it counts once."
            answer = refusal(503, "unavailable", message)
            answer.headers["Retry-After"] = "5"
            return answer
        return answer_to(taken)


async def _body(request: Request, limit: int) -> bytes:
    """Read the body of a request, and no more than may be in it.

    Raises:
        _TooLongError: It has more.
        ClientDisconnect: The sender went away.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(limit)) + 1 or int(declared) > limit):
        raise _TooLongError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _TooLongError
    return bytes(body)
