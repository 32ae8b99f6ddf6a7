"""Fires triggers: the only code that changes a status.

A move and all that follows from it happen to objects in memory; whoever loaded them writes them
back in one transaction, or drops them.
"""

from decimal import Decimal
from typing import Final

from orders.domain.guards import GUARDS, Reasons
from orders.domain.lifecycle import Cascade
from orders.domain.moves import TABLES, Move
from orders.domain.order import (
    ZERO,
    Cause,
    Delivery,
    Fact,
    Line,
    Order,
    RaisedFlag,
    StockKind,
    StockMovement,
)
from orders.domain.states import DeliveryGroup, DeliveryStatus, Machine, OrderStatus

_DELIVERIES = TABLES[Machine.DELIVERY]
_FOLLOWING: Final = {
    Cascade.DISPATCH_DELIVERIES: ("dispatch",),
    Cascade.CANCEL_DELIVERIES: ("cancel",),
    Cascade.RETURN_DELIVERIES: ("return_goods", "cancel"),
}


def fire(order: Order, delivery: Delivery | None, trigger: str, cause: Cause) -> Reasons:
    """Fire a trigger of the order, or of one of its deliveries.

    Args:
        order: Loaded under its lock.
        delivery: One of its deliveries; None fires a trigger of the order itself.
        trigger: Its name.
        cause: What goes into the history.

    Returns:
        Why it was refused; nothing then has changed. Empty when it was done, with all that
        follows from it.
    """
    move, reasons = choose(order, delivery, trigger)
    if move is not None:
        _move(order, delivery, move, cause)
    return reasons


def choose(order: Order, delivery: Delivery | None, trigger: str) -> tuple[Move | None, Reasons]:
    """Return the move that a trigger would make now, or None and the reasons against it."""
    subject: Order | Delivery = delivery or order
    table = TABLES[Machine.DELIVERY if delivery else Machine.ORDER]
    moves = table.moves(subject.status, trigger)
    if not moves:
        known = ", ".join(table.from_state(subject.status)) or "nothing"
        return None, [f"{subject.number} is {subject.status}, from where {known} is possible"]
    refusals = []
    for move in moves:
        reasons = [reason for name in move.guards for reason in GUARDS[name](order, delivery)]
        if not reasons:
            return move, []
        refusals.append(reasons)
    return None, min(refusals, key=len)


def _move(order: Order, delivery: Delivery | None, move: Move, cause: Cause) -> None:
    order.facts.append(Fact(move, delivery, cause))
    if delivery is None:
        order.status = OrderStatus(move.dest)
    else:
        _move_stock(order, delivery, move)
        delivery.status = DeliveryStatus(move.dest)
    if move.raises_flag:
        order.flags += 1
        order.raised.append(RaisedFlag(move.raises_flag, order.flags, delivery))
    if move.then is Cascade.DELIVERY_SHIPPED:
        fire(order, None, "delivery_shipped", cause)
    elif move.then:
        for each in order.deliveries:
            _follow(order, each, _FOLLOWING[move.then], cause)


def _follow(order: Order, delivery: Delivery, triggers: tuple[str, ...], cause: Cause) -> None:
    """Fire the first trigger that the delivery knows; one that knows none stays as it is."""
    for trigger in triggers:
        if _DELIVERIES.moves(delivery.status, trigger):
            fire(order, delivery, trigger, cause)
            return


def _move_stock(order: Order, delivery: Delivery, move: Move) -> None:
    """Note what the move does to stock; what is electronic has none."""
    if delivery.group is DeliveryGroup.ELECTRONIC:
        return
    for line in delivery.lines:
        change = _stock_change(move, line)
        if change is not None:
            kind, on_hand, reserved = change
            order.movements.append(StockMovement(line, delivery.supplier, kind, on_hand, reserved))


def _stock_change(move: Move, line: Line) -> tuple[StockKind, Decimal, Decimal] | None:
    """Return the kind and what comes to the stock on hand and to the reserved stock.

    A cancel gives back exactly what was reserved or taken, except for what has been sent or was
    rejected: that is in no warehouse.
    """
    if move.dest is DeliveryStatus.RESERVED:
        return StockKind.RESERVED, ZERO, line.quantity
    if move.dest is DeliveryStatus.ALLOCATED:
        return StockKind.ALLOCATED, -line.quantity, -line.quantity
    if move.dest is DeliveryStatus.RESERVATION_VOIDED:
        return StockKind.RESERVATION_VOIDED, ZERO, -line.quantity
    if move.dest is DeliveryStatus.DEALLOCATED:
        return StockKind.DEALLOCATED, line.open, ZERO
    return None
