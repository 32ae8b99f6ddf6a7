"""What was done to orders, as rows of the tables that keep it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString

from orders.domain.moments import Moment
from orders.domain.order import Delivery, Fact, Line, Order, Parcel

Row = dict[str, Any]


def writes(orders: Sequence[Order]) -> Iterator[tuple[LiteralString, list[Row]]]:
    """Yield the statements of ``orders.sql`` with their rows, in the order of execution."""
    deliveries = [delivery for order in orders for delivery in order.deliveries]
    moved = {fact.delivery.id for order in orders for fact in order.facts if fact.delivery}
    parcels = [(d, parcel) for d in deliveries for parcel in d.parcels.values() if parcel.scans]
    moved.update(delivery.id for delivery, _ in parcels)
    lines = [line for delivery in deliveries for line in delivery.lines if line.touched]
    movements = [row for order in orders for row in _movement_rows(order)]
    yield "save_orders", [_order_row(order) for order in orders if _is_to_be_saved(order)]
    yield "save_deliveries", [_delivery_row(d) for d in deliveries if d.id in moved]
    yield "save_lines", [_line_row(line) for line in lines]
    yield "save_parcels", [_parcel_row(delivery, parcel) for delivery, parcel in parcels]
    yield "insert_scans", [row for d, parcel in parcels for row in _scan_rows(d, parcel)]
    yield "insert_history", [_fact_row(o, fact) for o in orders for fact in o.facts]
    yield "insert_flags", [row for order in orders for row in _flag_rows(order)]
    yield "insert_movements", movements
    yield "move_stock", movements


def _is_to_be_saved(order: Order) -> bool:
    return order.touched or bool(order.raised) or any(f.delivery is None for f in order.facts)


def _order_row(order: Order) -> Row:
    return {
        "id": order.id,
        "status": order.status,
        "captured": order.captured,
        "refunded": order.refunded,
        "flags": order.flags,
        "said": order.said,
        "as_of": _as_json(order.as_of),
    }


def _delivery_row(delivery: Delivery) -> Row:
    return {
        "id": delivery.id,
        "status": delivery.status,
        "tracking_status": delivery.tracking_status,
    }


def _line_row(line: Line) -> Row:
    return {
        "id": line.id,
        "shipped": line.shipped,
        "rejected": line.rejected,
        "as_of": _as_json(line.as_of),
        **line.said,
    }


def _parcel_row(delivery: Delivery, parcel: Parcel) -> Row:
    return {
        "delivery_id": delivery.id,
        "number": parcel.number,
        "carrier": parcel.carrier,
        "status": parcel.status,
        "at": parcel.at and parcel.at.isoformat(),
        "told": sorted(parcel.told),
    }


def _scan_rows(delivery: Delivery, parcel: Parcel) -> Iterator[Row]:
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


def _fact_row(order: Order, fact: Fact) -> Row:
    return {
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


def _flag_rows(order: Order) -> Iterator[Row]:
    for raised in order.raised:
        yield {
            "order_id": order.id,
            "seq": raised.seq,
            "delivery_id": raised.delivery and raised.delivery.id,
            "flag": raised.flag,
        }


def _movement_rows(order: Order) -> Iterator[Row]:
    for movement in order.movements:
        yield {
            "line_id": movement.line.id,
            "kind": movement.kind,
            "supplier": movement.supplier,
            "sku": movement.line.sku,
            "on_hand": movement.on_hand,
            "reserved": movement.reserved,
        }


def _as_json(moments: Mapping[str, Moment]) -> dict[str, list[Any]]:
    return {
        name: [moment.at.isoformat(), moment.feed, moment.sequence]
        for name, moment in moments.items()
    }
