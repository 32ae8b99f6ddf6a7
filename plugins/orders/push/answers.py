"""What a sender is told."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from orders.services.take_in import Taken
from orders.storage.inbox import Receipt


class Event(BaseModel):
    """What became of one event of a message."""

    event: str = Field(description="Number of the event, if the sender numbers them.")
    answer: Receipt = Field(description="`accepted`, `duplicate` or `conflict`.")
    number: int = Field(description="Of the event here; tell it where you ask about it.")


class Answer(BaseModel):
    """What became of a message."""

    answer: str = Field(description="`accepted`, `duplicate` or `ignored`.")
    events: list[Event] = Field(description="What became of each of its events, in its order.")


class Fault(BaseModel):
    """Why a message was not taken."""

    error: str = Field(description="A code for programs.")
    message: str = Field(description="A sentence for people.")
    where: str = Field(description="Where in the message, as a JSON path or a line; may be empty.")
    events: list[Event] = Field(
        default=[], description="With `conflict`: what became of each event."
    )


def answer_to(taken: Sequence[Taken]) -> JSONResponse:
    """Return the answer to a message that was read."""
    events = [Event(event=t.event_id, answer=t.receipt, number=t.number) for t in taken]
    receipts = {event.answer for event in events}
    if not events:
        return JSONResponse(Answer(answer="ignored", events=[]).model_dump())
    if Receipt.ACCEPTED in receipts:
        answer = Answer(answer=Receipt.ACCEPTED, events=events)
        return JSONResponse(answer.model_dump(mode="json"), 202)
    if Receipt.CONFLICT in receipts:
        message = "An event of this number came before and said something else; that one counts."
        fault = Fault(error="conflict", message=message, where="", events=events)
        return JSONResponse(fault.model_dump(mode="json"), 409)
    answer = Answer(answer=Receipt.DUPLICATE, events=events)
    return JSONResponse(answer.model_dump(mode="json"))


def refusal(status: int, error: str, message: str, where: str = "") -> JSONResponse:
    """Return the answer to a message that was not taken."""
    content = Fault(error=error, message=message, where=where).model_dump(exclude={"events"})
    return JSONResponse(content, status)


def parting(answer: JSONResponse) -> JSONResponse:
    """Let the connection be closed behind an answer: what else comes is not read."""
    answer.headers["Connection"] = "close"
    return answer


def described() -> dict[int | str, dict[str, Any]]:
    """Return the answers for OpenAPI."""
    faults = {
        400: "The message cannot be read, or says what cannot be",
        401: "It is not signed by who may send it, or not just now",
        404: "There is no such feed",
        408: "It came too slowly",
        409: "Its event came before and said something else; both are kept",
        413: "It is too long",
        429: "Too many messages came; Retry-After says when to go on",
        500: "We made a mistake",
        503: "The database does not answer; send it again",
    }
    return {
        200: {"model": Answer, "description": "It came before, or nobody wants to hear it"},
        202: {"model": Answer, "description": "It is kept, and will be applied"},
        **{status: {"model": Fault, "description": text} for status, text in faults.items()},
    }
