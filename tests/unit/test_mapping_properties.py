"""Any text at all becomes the same value in PostgreSQL, or it is an issue."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impex.domain.column import ColumnType
from tests.groups import column
from tests.unit.mapped_cells import mapped

DAY = r"[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3}|\.[0-9]{6})?"
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"
UUID = "[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"

# What PostgreSQL reads as the type without a second meaning.
FORMS = {
    ColumnType.INTEGER: "-?(0|[1-9][0-9]{0,18})",
    ColumnType.DECIMAL: NUMBER,
    ColumnType.MONEY: NUMBER,
    ColumnType.BOOLEAN: "true|false",
    ColumnType.DATE: DAY,
    ColumnType.TIME: CLOCK,
    ColumnType.TIMESTAMP: f"{DAY} {CLOCK}",
    ColumnType.UUID: UUID,
    ColumnType.ENUM: "active|inactive",
}
OPTIONS: dict[ColumnType, dict[str, Any]] = {
    ColumnType.MONEY: {"currency": "EUR"},
    ColumnType.ENUM: {"values": (("aktiv", "active"), ("inaktiv", "inactive"))},
}
# Text that looks like a value, so that many of them are.
NEAR = st.text("0123456789+-.,:/TZ €EUaktivnys'\u00a0\u2212e{}", max_size=30)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WRITTEN = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map("{:f}".format),
    st.dates().map(str),
    st.times().map(str),
    st.datetimes(timezones=st.none() | st.timezones()).map(str),
    st.uuids().map(str),
    st.booleans().map(str),
)


def numbers(text: str) -> list[int]:
    """Return the whole numbers that stand in a text."""
    return [int(digits) for digits in re.findall("[0-9]+", text)]


SAME: dict[ColumnType, Callable[[str, str], bool]] = {
    ColumnType.INTEGER: lambda cell, value: int(cell) == int(value),
    ColumnType.DECIMAL: lambda cell, value: Decimal(cell) == Decimal(value),
    ColumnType.MONEY: lambda cell, value: (
        Decimal(re.sub("EUR|€|\\s", "", cell, flags=re.IGNORECASE)) == Decimal(value)
    ),
    ColumnType.DATE: lambda cell, value: numbers(cell) == numbers(value),
    ColumnType.UUID: lambda cell, value: cell.strip().lower() == value.lower(),
}


@pytest.mark.parametrize("kind", FORMS)
@given(cell=NEAR | ANY | WRITTEN)
def test_any_text_is_a_value_that_postgresql_reads_alike_or_an_issue(
    kind: ColumnType, cell: str
) -> None:
    """Every row has exactly one fate, and no text becomes another value than it says."""
    options = OPTIONS.get(kind, {})

    result = mapped([column("x", type=kind, **options)], [("A", cell)])

    assert result.frame.height + result.rejected == 1
    assert bool(result.issues) is bool(result.rejected)
    for value in result.frame["c2"].to_list():
        if cell == "":
            assert value is None
        else:
            assert re.fullmatch(FORMS[kind], value)
            assert kind not in SAME or SAME[kind](cell, value)


@settings(max_examples=30)
@given(cells=st.lists(NEAR | WRITTEN, min_size=1))
def test_a_cell_becomes_the_same_among_others_as_alone(cells: list[str]) -> None:
    """What stands in other rows of a batch does not matter."""
    for kind in (ColumnType.TIMESTAMP, ColumnType.DECIMAL, ColumnType.TIME):
        columns = [column("x", type=kind, formats=())]

        together = mapped(columns, [(str(n), cell) for n, cell in enumerate(cells)])
        alone = [mapped(columns, [(str(n), cell)]) for n, cell in enumerate(cells)]

        assert together.frame.select("c1", "c2").rows() == [
            row for result in alone for row in result.frame.select("c1", "c2").rows()
        ]
