"""The declared life cycles: the published table, the machine, and the table derived from it."""

import csv
import io
import itertools
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.domain.firing import fire
from orders.domain.guards import GUARDS
from orders.domain.lifecycle import RULES, STATES, Lifecycle
from orders.domain.moves import TABLES
from orders.domain.order import Delivery, Order
from orders.domain.states import DeliveryGroup, DeliveryStatus, Machine, OrderStatus, Payment
from tests.unit.made_orders import TESTER, made_delivery, made_order

PUBLISHED = REPOSITORY / "docs" / "lifecycle.csv"
COLUMNS = ("machine", "trigger", "source", "dest", "raises_flag")


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the columns that the machine is about, of every row of a CSV."""
    return [tuple(row[name] for name in COLUMNS) for row in csv.DictReader(io.StringIO(text))]


def published() -> list[dict[str, str]]:
    """Return every row of the published table."""
    return list(csv.DictReader(io.StringIO(PUBLISHED.read_text(encoding="utf-8"))))


def test_command_prints_the_published_life_cycles(capsys: pytest.CaptureFixture[str]) -> None:
    """Row for row, in the same order."""
    assert main(["lifecycle", "--csv"]) == 0
    assert rows(capsys.readouterr().out) == rows(PUBLISHED.read_text(encoding="utf-8"))


def test_what_follows_a_move_is_what_is_published() -> None:
    """The cascades have the published words."""
    declared = [rule.then or "" for machine in Machine for rule in RULES[machine]]
    assert declared == [row["then"] for row in published()]


def test_a_move_has_a_guard_where_one_is_published() -> None:
    """No rule lacks its condition, and none has one that nobody knows of."""
    declared = [bool(rule.guards) for machine in Machine for rule in RULES[machine]]
    assert declared == [bool(row["guard"]) for row in published()]


def test_every_guard_is_a_function_and_every_function_guards_something() -> None:
    """The names of the declaration and the functions are the same."""
    named = {guard for machine in Machine for rule in RULES[machine] for guard in rule.guards}
    assert named == set(GUARDS)


class Walker:
    """What the library's machine drives: the order or the delivery, its guards as methods."""

    state: str

    def __init__(self, order: Order, delivery: Delivery | None) -> None:
        """Ask the guards about these."""
        self._asked = order, delivery

    def __getattr__(self, name: str) -> Any:
        """Return a guard as the library wants it: whether it permits."""
        if name not in GUARDS:
            raise AttributeError(name)
        return lambda: not GUARDS[name](*self._asked)


class Situation(NamedTuple):
    """What guards distinguish, beside the state."""

    payment: Payment
    captured: int
    group: DeliveryGroup
    other: DeliveryStatus


def situations() -> list[Situation]:
    """Return all: how it is paid, what is paid, the group, and where the other delivery is."""
    return list(
        itertools.starmap(
            Situation,
            itertools.product(
                Payment,
                (0, 100),
                DeliveryGroup,
                (
                    DeliveryStatus.RESERVED,
                    DeliveryStatus.IN_TRANSIT,
                    DeliveryStatus.SHIPPED,
                    DeliveryStatus.DEALLOCATED,
                ),
            ),
        )
    )


@pytest.mark.parametrize("machine", Machine)
def test_the_table_decides_as_the_machine_does(machine: Machine) -> None:
    """On every state and trigger, in every situation that a guard distinguishes."""
    compared, lifecycle = 0, Lifecycle(machine)
    for state, trigger in itertools.product(STATES[machine], TABLES[machine].triggers):
        for situation in situations():
            expected = by_the_library(
                lifecycle, state, trigger, subjects(machine, state, situation)
            )
            assert by_the_table(machine, state, trigger, situation) == expected
            compared += 1
    assert compared == len(STATES[machine]) * len(TABLES[machine].triggers) * len(situations())


def subjects(machine: Machine, state: str, situation: Situation) -> tuple[Order, Delivery | None]:
    """Return an order in a situation, and the delivery whose state it is."""
    other = made_delivery(2, situation.other)
    payment, captured = situation.payment, situation.captured
    if machine is Machine.ORDER:
        first = made_delivery(1, DeliveryStatus.RESERVED, situation.group)
        order = made_order(first, other, payment=payment, captured=captured)
        order.status = OrderStatus(state)
        return order, None
    delivery = made_delivery(1, DeliveryStatus(state), situation.group)
    order = made_order(delivery, other, payment=payment, captured=captured)
    order.status = OrderStatus.IN_PROGRESS
    return order, delivery


def by_the_library(
    lifecycle: Lifecycle, state: str, trigger: str, asked: tuple[Order, Delivery | None]
) -> str:
    """Return the state that the library's machine comes to."""
    walker = Walker(*asked)
    lifecycle.add_model(walker, initial=str(state))
    if trigger in lifecycle.get_triggers(str(state)):
        lifecycle.events[trigger].trigger(walker)
    lifecycle.remove_model(walker)
    return walker.state


def by_the_table(machine: Machine, state: str, trigger: str, situation: Situation) -> str:
    """Return the state that firing comes to."""
    order, delivery = subjects(machine, state, situation)
    fire(order, delivery, trigger, TESTER)
    if order.facts and machine is Machine.ORDER:
        return str(order.facts[0].move.dest)
    return str((delivery or order).status)


@pytest.mark.parametrize("machine", Machine)
def test_pictures_in_the_documentation_are_those_of_the_code(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows the machine as it is."""
    assert main(["lifecycle", "--diagram", machine]) == 0
    page = Path(REPOSITORY / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{capsys.readouterr().out}```" in page
