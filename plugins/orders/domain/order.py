"""An order with its deliveries, as the machine sees it: what it is, and what was done to it.

Objects are loaded under the lock of their order, changed by ``orders.domain.firing`` and
``orders.domain.progress``, and written back in the same transaction. What was done is collected in
``Order.facts``, in the order in which it happened.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from orders.domain.moments import Moment
from orders.domain.moves import Move
from orders.domain.states import (
    CANCELLED,
    DeliveryGroup,
    DeliveryStatus,
    Flag,
    OrderStatus,
    Payment,
)
from orders.domain.tracking import Scan, TrackingStatus

ZERO = Decimal(0)


class StockKind(StrEnum):
    """Why stock moved."""

    RESERVED = "reserved"
    RESERVATION_VOIDED = "reservation_voided"
    ALLOCATED = "allocated"
    DEALLOCATED = "deallocated"


@dataclass(slots=True)
class Line:
    """One article of a delivery.

    Attributes:
        id: Number in the database.
        reference: How the supplier's messages may call it: the number of the order's line.
        sku: The article.
        quantity: What was ordered.
        shipped: What has been sent, in the same unit.
        rejected: What will never be sent.
        as_of: For each detail, and for quantities told as totals, when it was said.
        said: Details that were said since it was loaded, and are the latest: by column.
        touched: Whether anything of it has changed since.
    """

    id: int
    reference: str
    sku: str
    quantity: Decimal
    shipped: Decimal = ZERO
    rejected: Decimal = ZERO
    as_of: dict[str, Moment] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    touched: bool = False

    @property
    def open(self) -> Decimal:
        """What is neither sent nor rejected."""
        return self.quantity - self.shipped - self.rejected


@dataclass(slots=True)
class Parcel:
    """What a courier carries under one tracking number.

    Attributes:
        number: The tracking number.
        carrier: Code of the courier; may be empty.
        status: What the courier said last, by the time of its saying.
        at: When that was; None before anything was said.
        told: All that the courier ever said.
        scans: What was said since it was loaded, each with the number of its event.
    """

    number: str
    carrier: str = ""
    status: TrackingStatus = TrackingStatus.UNKNOWN
    at: datetime | None = None
    told: set[str] = field(default_factory=set)
    scans: list[tuple[int, Scan]] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """The part of an order that one supplier sends at once.

    Attributes:
        id: Number in the database.
        number: How people and suppliers call it.
        supplier: Code of who sends it.
        group: How its goods become available.
        status: Moved by the machine only.
        available_on: The date that preorders wait for.
        lines: By ascending id.
        parcels: By tracking number.
    """

    id: int
    number: str
    supplier: str
    group: DeliveryGroup
    status: DeliveryStatus
    available_on: date | None = None
    lines: list[Line] = field(default_factory=list)
    parcels: dict[str, Parcel] = field(default_factory=dict)

    @property
    def is_cancelled(self) -> bool:
        """Whether it will never be sent."""
        return self.status in CANCELLED

    @property
    def tracking_status(self) -> TrackingStatus:
        """What couriers say of it: of several parcels, what was said last of those under way."""
        told = [parcel for parcel in self.parcels.values() if parcel.at]
        waited_for = [p for p in told if p.status is not TrackingStatus.DELIVERED] or told
        latest = max(waited_for, key=_time_of_the_last_scan, default=None)
        return latest.status if latest else TrackingStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something was done, and by whom.

    Attributes:
        actor: A person, or the name of what acted: ``feed easypost``, ``sweep``.
        event: Number in the inbox, where an event was the cause.
        run: The run that did it.
        reason: What a person gave as the reason; may be empty.
    """

    actor: str
    event: int | None = None
    run: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the history: a move, of the order or of one delivery."""

    move: Move
    delivery: Delivery | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    """A flag for the exporters; ``seq`` counts the flags of the order from 1."""

    flag: Flag
    seq: int
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class StockMovement:
    """What a move did to the stock of an article: signed changes."""

    line: Line
    supplier: str
    kind: StockKind
    on_hand: Decimal
    reserved: Decimal


@dataclass(slots=True)
class Order:
    """An order, its payment as far as guards need it, its deliveries and what was done.

    Attributes:
        id: Number in the database.
        number: How people call it.
        status: Moved by the machine only.
        payment: How it is paid.
        total: What is to be paid, in the order's currency.
        captured: What was paid.
        refunded: What was paid back.
        flags: How many flags it has raised so far.
        deliveries: By ascending id.
        facts: What was done to it since it was loaded, in order.
        as_of: For each entry of the order's own data, when it was said.
        said: Entries that were said since it was loaded, and are the latest.
        raised: The flags that it raised since.
        movements: What that did to stock.
        touched: Whether anything of it but its status has changed since.
    """

    id: int
    number: str
    status: OrderStatus
    payment: Payment
    total: Decimal
    captured: Decimal
    refunded: Decimal
    flags: int
    deliveries: list[Delivery] = field(default_factory=list)
    as_of: dict[str, Moment] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    raised: list[RaisedFlag] = field(default_factory=list)
    movements: list[StockMovement] = field(default_factory=list)
    touched: bool = False

    @property
    def refund_due(self) -> Decimal:
        """What was paid and not paid back."""
        return self.captured - self.refunded


def _time_of_the_last_scan(parcel: Parcel) -> tuple[datetime, str]:
    assert parcel.at is not None  # noqa: S101 - the caller has chosen those with a time
    return parcel.at, parcel.number
