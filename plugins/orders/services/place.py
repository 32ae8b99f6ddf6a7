"""Places drafts: makes their deliveries, reserves stock, and asks how they are paid."""

from collections.abc import Iterable
from typing import Final

import structlog
from psycopg import Connection

from impex.domain.errors import DataError, TransientError
from impex.storage.connection import Database
from orders.domain.firing import fire
from orders.domain.guards import payment_is_settled
from orders.domain.order import Cause, Delivery, Order
from orders.domain.progress import proceed_with_all
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment
from orders.domain.stock import Stock, lacking, needs_of, take
from orders.storage import inbox, placing
from orders.storage.orders import load_orders, lock_orders, save_orders

BATCH: Final = 500

log = structlog.get_logger(__name__)


def place_drafts(database: Database, cause: Cause, *, tried: bool = True) -> int:
    """Place every draft that stock suffices for; the others stay drafts and are tried again.

    Args:
        database: Where the orders are.
        cause: What goes into the history.
        tried: Whether to try those again that there was no stock for.

    Returns:
        How many were placed.

    Raises:
        DataError: Some cannot be placed for a reason that nobody foresaw; all others were tried.
        TransientError: The database failed.
    """
    placed, past = 0, 0
    failed: list[int] = []
    while True:
        with database.transaction() as connection:
            ids = placing.lock_drafts(connection, past=past, limit=BATCH, tried=tried)
            # Once they have deliveries they count as tried, whatever becomes of them.
            placing.make_deliveries(connection, ids)
        if not ids:
            break
        placed += _place_together(database, ids, cause, failed)
        past = ids[-1]
    if failed:
        raise DataError(f"drafts that cannot be placed: {len(failed)}, such as number {failed[0]}")
    return placed


def _place_together(database: Database, ids: list[int], cause: Cause, failed: list[int]) -> int:
    """Place drafts in one transaction; one by one if that fails, so that each fails for itself."""
    try:
        with database.transaction() as connection:
            return _place(connection, lock_orders(connection, ids), cause)
    except TransientError:
        raise
    except Exception as fault:  # noqa: BLE001 - one draft must not keep others back
        log.warning("drafts failed", orders=len(ids), first=ids[0], fault=type(fault).__name__)
        if len(ids) == 1:
            failed += ids
            return 0
    return sum(_place_together(database, [id_], cause, failed) for id_ in ids)


def _place(connection: Connection, ids: list[int], cause: Cause) -> int:
    orders = load_orders(connection, ids)
    drafts = [order for order in orders.values() if order.status is OrderStatus.DRAFT]
    stock = stock_of(connection, drafts)
    placed = []
    for order in drafts:
        if not shortages(order, stock):
            take(needs_of(_bound_by_stock(order)), stock)
            place(order, cause)
            placed.append(order)
    with connection.pipeline():
        save_orders(connection, placed)
        inbox.wake(connection, [order.id for order in placed])
    return len(placed)


def stock_of(connection: Connection, orders: Iterable[Order]) -> Stock:
    """Lock the stock that orders ask for; return what is not set aside."""
    return placing.lock_stock(connection, needs_of(d for o in orders for d in o.deliveries))


def place(order: Order, cause: Cause) -> None:
    """Reserve stock for an order, place it, and start its payment."""
    for delivery in order.deliveries:
        fire(order, delivery, "reserve", cause)
    fire(order, None, "place", cause)
    fire(order, None, payment_trigger(order), cause)
    proceed_with_all(order, cause)


def payment_trigger(order: Order) -> str:
    """Return what happens next to the payment of an order that is pending."""
    if not payment_is_settled(order):
        return "payment_confirmed" if order.payment is Payment.OFFLINE else "payment_ok"
    return "payment_offline" if order.payment is Payment.OFFLINE else "payment_processing"


def shortages(order: Order, stock: Stock) -> list[str]:
    """Return what stock does not suffice for, as sentences."""
    if order.status is not OrderStatus.DRAFT:
        return []
    return [
        f"{supplier} has {stock.get((supplier, sku), 0)} of {sku}, and {quantity} are ordered"
        for (supplier, sku), quantity in lacking(needs_of(_bound_by_stock(order)), stock).items()
    ]


def _bound_by_stock(order: Order) -> list[Delivery]:
    """Return the deliveries that need stock now; what waits for a date or for stock does not."""
    return [
        delivery
        for delivery in order.deliveries
        if delivery.status is DeliveryStatus.CREATED and delivery.group is DeliveryGroup.STANDARD
    ]
