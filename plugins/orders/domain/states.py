"""The states of orders and deliveries, and the groups that deliveries fall into."""

from enum import StrEnum
from typing import Final


class Machine(StrEnum):
    """The two machines; the words of ``docs/lifecycle.csv``."""

    ORDER = "order"
    DELIVERY = "delivery"


class OrderStatus(StrEnum):
    """What an order can be, in the order in which it usually happens."""

    DRAFT = "draft"
    PENDING = "pending"
    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    IN_PROGRESS = "in_progress"
    PARTIALLY_SHIPPED = "partially_shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    CANCELLED_REFUND_DUE = "cancelled_refund_due"
    RETURNED = "returned"
    RETURNED_REFUND_DUE = "returned_refund_due"


class DeliveryStatus(StrEnum):
    """What a delivery can be, in the order in which it usually happens."""

    CREATED = "created"
    RESERVED = "reserved"
    AWAITING_ALLOCATION = "awaiting_allocation"
    AWAITING_DATE = "awaiting_date"
    AWAITING_INVENTORY = "awaiting_inventory"
    ALLOCATED = "allocated"
    PACKING = "packing"
    READY = "ready"
    READY_PAYMENT_DUE = "ready_payment_due"
    IN_TRANSIT = "in_transit"
    IN_TRANSIT_PAYMENT_DUE = "in_transit_payment_due"
    SHIPPED = "shipped"
    RETURNED = "returned"
    WAIT_VOIDED = "wait_voided"
    RESERVATION_VOIDED = "reservation_voided"
    DEALLOCATED = "deallocated"


class DeliveryGroup(StrEnum):
    """How the goods of a delivery become available."""

    STANDARD = "standard"
    PREORDER = "preorder"
    BACKORDER = "backorder"
    ELECTRONIC = "electronic"
    MIXED = "mixed"


class Payment(StrEnum):
    """How an order is paid, as far as the machine has to know."""

    NONE = "none"
    ONLINE = "online"
    OFFLINE = "offline"


class Flag(StrEnum):
    """What the machine itself tells the exporters; configuration may add more."""

    INITPAID = "INITPAID"
    DELIVERY = "DELIVERY"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


CANCELLED: Final = frozenset(
    {DeliveryStatus.WAIT_VOIDED, DeliveryStatus.RESERVATION_VOIDED, DeliveryStatus.DEALLOCATED}
)
"""A delivery in these will never be sent."""

ON_ITS_WAY: Final = frozenset({DeliveryStatus.IN_TRANSIT, DeliveryStatus.IN_TRANSIT_PAYMENT_DUE})
"""The goods have left, and nobody has them yet."""

HANDLED: Final = frozenset({OrderStatus.IN_PROGRESS, OrderStatus.PARTIALLY_SHIPPED})
"""Orders whose deliveries may move."""

ENDS: Final = {
    Machine.ORDER: frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.RETURNED}),
    Machine.DELIVERY: CANCELLED | {DeliveryStatus.SHIPPED, DeliveryStatus.RETURNED},
}
"""Where nothing is expected any more; the indexes of what is open leave them out."""
