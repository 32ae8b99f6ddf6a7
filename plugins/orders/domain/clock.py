"""How long an order or a delivery may be in a state before somebody has to look."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orders.domain.states import ENDS, DeliveryStatus, Machine, OrderStatus


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit for stays in one state.

    Attributes:
        machine: Of orders or of deliveries.
        state: One that is no end.
        longer_than: What is in the state for longer is overdue.
    """

    machine: Machine
    state: str
    longer_than: timedelta


CLOCKED: Final[dict[Machine, tuple[str, ...]]] = {
    Machine.ORDER: tuple(s for s in OrderStatus if s not in ENDS[Machine.ORDER]),
    Machine.DELIVERY: tuple(s for s in DeliveryStatus if s not in ENDS[Machine.DELIVERY]),
}
"""The states that may have a clock."""
