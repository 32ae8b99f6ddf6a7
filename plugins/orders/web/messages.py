"""What others are told: messages that fail, that may have arrived, that nobody has acknowledged."""

from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Query, Request, status
from fastapi.responses import HTMLResponse

from impex.orchestration.wiring import own_database
from orders.domain.order import Cause
from orders.domain.outbox import DECIDABLE, MessageState
from orders.services.messages import decide_messages
from orders.storage import outbox
from orders.web.pages import (
    DECIDING,
    EXPORTING,
    LISTED,
    PAGES,
    READING_EXPORTS,
    Chosen,
    Done,
    Number,
    Past,
    run_exports,
    show_list,
    told,
)

router = APIRouter()

_WHAT = "messages"


@router.get("/messages", response_class=HTMLResponse, dependencies=[Depends(READING_EXPORTS)])
def show_messages(
    request: Request,
    state: Annotated[MessageState, Query()] = MessageState.UNCERTAIN,
    past: Past = 0,
) -> HTMLResponse:
    """Show how many messages are in which state, and those in one of them."""
    with own_database() as database, database.transaction() as connection:
        counts, circuits = outbox.counts(connection), outbox.circuits(connection)
        rows = outbox.messages_in(connection, [state], LISTED, past)
    actions = [to.value for to, sources in DECIDABLE.items() if state in sources]
    values = {"state": state, "counts": counts, "circuits": circuits, "actions": actions}
    return show_list(request, "messages.html", rows, **values)


@router.get(
    "/messages/unacknowledged", response_class=HTMLResponse, dependencies=[Depends(READING_EXPORTS)]
)
def show_unacknowledged(request: Request, past: Past = 0) -> HTMLResponse:
    """Show what was sent and not acknowledged in time."""
    with own_database() as database, database.transaction() as connection:
        rows = outbox.unacknowledged(connection, LISTED, past)
    return show_list(request, "unacknowledged.html", rows)


@router.get("/messages/{message}", response_class=HTMLResponse, dependencies=[Depends(DECIDING)])
def show_message(request: Request, message: Number) -> HTMLResponse:
    """Show a message, with what it says, and what became of it."""
    with own_database() as database, database.transaction() as connection:
        found = outbox.message(connection, message)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no message {message}.")
    return PAGES.show(request, "message.html", message=found)


@router.post("/api/messages/resend", dependencies=[Depends(EXPORTING)])
def resend(chosen: Chosen, user: GetUserDep) -> Done:
    """Let messages be sent once more."""
    found = _decide(chosen, MessageState.PENDING, user.get_name())
    if found:
        run_exports(user.get_name())
    return told(found, chosen.ids, "To be sent again", _WHAT)


@router.post("/api/messages/discard", dependencies=[Depends(EXPORTING)])
def discard(chosen: Chosen, user: GetUserDep) -> Done:
    """Let messages never be sent."""
    found = _decide(chosen, MessageState.DISCARDED, user.get_name())
    return told(found, chosen.ids, "Discarded", _WHAT)


@router.post("/api/messages/confirm", dependencies=[Depends(EXPORTING)])
def confirm(chosen: Chosen, user: GetUserDep) -> Done:
    """Note that messages have arrived."""
    found = _decide(chosen, MessageState.SENT, user.get_name())
    if found:
        run_exports(user.get_name())
    return told(found, chosen.ids, "Noted as sent", _WHAT)


def _decide(chosen: Chosen, state: MessageState, person: str) -> list[int]:
    with own_database() as database:
        cause = Cause(person, reason=chosen.reason)
        return decide_messages(database, chosen.ids, state, cause)
