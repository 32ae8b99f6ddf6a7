"""An order and an export as templates see them, for trying them out before anything is sent."""

from decimal import Decimal
from typing import Any, Final

_SKU: Final = "TEA-100"

SAMPLE_ORDER: Final[dict[str, Any]] = {
    "number": "O-1001",
    "shop": "SHOP10",
    "status": "in_progress",
    "payment": "online",
    "currency": "EUR",
    "total": Decimal("29.8000"),
    "captured": Decimal("29.8000"),
    "refunded": Decimal("0.0000"),
    "customer_name": "Ada Example",
    "customer_email": "ada@example.com",
    "country": "DE",
    "ordered_at": "2026-11-01T12:00:00+00:00",
    "lines": [
        {
            "number": "1",
            "sku": _SKU,
            "name": "Green tea",
            "supplier": "ACME",
            "quantity": Decimal(2),
            "unit": "C62",
            "price": Decimal("14.9000"),
        }
    ],
    "deliveries": [
        {
            "number": "O-1001-1",
            "supplier": "ACME",
            "group": "standard",
            "status": "in_transit",
            "tracking_status": "in_transit",
            "estimated_from": "2026-11-05",
            "estimated_to": "2026-11-07",
            "guaranteed_on": None,
            "parcels": [{"number": "JD0001", "carrier": "DHL", "status": "in_transit"}],
            "lines": [
                {
                    "reference": "1",
                    "sku": _SKU,
                    "name": "Green tea",
                    "quantity": Decimal(2),
                    "shipped": Decimal(2),
                    "rejected": Decimal(0),
                }
            ],
        }
    ],
}
"""Values that are not there are None; amounts are decimal numbers; times are ISO 8601 in UTC."""

SAMPLE_EXPORT: Final[dict[str, Any]] = {
    "state": "held",
    "shop": "SHOP10",
    "order": "O-1001",
    "orders": 1,
    "delivery": "O-1001-1",
    "flag": "INITPAID",
    "exporter": "manual-release",
    "gate": 17,
    "since": "2026-11-01T12:00:00+00:00",
    "rejected_at": "2026-11-04T12:00:00+00:00",
    "reason": "",
}
