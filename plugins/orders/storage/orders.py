"""Loads orders for the machine, and writes back what it did to them.

Everything goes to the database in sets: one statement for each table, whatever the number of
orders, its rows as one JSON document.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import Connection

from impex.storage.named_queries import queries
from orders.domain.moments import Moment
from orders.domain.order import Delivery, Line, Order, Parcel
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment
from orders.domain.tracking import TrackingStatus

_SQL = queries("orders", "orders.storage")
_Row = dict[str, Any]


def lock_orders(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Lock orders until the end of the transaction, in the order of their ids.

    Returns:
        The ids of those that exist.
    """
    return [id_ for (id_,) in connection.execute(_SQL["lock"], {"ids": list(ids)})]


def find_order(connection: Connection, number: str) -> int | None:
    """Return the id of the order with this number, or with a delivery or parcel of this number."""
    row = connection.execute(_SQL["find"], {"number": number}).fetchone()
    return row[0] if row else None


def load_orders(connection: Connection, ids: Sequence[int]) -> dict[int, Order]:
    """Load orders that are locked; by id."""
    rows = connection.execute(_SQL["load"], {"ids": list(ids)})
    return {row[0]: _order(row) for row in rows}


def save_orders(connection: Connection, orders: Iterable[Order]) -> None:
    """Write what was done to orders: states, data, history, flags, and stock last.

    Stock is what most orders have in common; it is locked for as short a time as possible. In a
    pipeline of the connection, the database works on one statement while the next is made ready.
    """
    for name, rows in _writes(list(orders)):
        if rows:
            connection.execute(_SQL[name], {"rows": json.dumps(rows, default=str)})


def _writes(orders: Sequence[Order]) -> Iterator[tuple[LiteralString, list[_Row]]]:
    """Yield the statements with their rows, in the order of execution."""
    deliveries = [delivery for order in orders for delivery in order.deliveries]
    moved = {fact.delivery.id for order in orders for fact in order.facts if fact.delivery}
    parcels = [(d, parcel) for d in deliveries for parcel in d.parcels.values() if parcel.scans]
    moved.update(delivery.id for delivery, _ in parcels)
    lines = [line for delivery in deliveries for line in delivery.lines if line.touched]
    facts = [(order, fact) for order in orders for fact in order.facts]
    movements = [movement for order in orders for movement in order.movements]
    yield "save_orders", [_order_row(order) for order in orders if _is_to_be_saved(order)]
    yield "save_deliveries", [_delivery_row(d) for d in deliveries if d.id in moved]
    yield "save_lines", [_line_row(line) for line in lines]
    yield "save_parcels", [_parcel_row(delivery, parcel) for delivery, parcel in parcels]
    yield "insert_scans", [row for d, parcel in parcels for row in _scan_rows(d, parcel)]
    yield (
        "insert_history",
        [
            {
                "order_id": order.id,
                "delivery_id": fact.delivery and fact.delivery.id,
                "machine": fact.move.machine,
                "trigger": fact.move.trigger,
                "source": fact.move.source,
                "dest": fact.move.dest,
                "actor": fact.cause.actor,
                "event_id": fact.cause.event,
                "run": fact.cause.run,
                "reason": fact.cause.reason,
            }
            for order, fact in facts
        ],
    )
    yield (
        "insert_flags",
        [
            {
                "order_id": order.id,
                "seq": raised.seq,
                "delivery_id": raised.delivery and raised.delivery.id,
                "flag": raised.flag,
            }
            for order in orders
            for raised in order.raised
        ],
    )
    moves = [
        {
            "line_id": movement.line.id,
            "kind": movement.kind,
            "supplier": movement.supplier,
            "sku": movement.line.sku,
            "on_hand": movement.on_hand,
            "reserved": movement.reserved,
        }
        for movement in movements
    ]
    yield "insert_movements", moves
    yield "move_stock", moves


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


def _is_to_be_saved(order: Order) -> bool:
    return order.touched or bool(order.raised) or any(f.delivery is None for f in order.facts)


def _order_row(order: Order) -> _Row:
    return {
        "id": order.id,
        "status": order.status,
        "captured": order.captured,
        "refunded": order.refunded,
        "flags": order.flags,
        "said": order.said,
        "as_of": _as_json(order.as_of),
    }


def _delivery_row(delivery: Delivery) -> _Row:
    return {
        "id": delivery.id,
        "status": delivery.status,
        "tracking_status": delivery.tracking_status,
    }


def _line_row(line: Line) -> _Row:
    return {
        "id": line.id,
        "shipped": line.shipped,
        "rejected": line.rejected,
        "as_of": _as_json(line.as_of),
        **line.said,
    }


def _parcel_row(delivery: Delivery, parcel: Parcel) -> _Row:
    return {
        "delivery_id": delivery.id,
        "number": parcel.number,
        "carrier": parcel.carrier,
        "status": parcel.status,
        "at": parcel.at and parcel.at.isoformat(),
        "told": sorted(parcel.told),
    }


def _scan_rows(delivery: Delivery, parcel: Parcel) -> Iterator[_Row]:
    for event, scan in parcel.scans:
        yield {
            "delivery_id": delivery.id,
            "number": parcel.number,
            "at": scan.at.isoformat(),
            "status": scan.status,
            "message": scan.message,
            "place": scan.place,
            "event_id": event,
        }


def _moments(stored: Mapping[str, Sequence[Any]]) -> dict[str, Moment]:
    return {
        name: Moment(datetime.fromisoformat(at), feed, sequence)
        for name, (at, feed, sequence) in stored.items()
    }


def _as_json(moments: Mapping[str, Moment]) -> dict[str, list[Any]]:
    return {
        name: [moment.at.isoformat(), moment.feed, moment.sequence]
        for name, moment in moments.items()
    }
