"""What time does to orders: dates come, stock arrives, patience ends."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.firing import fire
from orders.domain.order import Cause, Delivery
from orders.domain.progress import proceed_with_all
from orders.domain.states import DeliveryStatus
from orders.domain.stock import Stock, lacking, needs_of, take
from orders.storage import inbox, placing
from orders.storage.orders import load_orders, save_orders

BATCH: Final = 500

_WAITING: Final = frozenset({DeliveryStatus.AWAITING_ALLOCATION, DeliveryStatus.AWAITING_INVENTORY})


@dataclass(slots=True)
class Swept:
    """What a sweep has done.

    Attributes:
        dated: Deliveries whose date has come.
        allocated: Deliveries that stock was found for.
        given_up: Events that have waited too long.
    """

    dated: int = 0
    allocated: int = 0
    given_up: int = 0


def sweep(database: Database, today: date, cause: Cause) -> Swept:
    """Move what only waits for a date or for stock, first come, first served.

    Args:
        database: Where the orders are.
        today: The date of business.
        cause: What goes into the history.
    """
    swept, past = Swept(), 0
    with database.transaction() as connection:
        swept.given_up = inbox.give_up(connection)
    while True:
        with database.transaction() as connection:
            waiting = placing.lock_waiting_deliveries(
                connection, past=past, today=today, limit=BATCH
            )
            if not waiting:
                return swept
            _move(connection, waiting, cause, swept)
        past = waiting[-1][1]


def _move(
    connection: Connection, waiting: list[tuple[int, int]], cause: Cause, swept: Swept
) -> None:
    orders = load_orders(connection, sorted({order for order, _ in waiting}))
    deliveries = {d.id: d for order in orders.values() for d in order.deliveries}
    meant = [(orders[order], deliveries[delivery]) for order, delivery in waiting]
    stock = placing.lock_stock(connection, needs_of(d for _, d in meant), reserved=True)
    moved = []
    for order, delivery in meant:
        if delivery.status is DeliveryStatus.AWAITING_DATE:
            swept.dated += not fire(order, delivery, "date_reached", cause)
        if delivery.status in _WAITING and _take(delivery, stock):
            swept.allocated += not fire(order, delivery, "allocate", cause)
        if order.facts:
            moved.append(order)
    for order in moved:
        proceed_with_all(order, cause)
    save_orders(connection, {order.id: order for order in moved}.values())
    inbox.wake(connection, [order.id for order in moved])


def _take(delivery: Delivery, stock: Stock) -> bool:
    """Take what a delivery needs from stock, all or nothing; tell whether there was enough."""
    needs = needs_of([delivery])
    if lacking(needs, stock):
        return False
    take(needs, stock)
    return True
