"""What became of flags: what waits, what nobody takes, what failed."""

from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from impex.orchestration.wiring import own_database
from orders.domain.export_item import ItemState
from orders.domain.order import Cause
from orders.storage import export_items
from orders.storage.export_items import REOPENED
from orders.web.pages import (
    EXPORTING,
    LISTED,
    READING_EXPORTS,
    Chosen,
    Done,
    Past,
    run_exports,
    show_list,
    told,
)

router = APIRouter()

_WHAT = "flags"


@router.get("/exports", response_class=HTMLResponse, dependencies=[Depends(READING_EXPORTS)])
def show_exports(
    request: Request, state: Annotated[ItemState, Query()] = ItemState.UNMATCHED, past: Past = 0
) -> HTMLResponse:
    """Show how many flags are in which state, and those in one of them."""
    with own_database() as database, database.transaction() as connection:
        counts = export_items.balance(connection, None)
        rows = export_items.listed(connection, [state], LISTED, past)
    return show_list(
        request,
        "exports.html",
        rows,
        state=state,
        states=list(ItemState),
        counts=counts,
        reopens=state in REOPENED,
    )


@router.post("/api/exports/rematch", dependencies=[Depends(EXPORTING)])
def rematch(chosen: Chosen, user: GetUserDep) -> Done:
    """Let flags wait for an exporter again."""
    found = _reopen(chosen, ItemState.WAITING, user.get_name())
    if found:
        run_exports(user.get_name())
    return told(found, chosen.ids, "Waiting again", _WHAT)


@router.post("/api/exports/drop", dependencies=[Depends(EXPORTING)])
def drop(chosen: Chosen, user: GetUserDep) -> Done:
    """Let flags never be exported."""
    return told(_reopen(chosen, ItemState.DISCARDED, user.get_name()), chosen.ids, "Dropped", _WHAT)


def _reopen(chosen: Chosen, state: ItemState, person: str) -> list[int]:
    cause = Cause(person, reason=chosen.reason)
    with own_database() as database, database.transaction() as connection:
        return export_items.reopen(connection, chosen.ids, state, cause)
