"""Loads orders for the machine, and writes back what it did to them.

Everything goes to the database in sets: one statement for each table, whatever the number of
orders, its rows as one JSON document.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection

from impex.domain.errors import DataError
from impex.storage.named_queries import queries
from orders.domain.moments import Moment
from orders.domain.order import Delivery, Line, Order, Parcel
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment
from orders.domain.tracking import TrackingStatus
from orders.storage.order_rows import writes

_SQL = queries("orders", "orders.storage")


def lock_orders(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Lock orders until the end of the transaction, in the order of their ids.

    Returns:
        The ids of those that exist.
    """
    return [id_ for (id_,) in connection.execute(_SQL["lock"], {"ids": list(ids)})]


def find_order(connection: Connection, number: str) -> int:
    """Return the id of the order with this number, or with a delivery or parcel of this number.

    Raises:
        DataError: There is none.
    """
    row = connection.execute(_SQL["find"], {"number": number}).fetchone()
    if row is None:
        raise DataError(f"there is no order, delivery or parcel {number}")
    order_id: int = row[0]
    return order_id


def load_orders(connection: Connection, ids: Sequence[int]) -> dict[int, Order]:
    """Load orders that are locked; by id."""
    rows = connection.execute(_SQL["load"], {"ids": list(ids)})
    return {row[0]: _order(row) for row in rows}


def save_orders(connection: Connection, orders: Iterable[Order]) -> None:
    """Write what was done to orders: states, data, history, flags, and stock last.

    Stock is what most orders have in common; it is locked for as short a time as possible. In a
    pipeline of the connection, the database works on one statement while the next is made ready.
    """
    for name, rows in writes(list(orders)):
        if rows:
            connection.execute(_SQL[name], {"rows": json.dumps(rows, default=str)})


def _order(row: Sequence[Any]) -> Order:
    id_, number, status, payment, total, captured, refunded, flags, as_of, deliveries = row
    return Order(
        id_,
        number,
        OrderStatus(status),
        Payment(payment),
        total,
        captured,
        refunded,
        flags,
        as_of=_moments(as_of),
        deliveries=[_delivery(delivery) for delivery in deliveries or ()],
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    id_, number, supplier, group, status, available_on, lines, parcels = row
    return Delivery(
        id_,
        number,
        supplier,
        DeliveryGroup(group),
        DeliveryStatus(status),
        date.fromisoformat(available_on) if available_on else None,
        [_line(line) for line in lines or ()],
        {parcel[0]: _parcel(parcel) for parcel in parcels or ()},
    )


def _line(row: Sequence[Any]) -> Line:
    id_, reference, sku, quantity, shipped, rejected, as_of = row
    quantities = Decimal(quantity), Decimal(shipped), Decimal(rejected)
    return Line(id_, reference, sku, *quantities, as_of=_moments(as_of))


def _parcel(row: Sequence[Any]) -> Parcel:
    number, carrier, status, at, told = row
    said_at = datetime.fromisoformat(at) if at else None
    return Parcel(number, carrier, TrackingStatus(status), said_at, set(told))


def _moments(stored: Mapping[str, Sequence[Any]]) -> dict[str, Moment]:
    return {
        name: Moment(datetime.fromisoformat(at), feed, sequence)
        for name, (at, feed, sequence) in stored.items()
    }
