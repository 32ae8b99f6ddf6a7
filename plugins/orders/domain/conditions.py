"""Which orders and deliveries an exporter takes, and why it does not take others."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment

CRITERIA: Final = (
    "shop",
    "supplier",
    "status",
    "delivery_status",
    "delivery_group",
    "country",
    "currency",
    "payment",
)
"""What conditions list the possible values of; a subject has one of each."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An order, and the delivery that its flag is about, as far as conditions ask for them.

    The attributes of the delivery are empty for an order that has none, such as a cancelled draft.
    """

    shop: str
    status: OrderStatus
    country: str
    currency: str
    payment: Payment
    total: Decimal
    supplier: str = ""
    delivery_status: DeliveryStatus | None = None
    delivery_group: DeliveryGroup | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of money from one on, and below another; None is no limit."""

    at_least: Decimal = Decimal(0)
    below: Decimal | None = None

    def __contains__(self, amount: Decimal) -> bool:
        return self.at_least <= amount and (self.below is None or amount < self.below)

    def __str__(self) -> str:
        lower = f"from {self.at_least}" if self.at_least else ""
        upper = "" if self.below is None else f"below {self.below}"
        return " and ".join(filter(None, (lower, upper)))

    def covers(self, other: "Amounts") -> bool:
        """Tell whether every amount of the other is among these."""
        no_more = self.below is None or (other.below is not None and other.below <= self.below)
        return self.at_least <= other.at_least and no_more

    def overlaps(self, other: "Amounts") -> bool:
        """Tell whether some amount is among both."""
        limits = [limit for limit in (self.below, other.below) if limit is not None]
        return not limits or max(self.at_least, other.at_least) < min(limits)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold: of each criterion one of the values, none listed stands for all of them."""

    shop: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()
    status: tuple[OrderStatus, ...] = ()
    delivery_status: tuple[DeliveryStatus, ...] = ()
    delivery_group: tuple[DeliveryGroup, ...] = ()
    country: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    payment: tuple[Payment, ...] = ()
    total: Amounts = Amounts()

    def __str__(self) -> str:
        lists = [f"{criterion}: {', '.join(values)}" for criterion, values in self._lists()]
        return "; ".join([*lists, *([f"total: {self.total}"] if str(self.total) else [])])

    def refusals(self, subject: Subject) -> list[str]:
        """Return what does not hold, in words; empty where all does."""
        reasons = [
            _reason(criterion, getattr(subject, criterion), values)
            for criterion, values in self._lists()
            if getattr(subject, criterion) not in values
        ]
        if subject.total not in self.total:
            reasons.append(f"total {subject.total} is not {self.total}")
        return reasons

    def covers(self, other: "Conditions") -> bool:
        """Tell whether these hold wherever the others do."""
        return self.total.covers(other.total) and all(
            theirs and set(theirs) <= set(values)
            for values, theirs in ((v, getattr(other, criterion)) for criterion, v in self._lists())
        )

    def overlaps(self, other: "Conditions") -> bool:
        """Tell whether there may be something for which these and the others hold."""
        return self.total.overlaps(other.total) and not any(
            theirs and set(theirs).isdisjoint(values)
            for values, theirs in ((v, getattr(other, criterion)) for criterion, v in self._lists())
        )

    def _lists(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the criteria that are restricted, with their values."""
        for criterion in CRITERIA:
            if values := getattr(self, criterion):
                yield criterion, values


def _reason(criterion: str, value: str | None, possible: tuple[str, ...]) -> str:
    name, values = criterion.replace("_", " "), ", ".join(possible)
    if value:
        return f"{name} {value} is none of {values}"
    return f"it has no {name}, which must be one of {values}"
