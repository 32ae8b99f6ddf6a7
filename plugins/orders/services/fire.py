"""Fires a trigger that a person asks for."""

from decimal import Decimal

from psycopg import Connection

from impex.domain.errors import DataError
from impex.storage.connection import Database
from orders.domain.firing import fire
from orders.domain.moves import TABLES
from orders.domain.order import Cause, Delivery, Order
from orders.domain.progress import proceed_with_all
from orders.domain.states import Machine
from orders.storage import inbox
from orders.storage.orders import find_order, load_orders, lock_orders, save_orders


def fire_by_hand(database: Database, number: str, trigger: str, cause: Cause) -> Order:
    """Fire a trigger of the order or delivery with this number, with the guards of the machine.

    Returns:
        The order, as it is now.

    Raises:
        DataError: There is no such order, or the machine refuses; says why.
    """
    with database.transaction() as connection:
        order = locked_order(connection, number)
        delivery = _delivery(order, number)
        table = TABLES[Machine.DELIVERY if delivery else Machine.ORDER]
        if trigger not in table.triggers:
            known = ", ".join(table.triggers)
            raise DataError(f"{trigger} is no trigger of the {table.machine}; there are {known}")
        reasons = fire(order, delivery, trigger, cause)
        if reasons:
            raise DataError(f"{trigger} is not possible: {'; '.join(reasons)}")
        proceed_with_all(order, cause)
        save_orders(connection, [order])
        inbox.wake(connection, [order.id])
    return order


def note_payment(
    database: Database,
    number: str,
    captured: Decimal | None,
    refunded: Decimal | None,
    cause: Cause,
) -> Order:
    """Note what was paid and paid back in all, and move what waited for it.

    Args:
        database: Where the orders are.
        number: Of the order, or of a delivery or parcel of it.
        captured: What was paid; None leaves it as it is.
        refunded: What was paid back; None leaves it as it is.
        cause: What goes into the history.

    Raises:
        DataError: There is no such order, or more would be paid back than was paid.
    """
    with database.transaction() as connection:
        order = locked_order(connection, number)
        order.captured = order.captured if captured is None else captured
        order.refunded = order.refunded if refunded is None else refunded
        if order.refunded > order.captured:
            raise DataError(f"{order.refunded} cannot be paid back: {order.captured} was paid")
        order.touched = True
        proceed_with_all(order, cause)
        save_orders(connection, [order])
        inbox.wake(connection, [order.id])
    return order


def locked_order(connection: Connection, number: str) -> Order:
    """Lock and load the order that a number belongs to.

    Raises:
        DataError: There is none.
    """
    found = find_order(connection, number)
    lock_orders(connection, [found])
    return load_orders(connection, [found])[found]


def _delivery(order: Order, number: str) -> Delivery | None:
    return next((d for d in order.deliveries if d.number == number), None)
