"""Which orders and deliveries an exporter takes, and what it says of the others."""

from dataclasses import fields
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.conditions import CRITERIA, Amounts, Conditions, Subject
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment
from tests.exporters import exporter, only, subject

DRAFT = {"supplier": "", "delivery_status": None, "delivery_group": None}

# Small worlds, in which every subject can be tried.
SHOPS = ("S1", "S2", "S3")
GROUPS = (DeliveryGroup.STANDARD, DeliveryGroup.MIXED, None)
TOTALS = tuple(map(Decimal, range(6)))
WORLD = [subject(shop=s, delivery_group=g, total=t) for s, g, t in product(SHOPS, GROUPS, TOTALS)]

AMOUNTS = st.builds(
    lambda low, length: Amounts(Decimal(low), length and Decimal(low + length)),
    st.integers(0, 5),
    st.none() | st.integers(1, 6),
)
CONDITIONS = st.builds(
    Conditions,
    shop=st.lists(st.sampled_from(SHOPS), unique=True).map(tuple),
    delivery_group=st.lists(st.sampled_from(GROUPS[:2]), unique=True).map(tuple),
    total=AMOUNTS,
)


@pytest.mark.parametrize(
    ("conditions", "changed", "reasons"),
    [
        (only(), {}, []),
        (only(), DRAFT, []),
        (only(shop=("S1", "S2"), country=("DE",)), {}, []),
        (only(shop=("S2",)), {}, ["shop S1 is none of S2"]),
        (
            only(status=(OrderStatus.IN_PROGRESS, OrderStatus.COMPLETED)),
            {"status": OrderStatus.CANCELLED},
            ["status cancelled is none of in_progress, completed"],
        ),
        (
            only(delivery_status=(DeliveryStatus.SHIPPED,), payment=(Payment.OFFLINE,)),
            {},
            ["delivery status allocated is none of shipped", "payment online is none of offline"],
        ),
        (only(supplier=("A", "B")), DRAFT, ["it has no supplier, which must be one of A, B"]),
        (only(country=("DE",)), {"country": ""}, ["it has no country, which must be one of DE"]),
        (only(currency=("USD", "GBP")), {}, ["currency EUR is none of USD, GBP"]),
        (only(total=Amounts(Decimal(100))), {}, []),
        (only(total=Amounts(Decimal(101))), {}, ["total 100 is not from 101"]),
        (only(total=Amounts(below=Decimal(100))), {}, ["total 100 is not below 100"]),
        (
            only(total=Amounts(Decimal(5), Decimal("9.50"))),
            {},
            ["total 100 is not from 5 and below 9.50"],
        ),
    ],
)
def test_what_does_not_hold_is_told_in_words(
    conditions: Conditions, changed: dict[str, Any], reasons: list[str]
) -> None:
    """All of it, with what is so and what could be."""
    assert conditions.refusals(subject(**changed)) == reasons


def test_a_disabled_exporter_takes_nothing() -> None:
    """Whatever its conditions."""
    assert exporter(enabled=False).refusals(subject()) == ["it is disabled"]


def test_every_criterion_is_known_of_a_subject() -> None:
    """Conditions ask for nothing that nobody loads, and nothing is loaded in vain."""
    assert {*CRITERIA, "total"} == {field.name for field in fields(Subject)}
    assert {*CRITERIA, "total"} == {field.name for field in fields(Conditions)}


def test_conditions_are_written_as_in_their_file() -> None:
    """For the table of the chain."""
    conditions = only(shop=("S1", "S2"), total=Amounts(Decimal(5), Decimal(9)))

    assert str(conditions) == "shop: S1, S2; total: from 5 and below 9"
    assert not str(only())


@given(CONDITIONS, CONDITIONS)
def test_what_one_covers_is_taken_by_it(one: Conditions, other: Conditions) -> None:
    """Each thing that the other takes, so that the other one never comes to its turn."""
    if one.covers(other):
        assert all(not one.refusals(each) for each in WORLD if not other.refusals(each))


@given(CONDITIONS, CONDITIONS)
def test_conditions_overlap_where_something_satisfies_both(
    one: Conditions, other: Conditions
) -> None:
    """And only there; in this small world everything that may be is there."""
    both = [each for each in WORLD if not one.refusals(each) and not other.refusals(each)]
    within = max(one.total.at_least, other.total.at_least) <= max(TOTALS)

    assert one.overlaps(other) == other.overlaps(one)
    assert bool(both) == (one.overlaps(other) and within)


@given(CONDITIONS)
def test_conditions_cover_and_overlap_themselves(conditions: Conditions) -> None:
    """Two exporters that are the same are in each other's way."""
    assert conditions.covers(conditions)
    assert conditions.overlaps(conditions)
    assert only().covers(conditions)
