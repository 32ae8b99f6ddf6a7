"""Any sequence of triggers, beside a small model that reads the published table only."""

import csv
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local.settings import REPOSITORY
from orders.domain.firing import fire
from orders.domain.order import Order, StockKind
from orders.domain.states import DeliveryGroup, Payment
from tests.unit.made_orders import TESTER, made_delivery, made_order

PUBLISHED: Final = (REPOSITORY / "docs" / "lifecycle.csv").read_text(encoding="utf-8")
TABLE: Final = list(csv.DictReader(PUBLISHED.splitlines()))
TRIGGERS: Final = {
    machine: sorted({row["trigger"] for row in TABLE if row["machine"] == machine})
    for machine in ("order", "delivery")
}
GONE: Final = ("wait_voided", "reservation_voided", "deallocated")
AWAY: Final = ("in_transit", "in_transit_payment_due", "shipped", "returned")


class Model:
    """An order as the published table describes it: words and numbers, nothing else."""

    def __init__(self, payment: str, groups: list[str]) -> None:
        """Start with a draft."""
        self.order = "draft"
        self.payment = payment
        self.due = 0
        self.deliveries = ["created"] * len(groups)
        self.groups = groups
        self.flags: list[str] = []

    def fire(self, machine: str, index: int | None, trigger: str) -> bool:
        """Do what the table says; tell whether it says anything."""
        status = self.order if index is None else self.deliveries[index]
        for row in TABLE:
            meant = (row["machine"], row["trigger"]) == (machine, trigger)
            known = meant and status in row["source"].split("|")
            if known and self.permits(row["guard"], index):
                self.move(row, index)
                return True
        return False

    def move(self, row: dict[str, str], index: int | None) -> None:
        """Go to the state of the row, raise its flag, and do what follows."""
        if index is None:
            self.order = row["dest"]
        else:
            self.deliveries[index] = row["dest"]
        if row["raises_flag"]:
            self.flags.append(row["raises_flag"])
        if row["then"] == "order.delivery_shipped":
            self.fire("order", None, "delivery_shipped")
        elif row["then"]:
            triggers = [word.split(".")[1] for word in row["then"].split() if "." in word]
            for each in range(len(self.deliveries)):
                any(self.fire("delivery", each, trigger) for trigger in triggers)

    def permits(self, guard: str, index: int | None) -> bool:
        """Answer the guards of the table."""
        states = self.deliveries
        group = self.groups[index] if index is not None else ""
        kept = [state for state in states if state not in GONE]
        answers: dict[str, Callable[[], bool]] = {
            "": lambda: True,
            "every delivery is reserved": lambda: {*states} == {"reserved"},
            "every delivery can be cancelled and nothing is to be refunded": lambda: (
                not {*states} & {*AWAY} and self.due == 0
            ),
            "every delivery can be cancelled and a refund is due": lambda: (
                not {*states} & {*AWAY} and self.due > 0
            ),
            "no delivery is in transit and nothing is to be refunded": lambda: (
                not {*states} & {*AWAY[:2]} and self.due == 0
            ),
            "no delivery is in transit and a refund is due": lambda: (
                not {*states} & {*AWAY[:2]} and self.due > 0
            ),
            "every delivery that is not cancelled is shipped": lambda: {*kept} == {"shipped"},
            "some delivery that is not cancelled is not yet shipped": lambda: (
                "shipped" in kept and {*kept} != {"shipped"}
            ),
            "group is standard": lambda: group == "standard",
            "group is preorder or mixed": lambda: group in {"preorder", "mixed"},
            "group is backorder": lambda: group == "backorder",
            "group is electronic": lambda: group == "electronic",
            "payment is captured or not needed": lambda: self.payment == "none" or self.due >= 100,
            "payment is captured offline later": lambda: self.payment == "offline",
        }
        return answers[guard]()


class AnyTriggers(RuleBasedStateMachine):
    """Fires anything at any time, at the domain and at the model."""

    def __init__(self) -> None:
        """Begin without an order."""
        super().__init__()
        self.real: Order | None = None
        self.model = Model("none", [])

    @initialize(
        payment=st.sampled_from(Payment),
        groups=st.lists(st.sampled_from(DeliveryGroup), min_size=1, max_size=3),
    )
    def draft(self, payment: Payment, groups: list[DeliveryGroup]) -> None:
        """Make the same draft on both sides."""
        deliveries = [made_delivery(n, group=group) for n, group in enumerate(groups, 1)]
        self.real = made_order(*deliveries, payment=payment, captured=0)
        self.model = Model(payment.value, [group.value for group in groups])

    @rule(trigger=st.sampled_from(TRIGGERS["order"]))
    def fire_at_order(self, trigger: str) -> None:
        """Fire a trigger of the order."""
        self.fire(None, trigger)

    @rule(index=st.integers(0, 2), trigger=st.sampled_from(TRIGGERS["delivery"]))
    def fire_at_delivery(self, index: int, trigger: str) -> None:
        """Fire a trigger of one of its deliveries."""
        self.fire(index % len(self.order.deliveries), trigger)

    @rule()
    def go_on(self) -> None:
        """Do what usually comes next, so that late states are reached."""
        for index in range(len(self.order.deliveries)):
            for trigger in TRIGGERS["delivery"]:
                if trigger not in {"cancel", "capture_failed", "return_goods"}:
                    self.fire(index, trigger)

    @precondition(lambda self: self.model.due < 100)
    @rule()
    def pay(self) -> None:
        """Pay all of it."""
        self.order.captured, self.model.due = Decimal(100), 100

    @precondition(lambda self: self.model.due > 0)
    @rule()
    def refund(self) -> None:
        """Pay all of it back."""
        self.order.captured, self.model.due = Decimal(0), 0

    def fire(self, index: int | None, trigger: str) -> None:
        """Fire on both sides; what is refused has a reason and changes nothing."""
        delivery = None if index is None else self.order.deliveries[index]
        before = self.told()
        reasons = fire(self.order, delivery, trigger, TESTER)
        machine = "order" if index is None else "delivery"
        assert self.model.fire(machine, index, trigger) == (not reasons)
        if reasons:
            assert all(reasons)
            assert self.told() == before

    def told(self) -> tuple[Any, ...]:
        """Return all that a trigger may change."""
        order = self.order
        statuses = [delivery.status for delivery in order.deliveries]
        return order.status, statuses, len(order.facts), order.flags, len(order.movements)

    @property
    def order(self) -> Order:
        """The order."""
        assert self.real is not None
        return self.real

    @invariant()
    def both_are_the_same(self) -> None:
        """States and flags are those of the model, in the same order."""
        if self.real:
            assert self.order.status == self.model.order
            assert [d.status for d in self.order.deliveries] == self.model.deliveries
            assert [raised.flag for raised in self.order.raised] == self.model.flags

    @invariant()
    def history_has_no_gap(self) -> None:
        """Each fact starts where the one before of the same machine has ended."""
        ends: dict[int, str] = {}
        for fact in self.real.facts if self.real else ():
            key = fact.delivery.id if fact.delivery else 0
            assert ends.get(key, fact.move.source) == fact.move.source
            ends[key] = fact.move.dest

    @invariant()
    def flags_are_numbered(self) -> None:
        """They queue from 1 without a gap."""
        if self.real:
            assert [raised.seq for raised in self.order.raised] == [
                *range(1, len(self.order.raised) + 1)
            ]

    @invariant()
    def stock_moves_once_and_adds_up(self) -> None:
        """No line does one kind twice; nothing is set aside that was not reserved."""
        done: dict[int, list[StockKind]] = {}
        reserved: dict[int, Decimal] = {}
        for movement in self.real.movements if self.real else ():
            done.setdefault(movement.line.id, []).append(movement.kind)
            reserved[movement.line.id] = reserved.get(movement.line.id, Decimal(0))
            reserved[movement.line.id] += movement.reserved
        assert all(len(kinds) == len({*kinds}) for kinds in done.values())
        assert all(amount >= 0 for amount in reserved.values())


TestAnyTriggers = AnyTriggers.TestCase
TestAnyTriggers.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
