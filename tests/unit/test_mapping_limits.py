"""Values keep to the limits of their column, each with a code and a message of its own."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from tests.unit.mapped_cells import issues_of, value_of

DECIMALS = st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,30})?", fullmatch=True)


def only(cell: str, **options: Any) -> Issue:
    """Return the one issue of a cell."""
    (issue,) = issues_of(cell, **options)
    return issue


@pytest.mark.parametrize(
    ("kind", "cell", "limits", "code", "message"),
    [
        ("integer", "4", {"minimum": "5"}, "too_small", "'4' is less than 5"),
        ("integer", "-6", {"minimum": "-5"}, "too_small", "'-6' is less than -5"),
        ("decimal", "5.01", {"maximum": "5"}, "too_large", "'5.01' is more than 5"),
        ("decimal", "1" * 400, {"maximum": "5"}, "too_large", f"{'1' * 200!r} is more than 5"),
        ("date", "2025-12-31", {"minimum": "2026-01-01"}, "too_small",
         "'2025-12-31' is before 2026-01-01"),
        ("date", "2026-01-02", {"maximum": "2026-01-01"}, "too_large",
         "'2026-01-02' is after 2026-01-01"),
        ("time", "12:00:01", {"maximum": "12:00"}, "too_large", "'12:00:01' is after 12:00"),
        ("timestamp", "2026-01-31 12:00:00.5", {"maximum": "2026-01-31T12:00"}, "too_large",
         "'2026-01-31 12:00:00.5' is after 2026-01-31T12:00"),
        ("text", "ab", {"min_length": 3}, "too_short", "'ab' is shorter than 3 characters"),
        ("text", "größer", {"max_length": 5}, "too_long", "'größer' is longer than 5 characters"),
        ("text", "abc1", {"pattern": "[a-z]+"}, "pattern_mismatch",
         "'abc1' does not match [a-z]+"),
    ],
)  # fmt: skip
def test_a_value_beyond_a_limit_is_an_issue_that_names_it(
    kind: str, cell: str, limits: dict[str, Any], code: str, message: str
) -> None:
    """A person sees what would have been right."""
    issue = only(cell, type=ColumnType(kind), **limits)

    assert (issue.code, issue.message) == (Code(code), message)


@pytest.mark.parametrize(
    ("kind", "cell", "limits"),
    [
        ("integer", "5", {"minimum": "5", "maximum": "5"}),
        ("decimal", "5.000", {"minimum": "5", "maximum": "5.0"}),
        ("date", "2026-01-01", {"minimum": "2026-01-01", "maximum": "2026-01-01"}),
        ("time", "12:00", {"minimum": "12:00", "maximum": "12:00:00"}),
        ("timestamp", "2026-01-31", {"minimum": "2026-01-31", "maximum": "2026-01-31T00:00"}),
        ("text", "größe", {"min_length": 5, "max_length": 5}),
        ("text", "a\nb", {"pattern": "a.b|(?s)a.b"}),
        ("text", "a|b", {"pattern": r"\Qa|b"}),
    ],
)
def test_a_value_on_a_limit_is_right(kind: str, cell: str, limits: dict[str, Any]) -> None:
    """Limits are inclusive."""
    assert issues_of(cell, type=ColumnType(kind), **limits) == []


@given(cell=DECIMALS, limit=DECIMALS)
@example("0.10000000000000000000000001", "0.1")
@example("0.1", "0.10000000000000000000000001")
@example("-0", "0")
def test_numbers_are_compared_exactly(cell: str, limit: str) -> None:
    """Also where a float could not tell them apart."""
    below = issues_of(cell, type=ColumnType.DECIMAL, minimum=limit)
    above = issues_of(cell, type=ColumnType.DECIMAL, maximum=limit)

    assert bool(below) is (Decimal(cell) < Decimal(limit))
    assert bool(above) is (Decimal(cell) > Decimal(limit))


def test_all_limits_that_a_value_breaks_are_told() -> None:
    """A person mends a value once."""
    issues = issues_of("ab1", min_length=4, pattern="[a-z]+")

    assert [issue.code for issue in issues] == [Code.TOO_SHORT, Code.PATTERN_MISMATCH]


def test_the_whole_text_matches_a_pattern_not_a_part_of_it() -> None:
    """Alternatives do not open the pattern at its ends."""
    assert only("xa", pattern="a|b").code is Code.PATTERN_MISMATCH
    assert only("a\n", pattern="a").code is Code.PATTERN_MISMATCH
    assert value_of("b", pattern="a|b") == "b"


def test_limits_are_written_plainly_whatever_the_file_has() -> None:
    """The descriptor has one notation, files have many."""
    german = {"type": ColumnType.DECIMAL, "locale": "de", "maximum": "1.5"}
    day = {"type": ColumnType.DATE, "format": "%d.%m.%Y", "minimum": "2026-01-31"}

    assert value_of("1,5", **german) == "1.5"
    assert only("1,51", **german).message == "'1,51' is more than 1.5"
    assert value_of("31.01.2026", **day) == "2026-01-31"
    assert only("30.01.2026", **day).message == "'30.01.2026' is before 2026-01-31"


def test_a_limit_may_be_finer_than_the_values() -> None:
    """The scale of the column is often that of the table."""
    price = {"type": ColumnType.DECIMAL, "scale": 2, "minimum": "0.005"}

    assert value_of("0.01", **price) == "0.01"
    assert only("0.00", **price).code is Code.TOO_SMALL


def test_an_empty_cell_breaks_no_limit() -> None:
    """Nor does the default that replaces it."""
    default = {"on_empty": OnEmpty.DEFAULT, "default": "0"}

    assert value_of("", min_length=3, pattern="a") is None
    assert value_of("", type=ColumnType.INTEGER, minimum="1", **default) == "0"
