"""Numbers are read in the marks that the column declares, and nothing is guessed."""

from decimal import Decimal

import pytest
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.column import ColumnType
from impex.domain.issue_codes import Code
from tests.unit.mapped_cells import code_of, issues_of, value_of

NUMBERS = st.decimals(-(10**12), 10**12, places=4).map(Decimal.normalize)


@pytest.mark.parametrize(
    ("locale", "cell", "value"),
    [
        ("de", "1.234,56", "1234.56"),
        ("de", "1234,5", "1234.5"),
        ("de", "-1.234.567", "-1234567"),
        ("de", ",5", ".5"),
        ("de", " +5 ", "+5"),
        ("en", "1,234.56", "1234.56"),
        ("fr", "1 234,56", "1234.56"),
        ("fr", "1\u00a0234,56", "1234.56"),
        ("fr", "1\u202f234,56", "1234.56"),
        ("de_CH", "1'234.56", "1234.56"),
        ("de_CH", "1\u2019234.56", "1234.56"),
        ("hi", "12,34,567.8", "1234567.8"),
        ("sv", "\u22125,5", "-5.5"),
        ("sv", "-5,5", "-5.5"),
        ("ar_EG", "\u200e-5", "-5"),
        ("en_US_POSIX", "1234.5", "1234.5"),
    ],
)
def test_a_number_is_read_in_the_marks_of_its_locale(locale: str, cell: str, value: str) -> None:
    """Blanks and apostrophes are taken for one another, as people type them."""
    assert value_of(cell, type=ColumnType.DECIMAL, locale=locale) == value


@pytest.mark.parametrize(
    ("locale", "cells"),
    [
        (None, ["1,234", "1.234,56", "1 234", "1'234", "\u22125"]),
        ("de", ["1.23", "1234.567", "12.34.567", "1.234.5", "1,234,567", "1 234", "1..234", ","]),
        ("en", ["1.234,56", "1,23", ",123", "1,2345"]),
        ("fr", ["1.234,5", "1 23", "1  234"]),
        ("hi", ["123,456", "1,234,567"]),
    ],
)
def test_a_number_in_other_marks_is_an_issue(locale: str | None, cells: list[str]) -> None:
    """A mark that stands where the locale has none may mean something else."""
    for cell in cells:
        assert code_of(cell, type=ColumnType.DECIMAL, locale=locale) is Code.BAD_DECIMAL, cell


def test_a_whole_number_has_groups_but_no_decimals() -> None:
    """With the marks of Germany 1.234 is one thousand and more."""
    german = {"type": ColumnType.INTEGER, "locale": "de"}

    assert value_of("1.234", **german) == "1234"
    assert code_of("1234,0", **german) is Code.BAD_INTEGER
    assert code_of("1.23", **german) is Code.BAD_INTEGER


@given(number=NUMBERS, locale=st.sampled_from(locale_identifiers()))
@example(Decimal("-1234567.5"), "ar_EG")
@example(Decimal("-1234567.5"), "fa")
@example(Decimal("1234567.5"), "gsw")
def test_what_a_locale_writes_is_read_back(number: Decimal, locale: str) -> None:
    """Whatever the Unicode project knows of a locale's numbers, they come back as they were."""
    written = format_decimal(number, locale=locale, decimal_quantization=False)

    value = value_of(written, type=ColumnType.DECIMAL, locale=locale)

    assert Decimal(str(value)) == number


@pytest.mark.parametrize(
    ("scale", "cell", "good"),
    [
        (0, "5.", True),
        (0, "5.0", True),
        (0, ".0", True),
        (0, "5.01", False),
        (2, ".250", True),
        (2, ".255", False),
        (2, "1,25", False),
    ],
)
def test_decimals_beyond_the_scale_are_never_rounded(scale: int, cell: str, good: bool) -> None:
    """Zeros at the end are no decimals."""
    assert (issues_of(cell, type=ColumnType.DECIMAL, scale=scale) == []) is good


def test_too_many_decimals_are_told_apart_from_what_is_no_number() -> None:
    """A person rounds the one and corrects the other."""
    german = {"type": ColumnType.DECIMAL, "locale": "de", "scale": 2}

    (issue,) = issues_of("1.234,567", **german)

    assert (issue.code, issue.message) == (
        Code.TOO_MANY_DECIMALS,
        "'1.234,567' has more than 2 decimals",
    )
    assert code_of("1,234,567", **german) is Code.BAD_DECIMAL
