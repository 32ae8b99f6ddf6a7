"""What deliveries need of stock, by supplier and article."""

from collections.abc import Iterable
from decimal import Decimal

from orders.domain.order import Delivery

Stock = dict[tuple[str, str], Decimal]
"""By supplier and article, how much."""


def needs_of(deliveries: Iterable[Delivery]) -> Stock:
    """Return what deliveries need in all."""
    needs: Stock = {}
    for delivery in deliveries:
        for line in delivery.lines:
            key = delivery.supplier, line.sku
            needs[key] = needs.get(key, Decimal(0)) + line.quantity
    return needs


def lacking(needs: Stock, stock: Stock) -> Stock:
    """Return the needs that stock does not suffice for."""
    return {
        key: quantity for key, quantity in needs.items() if stock.get(key, Decimal(0)) < quantity
    }


def take(needs: Stock, stock: Stock) -> None:
    """Take from stock what is needed; there must be enough of it."""
    for key, quantity in needs.items():
        stock[key] -= quantity
