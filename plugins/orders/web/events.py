"""What feeds have said: events that wait for something, that are dead, that contradict others."""

from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Query, Request, status
from fastapi.responses import HTMLResponse

from impex.orchestration.wiring import own_database
from orders.domain.verdict import EventState
from orders.storage import inbox, story
from orders.web.pages import (
    LISTED,
    MOVING_ORDERS,
    PAGES,
    READING_ORDERS,
    Chosen,
    Done,
    Number,
    Past,
    show_list,
    told,
)

router = APIRouter()


@router.get("/events", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)])
def show_events(
    request: Request, state: Annotated[EventState, Query()] = EventState.DEAD, past: Past = 0
) -> HTMLResponse:
    """Show how many events are in which state, and those in one of them."""
    with own_database() as database, database.transaction() as connection:
        counts = list(inbox.counts(connection))
        rows = story.events_in(connection, [state], LISTED, past)
    return show_list(request, "events.html", rows, state=state, counts=counts)


@router.get(
    "/events/conflicts", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)]
)
def show_conflicts(request: Request, past: Past = 0) -> HTMLResponse:
    """Show what came under the number of an event and says something else."""
    with own_database() as database, database.transaction() as connection:
        rows = story.conflicts(connection, LISTED, past)
    return show_list(request, "conflicts.html", rows)


@router.get("/events/refusals", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)])
def show_refusals(request: Request, past: Past = 0) -> HTMLResponse:
    """Show what could not be read at all."""
    with own_database() as database, database.transaction() as connection:
        rows = story.refusals(connection, LISTED, past)
    return show_list(request, "refusals.html", rows)


@router.get("/events/{event}", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)])
def show_event(request: Request, event: Number) -> HTMLResponse:
    """Show what an event says, and what became of it."""
    with own_database() as database, database.transaction() as connection:
        found = story.event(connection, event)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no event {event}.")
    return PAGES.show(request, "event.html", event=found)


@router.post("/api/events/replay", dependencies=[Depends(MOVING_ORDERS)])
def replay(chosen: Chosen, user: GetUserDep) -> Done:
    """Let dead events wait again; the feeds apply them at once."""
    with own_database() as database, database.transaction() as connection:
        found = inbox.replay(connection, chosen.ids, f"{user.get_name()}: {chosen.reason}")
    return told(found, chosen.ids, "Waiting again", "events")
