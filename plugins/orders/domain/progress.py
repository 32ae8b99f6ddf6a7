"""What a delivery update does to an order: data first, then the moves that the data asks for."""

from decimal import Decimal
from typing import Final

from orders.domain.firing import fire
from orders.domain.matching import Match, match_lines, touched_deliveries
from orders.domain.moments import Moment
from orders.domain.moves import TABLES
from orders.domain.order import Cause, Delivery, Line, Order, Parcel
from orders.domain.states import ENDS, HANDLED, DeliveryStatus, Machine, OrderStatus
from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import Counting, DeliveryUpdate, LineUpdate
from orders.domain.verdict import EventState, Verdict

# The way of goods: what comes next from each state. Where a step is refused, the delivery waits.
_NEXT: Final = {
    DeliveryStatus.AWAITING_DATE: "date_reached",
    DeliveryStatus.AWAITING_ALLOCATION: "allocate",
    DeliveryStatus.AWAITING_INVENTORY: "allocate",
    DeliveryStatus.ALLOCATED: "start_packing",
    DeliveryStatus.PACKING: "complete_packing",
    DeliveryStatus.READY: "release",
    DeliveryStatus.READY_PAYMENT_DUE: "release",
    DeliveryStatus.IN_TRANSIT: "ship",
    DeliveryStatus.IN_TRANSIT_PAYMENT_DUE: "ship",
}
_BEFORE_PACKING: Final = frozenset(
    {
        DeliveryStatus.AWAITING_DATE,
        DeliveryStatus.AWAITING_ALLOCATION,
        DeliveryStatus.AWAITING_INVENTORY,
        DeliveryStatus.ALLOCATED,
    }
)


def apply_update(order: Order, update: DeliveryUpdate, moment: Moment, cause: Cause) -> Verdict:
    """Take over what one event says, then fire what it asks for.

    Args:
        order: Loaded under its lock; changed in place.
        update: What is said.
        moment: When it was said.
        cause: What goes into the history.
    """
    verdict = Verdict()
    _merge_data(order, update, moment)
    matched, strangers = match_lines(order, update)
    for number, said in strangers:
        verdict.issues.append(f"line {number} ({said.reference or said.sku}) matches no line")
    for match in matched:
        _merge_line(match, update.counting, moment, verdict)
    touched = _distinct([match.delivery for match in matched])
    _merge_scans(order, update, touched, cause, verdict)
    for delivery in touched:
        proceed(order, delivery, cause)
    fire_asked(order, update, cause, verdict)
    return verdict


def fire_asked(order: Order, update: DeliveryUpdate, cause: Cause, verdict: Verdict) -> None:
    """Fire what an event asks for, and what its scans stand for.

    Args:
        order: With the data of the event.
        update: What the event says.
        cause: What goes into the history.
        verdict: Gets the state, and the reason where the machine refuses.
    """
    for delivery in order.deliveries:
        for status, trigger in update.fires.items():
            if _say_all(delivery, status, update):
                _fire_one(order, delivery, trigger, cause, verdict)
    if update.trigger in TABLES[Machine.ORDER].triggers and not update.delivery_number:
        _fire_one(order, None, update.trigger, cause, verdict)
    elif update.trigger:
        meant = touched_deliveries(order, update)
        if len(meant) == 1:
            _fire_one(order, meant[0], update.trigger, cause, verdict)
        else:
            verdict.state = EventState.DEAD
            verdict.reason = f"{update.trigger}: {len(meant)} deliveries could be meant"


def proceed(order: Order, delivery: Delivery, cause: Cause) -> None:
    """Move a delivery as far as the quantities of its lines allow.

    Something is sent: it is being packed. Nothing is open any more: it is sent, or, where nothing
    of it was sent, cancelled. Orders that are not paid yet do not move.
    """
    if order.status not in HANDLED:
        return
    is_over = all(line.open <= 0 for line in delivery.lines)
    if is_over and not any(line.shipped for line in delivery.lines):
        if not fire(order, delivery, "cancel", cause):
            _complete(order, cause)
    elif is_over:
        _walk(order, delivery, cause, frozenset(_NEXT))
    elif any(line.shipped for line in delivery.lines):
        _walk(order, delivery, cause, _BEFORE_PACKING)


def proceed_with_all(order: Order, cause: Cause) -> None:
    """Move every delivery as far as it can go, after something else has changed."""
    for delivery in order.deliveries:
        proceed(order, delivery, cause)


def _walk(
    order: Order, delivery: Delivery, cause: Cause, states: frozenset[DeliveryStatus]
) -> None:
    while delivery.status in states:
        if fire(order, delivery, _NEXT[delivery.status], cause):
            return


def _complete(order: Order, cause: Cause) -> None:
    """Complete an order whose last open delivery was given up."""
    if order.status is OrderStatus.PARTIALLY_SHIPPED and all(
        d.is_cancelled or d.status is DeliveryStatus.SHIPPED for d in order.deliveries
    ):
        fire(order, None, "delivery_shipped", cause)


def _merge_data(order: Order, update: DeliveryUpdate, moment: Moment) -> None:
    for name, value in update.data.items():
        if _is_news(order.as_of, name, moment):
            order.said[name] = value
            order.touched = True


def _merge_line(match: Match, counting: Counting, moment: Moment, verdict: Verdict) -> None:
    line = match.line
    for name, value in match.update.details.items():
        if _is_news(line.as_of, name, moment):
            line.said[name] = value
            line.touched = True
    fault = _merge_quantities(match.delivery, line, match.update, counting, moment)
    if fault:
        verdict.issues.append(f"line {line.reference} ({line.sku}): {fault}")


def _merge_quantities(
    delivery: Delivery, line: Line, said: LineUpdate, counting: Counting, moment: Moment
) -> str:
    """Take the quantities over, all or none; return what is wrong with them."""
    told = {"shipped": said.shipped, "rejected": said.rejected}
    if counting is Counting.TOTAL:
        told = {
            name: quantity
            for name, quantity in told.items()
            if quantity is not None and not _is_late(line.as_of, name, moment)
        }
    new = {
        name: _counted(getattr(line, name), quantity, counting)
        for name, quantity in told.items()
        if quantity is not None
    }
    if not new:
        return ""
    fault = _fault_of(delivery, line, told, new)
    if fault:
        return fault
    for name, quantity in new.items():
        setattr(line, name, quantity)
        line.as_of[name] = moment
    line.touched = True
    return ""


def _counted(before: Decimal, said: Decimal, counting: Counting) -> Decimal:
    return said if counting is Counting.TOTAL else before + said


def _fault_of(
    delivery: Delivery, line: Line, told: dict[str, Decimal | None], new: dict[str, Decimal]
) -> str:
    """Return why quantities cannot be taken over."""
    for name, quantity in told.items():
        if quantity is not None and quantity < 0:
            return f"{name} is {quantity}, below zero"
    shipped, rejected = new.get("shipped", line.shipped), new.get("rejected", line.rejected)
    if shipped + rejected > line.quantity:
        return (
            f"{shipped} shipped and {rejected} rejected are more than the {line.quantity} ordered"
        )
    is_over = delivery.status in ENDS[Machine.DELIVERY]
    if is_over and (shipped, rejected) != (line.shipped, line.rejected):
        return f"delivery {delivery.number} is {delivery.status} already"
    return ""


def _merge_scans(
    order: Order, update: DeliveryUpdate, touched: list[Delivery], cause: Cause, verdict: Verdict
) -> None:
    """Take over what couriers said of parcels."""
    for number in update.parcels:
        delivery = _carrier_of(order, update, touched, number)
        if delivery is None:
            verdict.issues.append(f"parcel {number} belongs to none of the deliveries")
            continue
        parcel = delivery.parcels.setdefault(number, Parcel(number))
        for scan in update.scans:
            if scan.number == number:
                _merge_scan(parcel, scan, cause)


def _merge_scan(parcel: Parcel, scan: Scan, cause: Cause) -> None:
    """Keep a scan; the latest of those that say something is what the parcel is."""
    parcel.scans.append((cause.event or 0, scan))
    parcel.carrier = scan.carrier or parcel.carrier
    if scan.status is TrackingStatus.UNKNOWN:
        return
    parcel.told.add(scan.status)
    if parcel.at is None or (parcel.at, parcel.status) < (scan.at, scan.status):
        parcel.at, parcel.status = scan.at, scan.status


def _carrier_of(
    order: Order, update: DeliveryUpdate, touched: list[Delivery], number: str
) -> Delivery | None:
    """Return the delivery that a parcel belongs to: the one that has it, or the only one meant."""
    meant = touched_deliveries(order, update)
    for delivery in meant:
        if number in delivery.parcels:
            return delivery
    meant = touched or meant
    return meant[0] if len(meant) == 1 else None


def _say_all(delivery: Delivery, status: str, update: DeliveryUpdate) -> bool:
    """Tell whether an update says it of a parcel, and all parcels of the delivery have said it."""
    return any(
        scan.status == status and scan.number in delivery.parcels for scan in update.scans
    ) and all(status in parcel.told for parcel in delivery.parcels.values())


def _fire_one(
    order: Order, delivery: Delivery | None, trigger: str, cause: Cause, verdict: Verdict
) -> None:
    """Fire a trigger; where the state does not know it, tell whether it is late or early."""
    subject: Order | Delivery = delivery or order
    table = TABLES[Machine.DELIVERY if delivery else Machine.ORDER]
    reasons = fire(order, delivery, trigger, cause)
    if not reasons:
        proceed_with_all(order, cause)
        return
    if table.moves(subject.status, trigger) or table.is_ahead(subject.status, trigger):
        verdict.state = EventState.PARKED
    elif table.is_behind(subject.status, trigger):
        verdict.state = EventState.STALE
    else:
        verdict.state = EventState.DEAD
    verdict.reason = f"{trigger}: {'; '.join(reasons)}"


def _is_news(as_of: dict[str, Moment], name: str, moment: Moment) -> bool:
    """Tell whether nothing later was said; from now on this is the latest."""
    if _is_late(as_of, name, moment):
        return False
    as_of[name] = moment
    return True


def _is_late(as_of: dict[str, Moment], name: str, moment: Moment) -> bool:
    before = as_of.get(name)
    return before is not None and moment.is_before(before)


def _distinct(deliveries: list[Delivery]) -> list[Delivery]:
    return list({delivery.id: delivery for delivery in deliveries}.values())
