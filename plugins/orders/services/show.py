"""Explains an order: what it is, how it came there, what is open, and what each next step needs."""

from typing import Any

from psycopg import Connection

from orders.domain.firing import choose
from orders.domain.moves import TABLES
from orders.domain.order import Delivery, Order
from orders.domain.states import Machine
from orders.services.place import shortages, stock_of
from orders.storage.orders import find_order, load_orders
from orders.storage.story import order_story


def explain(connection: Connection, number: str) -> dict[str, Any]:
    """Return the story of the order with this number, or with a delivery or parcel of it.

    Returns:
        The parts of ``orders.storage.story``; ``open`` with what is still to be sent; and
        ``next`` with each trigger that a state knows, and the reasons against it.

    Raises:
        DataError: There is no such order.
    """
    found = find_order(connection, number)
    order = load_orders(connection, [found])[found]
    return {
        **order_story(connection, found),
        "open": _open_lines(order),
        "next": _next_steps(order, None)
        + [step for delivery in order.deliveries for step in _next_steps(order, delivery)],
        "shortages": shortages(order, stock_of(connection, [order])),
    }


def _open_lines(order: Order) -> list[dict[str, Any]]:
    return [
        {"delivery": delivery.number, "line": line.reference, "sku": line.sku, "open": line.open}
        for delivery in order.deliveries
        if not delivery.is_cancelled
        for line in delivery.lines
        if line.open > 0
    ]


def _next_steps(order: Order, delivery: Delivery | None) -> list[dict[str, Any]]:
    subject: Order | Delivery = delivery or order
    table = TABLES[Machine.DELIVERY if delivery else Machine.ORDER]
    steps = []
    for trigger in table.from_state(subject.status):
        move, reasons = choose(order, delivery, trigger)
        dest = move.dest if move else ""
        steps.append(
            {"subject": subject.number, "trigger": trigger, "dest": dest, "against": reasons}
        )
    return steps
