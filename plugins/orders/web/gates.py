"""Approvals: what waits for a person, what would be sent, and the decision."""

from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Request, status
from fastapi.responses import HTMLResponse

from impex.orchestration.wiring import own_database, resources
from impex.services.resources import Resources
from impex.web.runs import look_again
from orders.config import exporters_directory
from orders.domain.order import Cause
from orders.orchestration.settings import GATE_LABEL
from orders.services.approve import decide
from orders.services.chain import Chain
from orders.services.open_chain import open_chain, view_chain
from orders.storage import export_items, gates
from orders.storage.gates import Decision
from orders.web.pages import (
    DECIDING,
    LISTED,
    PAGES,
    READING_EXPORTS,
    Done,
    Number,
    Past,
    Why,
    run_exports,
    show_list,
)

router = APIRouter()


@router.get("/gates", response_class=HTMLResponse, dependencies=[Depends(READING_EXPORTS)])
def show_gates(request: Request, past: Past = 0) -> HTMLResponse:
    """Show what waits for a decision, the oldest first."""
    with own_database() as database, database.transaction() as connection:
        rows = gates.open_gates(connection, LISTED, past)
    return show_list(request, "gates.html", rows)


@router.get("/api/gates", dependencies=[Depends(READING_EXPORTS)])
def tell_gates(past: Past = 0) -> list[dict[str, Any]]:
    """Tell the same to a program."""
    with own_database() as database, database.transaction() as connection:
        return gates.open_gates(connection, LISTED, past)


@router.get("/gates/{gate}", response_class=HTMLResponse, dependencies=[Depends(DECIDING)])
def show_gate(request: Request, gate: Number) -> HTMLResponse:
    """Show what waits at a gate and what would be sent, or what was decided."""
    with resources() as opened:
        chain = view_chain(exporters_directory(), opened.user_files)
        with opened.database.transaction() as connection:
            found = gates.gate(connection, gate)
            if found is None:
                raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no gate {gate}.")
            rows = gates.at_gate(connection, gate, LISTED)
            exporter = chain.exporter(found.exporter)
            items = export_items.items_at_gate(connection, gate)
            written = chain.write(connection, exporter, items)[0] if exporter else []
    values: dict[str, Any] = {"number": gate, "gate": found, "rows": rows}
    bodies = [content.body for _, content in written[:LISTED]]
    return PAGES.show(
        request, "gate.html", bodies=bodies, more=len(written) - len(bodies), **values
    )


@router.post("/api/gates/{gate}/approve", dependencies=[Depends(DECIDING)])
def approve(gate: Number, why: Why, user: GetUserDep) -> Done:
    """Approve what waits at a gate; the first decision counts."""
    return _decide(gate, Decision.APPROVED, Cause(user.get_name(), reason=why.reason))


@router.post("/api/gates/{gate}/reject", dependencies=[Depends(DECIDING)])
def reject(gate: Number, why: Why, user: GetUserDep) -> Done:
    """Reject what waits at a gate; the first decision counts."""
    return _decide(gate, Decision.REJECTED, Cause(user.get_name(), reason=why.reason))


def _decide(number: int, decision: Decision, cause: Cause) -> Done:
    with resources() as opened:
        found = decide(opened.database, _chain(opened, cause.actor), number, decision, cause)
    run_exports(cause.actor)
    look_again(found.asked_by, GATE_LABEL.format(number))
    return Done(told=f"Gate {number} was {found.decision} by {found.actor}.")


def _chain(opened: Resources, person: str) -> Chain:
    run = f"{person} on a page"
    return open_chain(opened.database, exporters_directory(), opened.user_files, run)
