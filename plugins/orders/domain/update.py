"""The canonical delivery update: what every feed's messages are turned into.

Its JSON form is what the inbox keeps and what an event is recognised by; ``docs/orders.md`` lists
the fields with their units.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from orders.domain.tracking import Scan, TrackingStatus

DETAILS: Final = (
    "estimated_from",
    "estimated_to",
    "guaranteed_on",
    "confirmed_at",
    "invoice_number",
    "invoice_date",
    "remark",
)
"""What can be said of a line beside quantities: columns of ``orders.delivery_line``."""

_OF_FEEDS: Final = frozenset({"fires", "exporters"})


class Counting(StrEnum):
    """What the quantities of an update count."""

    TOTAL = "total"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class LineUpdate:
    """What is said of one line.

    Attributes:
        reference: The number of the order's line.
        sku: The article; needed where there is no reference.
        ordered: What was ordered; only to tell lines of one article apart.
        shipped: What was sent, in the unit of the order's line.
        rejected: What will never be sent.
        details: The others, by column: dates as ISO 8601, texts as they are.
    """

    reference: str = ""
    sku: str = ""
    ordered: Decimal | None = None
    shipped: Decimal | None = None
    rejected: Decimal | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """What one event says of one order.

    Attributes:
        order_number: Of the order; may be empty where the delivery or a parcel is named.
        delivery_number: Of the delivery that it is about; empty stands for any of the order.
        supplier: Code of who says it; lines of other suppliers are not touched.
        occurred_at: When it happened, with its zone; None where the sender does not tell.
        sequence: The sender's own count of the events of an order.
        counting: Whether quantities are what was sent in all, or this time.
        trigger: What the sender asks the machine for; may be empty.
        fires: What a tracking status asks the machine for.
        lines: What is said of lines.
        scans: What is said of parcels.
        data: What is said of the order itself, by name.
    """

    order_number: str = ""
    delivery_number: str = ""
    supplier: str = ""
    occurred_at: datetime | None = None
    sequence: int | None = None
    counting: Counting = Counting.TOTAL
    trigger: str = ""
    fires: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[LineUpdate, ...] = ()
    scans: tuple[Scan, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def parcels(self) -> tuple[str, ...]:
        """The tracking numbers that it names."""
        return tuple(dict.fromkeys(scan.number for scan in self.scans))


def as_json(update: DeliveryUpdate) -> dict[str, Any]:
    """Return the JSON form: numbers as text, so that nothing is rounded; no empty fields."""
    return _without_empty(
        {
            "order_number": update.order_number,
            "delivery_number": update.delivery_number,
            "supplier": update.supplier,
            "occurred_at": update.occurred_at and update.occurred_at.isoformat(),
            "sequence": update.sequence,
            "counting": update.counting.value if update.counting is not Counting.TOTAL else "",
            "trigger": update.trigger,
            "fires": dict(update.fires),
            "lines": [_line_as_json(line) for line in update.lines],
            "scans": [_scan_as_json(scan) for scan in update.scans],
            "data": dict(update.data),
        }
    )


def from_json(value: Mapping[str, Any]) -> DeliveryUpdate:
    """Return the update of a JSON form that ``as_json`` has made."""
    occurred_at = value.get("occurred_at")
    return DeliveryUpdate(
        order_number=value.get("order_number", ""),
        delivery_number=value.get("delivery_number", ""),
        supplier=value.get("supplier", ""),
        occurred_at=datetime.fromisoformat(occurred_at) if occurred_at else None,
        sequence=value.get("sequence"),
        counting=Counting(value.get("counting", Counting.TOTAL)),
        trigger=value.get("trigger", ""),
        fires=value.get("fires", {}),
        lines=tuple(_line_from_json(line) for line in value.get("lines", ())),
        scans=tuple(_scan_from_json(scan) for scan in value.get("scans", ())),
        data=value.get("data", {}),
    )


def fingerprint(canonical: Mapping[str, Any]) -> bytes:
    """Return what two events have in common if they say the same: SHA-256 of the JSON form.

    What a feed makes a tracking status ask for, and of whose messages it may speak, is nothing that
    the sender says: the same message stays the same after the feed was changed.
    """
    said = {name: value for name, value in canonical.items() if name not in _OF_FEEDS}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _line_as_json(line: LineUpdate) -> dict[str, Any]:
    quantities = {"ordered": line.ordered, "shipped": line.shipped, "rejected": line.rejected}
    return _without_empty(
        {
            "reference": line.reference,
            "sku": line.sku,
            **{name: None if q is None else f"{q:f}" for name, q in quantities.items()},
            **line.details,
        }
    )


def _line_from_json(value: Mapping[str, Any]) -> LineUpdate:
    return LineUpdate(
        reference=value.get("reference", ""),
        sku=value.get("sku", ""),
        ordered=_decimal(value.get("ordered")),
        shipped=_decimal(value.get("shipped")),
        rejected=_decimal(value.get("rejected")),
        details={name: value[name] for name in DETAILS if name in value},
    )


def _scan_as_json(scan: Scan) -> dict[str, Any]:
    return _without_empty(
        {
            "at": scan.at.isoformat(),
            "status": scan.status.value,
            "number": scan.number,
            "carrier": scan.carrier,
            "message": scan.message,
            "place": scan.place,
        }
    )


def _scan_from_json(value: Mapping[str, Any]) -> Scan:
    return Scan(
        at=datetime.fromisoformat(value["at"]),
        status=TrackingStatus(value["status"]),
        number=value["number"],
        carrier=value.get("carrier", ""),
        message=value.get("message", ""),
        place=value.get("place", ""),
    )


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if not _is_empty(value)}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | Iterable) and not value)
