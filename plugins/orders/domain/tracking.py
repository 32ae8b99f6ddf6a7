"""What couriers say of a parcel: data, folded by the time of the saying; it has no machine."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TrackingStatus(StrEnum):
    """The words of the couriers, made one; ``config/feeds`` says which of theirs mean which."""

    UNKNOWN = "unknown"
    PRE_TRANSIT = "pre_transit"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELAYED = "delayed"
    DELIVERY_FAILED = "delivery_failed"
    ON_HOLD = "on_hold"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Scan:
    """One saying of a courier about a parcel.

    Attributes:
        at: When it happened, with its zone.
        status: What the courier's word means; ``unknown`` only tells that there is a parcel.
        number: The tracking number.
        carrier: Code of the courier; may be empty.
        message: The courier's own words; may be empty.
        place: Where it happened, as text; may be empty.
    """

    at: datetime
    status: TrackingStatus
    number: str
    carrier: str = ""
    message: str = ""
    place: str = ""
