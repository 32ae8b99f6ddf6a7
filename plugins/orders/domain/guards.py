"""What must be so before a move is permitted: each guard returns the reasons against it."""

from collections.abc import Callable, Mapping
from typing import Final

from orders.domain.order import Delivery, Order
from orders.domain.states import (
    ON_ITS_WAY,
    DeliveryGroup,
    DeliveryStatus,
    Payment,
)

Reasons = list[str]
Guard = Callable[[Order, Delivery | None], Reasons]

_CANNOT_BE_CANCELLED: Final = ON_ITS_WAY | {DeliveryStatus.SHIPPED, DeliveryStatus.RETURNED}


def every_delivery_is_reserved(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where stock is set aside for all that was ordered."""
    if not order.deliveries:
        return ["it has no deliveries yet"]
    return _those(order, lambda d: d.status is not DeliveryStatus.RESERVED, "it is not reserved")


def every_delivery_can_be_cancelled(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where nothing has left."""
    left = "some of its goods are sent already"
    return [
        *_those(order, lambda d: d.status in _CANNOT_BE_CANCELLED, "it cannot be cancelled"),
        *_those(order, _is_partly_sent, left),
    ]


def no_delivery_is_in_transit(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where all that was sent has arrived."""
    return _those(order, lambda d: d.status in ON_ITS_WAY, "it must arrive first")


def nothing_is_to_be_refunded(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where all that was paid has been paid back."""
    return [f"{order.refund_due} is to be refunded"] if order.refund_due > 0 else []


def a_refund_is_due(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where money is to be paid back."""
    return [] if order.refund_due > 0 else ["nothing is to be refunded"]


def every_delivery_is_shipped(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where all that will be sent has been, and something has."""
    if all(delivery.is_cancelled for delivery in order.deliveries):
        return ["none of its deliveries is shipped"]
    return _those(order, _is_to_be_shipped, "it is not shipped")


def some_delivery_is_not_shipped(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where something is still to be sent, and something has been."""
    if not any(delivery.status is DeliveryStatus.SHIPPED for delivery in order.deliveries):
        return ["none of its deliveries is shipped"]
    waits = any(_is_to_be_shipped(delivery) for delivery in order.deliveries)
    return [] if waits else ["every delivery is shipped or cancelled"]


def group_is_standard(_: Order, delivery: Delivery | None) -> Reasons:
    """Permit for goods that are in stock."""
    return _of_group(delivery, DeliveryGroup.STANDARD)


def group_is_preorder_or_mixed(_: Order, delivery: Delivery | None) -> Reasons:
    """Permit for goods that wait for a date."""
    return _of_group(delivery, DeliveryGroup.PREORDER, DeliveryGroup.MIXED)


def group_is_backorder(_: Order, delivery: Delivery | None) -> Reasons:
    """Permit for goods that wait for stock."""
    return _of_group(delivery, DeliveryGroup.BACKORDER)


def group_is_electronic(_: Order, delivery: Delivery | None) -> Reasons:
    """Permit for goods that need no parcel."""
    return _of_group(delivery, DeliveryGroup.ELECTRONIC)


def payment_is_settled(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where the order is paid, or nothing is to be paid."""
    if order.payment is Payment.NONE or order.captured >= order.total:
        return []
    return [f"only {order.captured} of {order.total} is paid"]


def payment_comes_later(order: Order, _: Delivery | None = None) -> Reasons:
    """Permit where the order is paid offline, after the goods have left."""
    if order.payment is not Payment.OFFLINE:
        return ["it is not paid offline"]
    return [] if payment_is_settled(order) else ["it is paid already"]


def _is_partly_sent(delivery: Delivery) -> bool:
    return delivery.status not in _CANNOT_BE_CANCELLED and any(
        line.shipped > 0 for line in delivery.lines
    )


def _is_to_be_shipped(delivery: Delivery) -> bool:
    return not delivery.is_cancelled and delivery.status is not DeliveryStatus.SHIPPED


def _those(order: Order, fails: Callable[[Delivery], bool], why: str) -> Reasons:
    return [
        f"delivery {delivery.number} is {delivery.status}: {why}"
        for delivery in order.deliveries
        if fails(delivery)
    ]


def _of_group(delivery: Delivery | None, *groups: DeliveryGroup) -> Reasons:
    if delivery is not None and delivery.group in groups:
        return []
    return [f"it is not {' or '.join(groups)}"]


GUARDS: Final[Mapping[str, Guard]] = {
    guard.__name__: guard
    for guard in (
        every_delivery_is_reserved,
        every_delivery_can_be_cancelled,
        no_delivery_is_in_transit,
        nothing_is_to_be_refunded,
        a_refund_is_due,
        every_delivery_is_shipped,
        some_delivery_is_not_shipped,
        group_is_standard,
        group_is_preorder_or_mixed,
        group_is_backorder,
        group_is_electronic,
        payment_is_settled,
        payment_comes_later,
    )
}
