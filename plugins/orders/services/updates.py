"""Applies what feeds say of orders: delivery updates, order by order."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from psycopg import Connection

from orders.domain.moments import in_order
from orders.domain.order import Cause, Order
from orders.domain.progress import apply_update, fire_asked
from orders.domain.update import DeliveryUpdate
from orders.domain.verdict import EventState, Verdict
from orders.storage import inbox
from orders.storage.inbox import Event
from orders.storage.orders import load_orders, lock_orders, save_orders

Update = Event[DeliveryUpdate]


class Orders:
    """Orders, and what is said of them."""

    def claim(self, connection: Connection, *, past: int, events: int) -> list[int]:
        """Lock some orders that events wait for."""
        return inbox.claim_orders(connection, past=past, events=events)

    def lock(self, connection: Connection, number: int) -> None:
        """Lock an order."""
        lock_orders(connection, [number])

    def events(self, connection: Connection, numbers: Sequence[int]) -> list[Update]:
        """Return what is not settled of locked orders."""
        return inbox.waiting_events(connection, numbers)

    def apply(
        self, connection: Connection, events: Sequence[Update], run: str
    ) -> list[tuple[Update, Verdict]]:
        """Apply events to their orders, which are locked, and mark them."""
        orders = load_orders(connection, sorted({event.about for event in events}))
        settled: list[tuple[Update, Verdict]] = []
        for order_id, group in groupby(events, attrgetter("about")):
            settled.extend(apply_events(orders[order_id], list(group), run))
        # While the database marks the events, what was done to the orders is made ready.
        with connection.pipeline():
            inbox.settle(connection, settled)
            save_orders(connection, orders.values())
        return settled


def apply_events(order: Order, events: Sequence[Update], run: str) -> list[tuple[Update, Verdict]]:
    """Apply the events of one order in their order; what is parked has a chance after each.

    Returns:
        What became of each.
    """
    settled: dict[int, tuple[Update, Verdict]] = {}
    waiting = in_order(events, attrgetter("moment"))
    while waiting:
        parked: list[Update] = []
        moves = len(order.facts)
        for event in waiting:
            verdict = _apply_one(order, event, settled.get(event.id, (event, None))[1], run)
            settled[event.id] = event, verdict
            if verdict.state is EventState.PARKED:
                parked.append(event)
        waiting = parked if len(order.facts) > moves else []
    return list(settled.values())


def _apply_one(order: Order, event: Update, before: Verdict | None, run: str) -> Verdict:
    cause = Cause(f"feed {event.feed}", event.id, run)
    if event.said is None:
        return Verdict(EventState.DEAD, "its payload cannot be read", merged=False)
    if before is None and not event.merged:
        return apply_update(order, event.said, event.moment, cause)
    verdict = Verdict(issues=before.issues if before else event.issues)
    fire_asked(order, event.said, cause, verdict)
    return verdict
