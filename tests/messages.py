"""Messages of exporters for all tiers: what they are about, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from orders.domain.content import Content
from orders.domain.destination import Destination
from orders.domain.export_item import Item, Part
from orders.domain.exporter import Exporter
from tests.exporters import exporter, subject

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


HELLO = Content(b"Hello\n", "text/plain; charset=utf-8", ".txt")


def to(destination: Destination, **options: Any) -> Exporter:
    """Return an exporter that sends everything there."""
    return replace(exporter(**options), destination=destination)


def part(sender: Exporter, order: str = "O1", seq: int = 1, **changed: str) -> Part:
    """Return what a message about one delivery is about; its supplier and number may be given."""
    return Part(sender, (item(order, seq, **changed),))


def item(
    order: str = "O1", seq: int = 1, *, supplier: str = "ACME", delivery: str = "O1-1"
) -> Item:
    """Return a flag of one delivery."""
    return Item(
        id=seq,
        order_id=len(order),
        order=order,
        seq=seq,
        flag="INITPAID",
        subject=subject(supplier=supplier),
        delivery_id=1,
        delivery=delivery,
    )
