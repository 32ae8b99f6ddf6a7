"""Makes orders up: realistic ones, every value a pure function of a seed and a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from orders.domain.states import Payment

SUPPLIERS: Final = ("NORTH", "SOUTH", "EAST", "WEST")
ARTICLES: Final = 2000
"""How many articles each supplier has."""

_SHOPS: Final = ("SHOP10", "SHOP20")
_NAMES: Final = ("Ada", "Björn", "Chloé", "Dmytro", "Eszter", "Fatima", "Grażyna", "Håkon")
_FAMILIES: Final = ("Müller", "O'Neill", "Іваненко", "García", "Smith", "Øberg", "Nguyễn", "Rossi")
_COUNTRIES: Final = ("DE", "FR", "UA", "GB", "PL", "ES")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PAID_AT_ONCE: Final = 0.9
_TOGETHER: Final = 0.1
_AVAILABILITY: Final = ("standard",) * 17 + ("preorder", "backorder", "electronic")


@dataclass(frozen=True, slots=True)
class MadeLine:
    """A line of an order that was made up; in the words of ``orders.order_line``."""

    number: str
    sku: str
    name: str
    supplier: str
    quantity: Decimal
    price: Decimal
    availability: str
    available_on: date | None


@dataclass(frozen=True, slots=True)
class MadeOrder:
    """An order that was made up; in the words of ``orders.customer_order``."""

    number: str
    shop_code: str
    payment: Payment
    currency: str
    total: Decimal
    captured: Decimal
    together: bool
    customer_name: str
    customer_email: str
    country: str
    ordered_at: datetime
    lines: tuple[MadeLine, ...]


def make_orders(seed: int, count: int, first: int = 1) -> Iterator[MadeOrder]:
    """Yield orders with the numbers from ``first`` on; the same seed and number, the same order."""
    for number in range(first, first + count):
        yield _order(Random(f"{seed}/{number}"), seed, number)  # noqa: S311 - nothing secret


def _order(random: Random, seed: int, number: int) -> MadeOrder:
    ordered_at = _START + timedelta(seconds=random.randrange(300 * 24 * 3600))
    lines = tuple(
        _line(random, n, ordered_at) for n in range(1, random.choice((1, 1, 2, 2, 3, 5)) + 1)
    )
    total = sum((line.quantity * line.price for line in lines), Decimal(0))
    payment = random.choices(tuple(Payment), weights=(1, 14, 5))[0]
    name = f"{random.choice(_NAMES)} {random.choice(_FAMILIES)}"
    return MadeOrder(
        number=f"G{seed}-{number:07}",
        shop_code=random.choice(_SHOPS),
        payment=payment,
        currency="EUR",
        total=total,
        captured=total
        if payment is Payment.ONLINE and random.random() < _PAID_AT_ONCE
        else Decimal(0),
        together=random.random() < _TOGETHER,
        customer_name=name,
        customer_email=f"customer{number}@example.com",
        country=random.choice(_COUNTRIES),
        ordered_at=ordered_at,
        lines=lines,
    )


def _line(random: Random, number: int, ordered_at: datetime) -> MadeLine:
    supplier, article = random.choice(SUPPLIERS), random.randrange(ARTICLES)
    availability = random.choice(_AVAILABILITY)
    waits = timedelta(days=random.randrange(5, 60)) if availability == "preorder" else None
    return MadeLine(
        number=str(number),
        sku=f"{supplier}-{article:05}",
        name=f"Article {article}",
        supplier=supplier,
        quantity=Decimal(random.choice((1, 1, 1, 2, 3, 10))),
        price=Decimal(random.randrange(99, 99_999)) / 100,
        availability=availability,
        available_on=(ordered_at + waits).date() if waits else None,
    )
