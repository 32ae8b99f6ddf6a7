"""Orders: finding them, what is known of one, and what a person does to it."""

from typing import Annotated, Any, Literal

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from impex.orchestration.wiring import own_database
from orders.domain.order import Cause
from orders.domain.states import OrderStatus
from orders.services.fire import fire_by_hand
from orders.services.holds import hold, release
from orders.services.show import explain
from orders.services.timeline import last_move, timeline
from orders.storage import story
from orders.storage.story import NEWEST, Search
from orders.web.pages import (
    EXPORTING,
    LISTED,
    MOVING_ORDERS,
    PAGES,
    READING_ORDERS,
    Done,
    Why,
    run_exports,
    show_list,
)

router = APIRouter()

OrderNumber = Annotated[str, Path(max_length=200)]


class Firing(Why):
    """Which trigger, as the machine calls it."""

    trigger: Annotated[str, Field(max_length=200)]


def asked(
    number: Annotated[str, Query(max_length=200)] = "",
    status: OrderStatus | Literal[""] = "",
    shop: Annotated[str, Query(max_length=200)] = "",
    *,
    on_hold: bool = False,
    before: Annotated[int, Query(ge=1, le=2**63 - 1)] = NEWEST,
) -> Search:
    """Return which orders are asked for."""
    return Search(number.strip(), status, shop.strip(), on_hold, before)


@router.get("/list", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)])
def find_orders(request: Request, wanted: Annotated[Search, Depends(asked)]) -> HTMLResponse:
    """Show the newest orders, or those that a person looks for."""
    with own_database() as database, database.transaction() as connection:
        rows = story.search(connection, wanted, LISTED)
    return show_list(request, "orders.html", rows, wanted=wanted, statuses=list(OrderStatus))


@router.get(
    "/order/{number:path}", response_class=HTMLResponse, dependencies=[Depends(READING_ORDERS)]
)
def show_order(request: Request, number: OrderNumber) -> HTMLResponse:
    """Show an order, or the one that has a delivery or parcel of this number."""
    with own_database() as database, database.transaction() as connection:
        told = explain(connection, number)
    subjects = [told["order"], *told["deliveries"]]
    causes = {each["number"]: last_move(told, each["number"]) for each in subjects}
    return PAGES.show(request, "order.html", **told, causes=causes, timeline=timeline(told))


@router.get("/api/order/{number:path}", dependencies=[Depends(READING_ORDERS)])
def tell_order(number: OrderNumber) -> dict[str, Any]:
    """Tell the same to a program."""
    with own_database() as database, database.transaction() as connection:
        return explain(connection, number)


@router.post("/api/order/{number:path}/fire", dependencies=[Depends(MOVING_ORDERS)])
def fire(number: OrderNumber, firing: Firing, user: GetUserDep) -> Done:
    """Fire a trigger of the order or delivery of this number, with the guards of the machine."""
    with own_database() as database:
        cause = Cause(user.get_name(), reason=firing.reason)
        order = fire_by_hand(database, number, firing.trigger, cause)
    status = order.status.replace("_", " ")
    return Done(told=f"{number}: {firing.trigger} was fired. The order is {status}.")


@router.post("/api/order/{number:path}/hold", dependencies=[Depends(EXPORTING)])
def put_on_hold(number: OrderNumber, why: Why, user: GetUserDep) -> Done:
    """Export nothing of an order until it is released."""
    with own_database() as database:
        done = hold(database, number, Cause(user.get_name(), reason=why.reason))
    return Done(told=f"{number} is on hold." if done else f"{number} was on hold already.")


@router.post("/api/order/{number:path}/release", dependencies=[Depends(EXPORTING)])
def let_go(number: OrderNumber, why: Why, user: GetUserDep) -> Done:
    """Let the exports of an order go on."""
    person = user.get_name()
    with own_database() as database:
        done = release(database, number, Cause(person, reason=why.reason))
    if done:
        run_exports(person)
    return Done(told=f"{number} was released." if done else f"{number} was not on hold.")
