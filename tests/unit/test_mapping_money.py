"""An amount of money is a number and a currency, and nobody guesses which."""

from typing import Any

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_currency, list_currencies

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.issue_codes import Code
from impex.mapping.money import SHARED
from tests.groups import column
from tests.unit.mapped_cells import code_of, issues_of, mapped

GERMAN: dict[str, Any] = {"locale": "de", "currency_to": "currency"}


def read(cell: str, **options: Any) -> tuple[str | None, str | None]:
    """Return the amount and the currency of a good cell."""
    options.setdefault("currency_to", "currency")
    result = mapped([column("x", type=ColumnType.MONEY, **options)], [("A", cell)])
    assert result.issues == []
    amount, currency = result.frame.row(0)[2:]
    return amount, currency


def fault(cell: str, **options: Any) -> Code:
    """Return the code of the only fault of a cell."""
    return code_of(cell, type=ColumnType.MONEY, **options)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("12.50 EUR", "12.50"),
        ("EUR 12.50", "12.50"),
        ("EUR12.50", "12.50"),
        ("eur 12", "12"),
        ("12.50 €", "12.50"),
        ("€12.50", "12.50"),
        ("-12.50 €", "-12.50"),
        ("€ -12.50", "-12.50"),
        ("-€12.50", "-12.50"),
        ("12.50\u00a0€", "12.50"),
        ("\u200f12.50 €", "12.50"),
    ],
)
def test_the_currency_stands_before_or_after_the_amount(cell: str, amount: str) -> None:
    """As a code or as a sign, with or without a blank."""
    assert read(cell) == (amount, "EUR")


@pytest.mark.parametrize(
    ("locale", "currency", "cell", "amount"),
    [
        ("de", "EUR", "1.234,50 €", "1234.50"),
        ("pl", "PLN", "1 234,50 zł", "1234.50"),
        ("uk", "UAH", "1 234,50 ₴", "1234.50"),
        ("en", "INR", "₹1,234.50", "1234.50"),
    ],
)
def test_a_sign_is_known_in_its_locale(locale: str, currency: str, cell: str, amount: str) -> None:
    """What only one currency is called there needs no declaration."""
    assert read(cell, locale=locale) == (amount, currency)


@pytest.mark.parametrize("currency", ["EUR", "PLN", "CHF", "GBP", "JPY", "USD", "CZK", "UAH"])
@pytest.mark.parametrize("locale", ["de", "en", "fr", "pl", "uk", "he", "de_CH"])
def test_what_a_locale_writes_is_read_back(locale: str, currency: str) -> None:
    """Also where the sign is shared with others, because the column declares the currency."""
    written = format_currency(-1234, currency, locale=locale, currency_digits=False)

    amount, code = read(written, locale=locale, currency=currency)

    assert (float(amount or 0), code) == (-1234.0, currency)


def test_a_sign_that_several_currencies_share_needs_a_declaration() -> None:
    """A dollar may be a Canadian one."""
    assert fault("$5", currency_to="currency") is Code.UNKNOWN_CURRENCY
    assert fault("$5", currency="EUR", currency_to="currency") is Code.UNKNOWN_CURRENCY
    assert read("$5", currency="CAD") == ("5", "CAD")
    assert read("5 CA$") == ("5", "CAD")


def test_the_shared_signs_are_those_that_the_unicode_project_knows() -> None:
    """A sign that means one currency here and another one there is never taken for granted."""
    meanings: dict[str, set[str]] = {}
    for name in locale_identifiers():
        for code, sign in Locale.parse(name).currency_symbols.items():
            meanings.setdefault(sign, set()).add(code)
    shared = {
        sign: " ".join(sorted(meant))
        for sign, meant in meanings.items()
        if len(meant) > 1 and sign.isprintable() and sign not in list_currencies()
    }

    assert shared == SHARED


def test_a_code_is_never_taken_for_a_sign() -> None:
    """Old shekels were written ILS, which is the code of the new ones."""
    assert read("5 ILS", locale="he") == ("5", "ILS")


def test_an_amount_without_a_currency_takes_the_declared_one() -> None:
    """Without one it is an issue, where the currency has a column of its own."""
    assert read("12.50", currency="EUR") == ("12.50", "EUR")
    assert fault("12.50", currency_to="currency") is Code.NO_CURRENCY


def test_without_a_column_for_it_only_the_declared_currency_is_right() -> None:
    """Otherwise dollars would become euros."""
    (issue,) = issues_of("5 USD", type=ColumnType.MONEY, currency="EUR")

    assert (issue.code, issue.message) == (Code.WRONG_CURRENCY, "'5 USD' is not in EUR")
    assert issues_of("5 EUR", type=ColumnType.MONEY, currency="EUR") == []


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "EUR",
        "5 -",
        "EUR 5 EUR",
        "1,50 €",
        "5 5 €",
        "--5 €",
        "-€-5",
        "1e5 €",
        "12:50 €",
        "1/2 €",
    ],
)
def test_what_is_no_amount_is_an_issue(cell: str) -> None:
    """The number is read as strictly as any other."""
    assert fault(cell, currency="EUR") is Code.BAD_MONEY


@pytest.mark.parametrize("cell", ["5 XYZ", "kr.5", "5 kr", "5 Taler", "5 £", "5 (EUR)"])
def test_a_currency_that_nobody_knows_is_an_issue(cell: str) -> None:
    """A sign with a point in front of the number does not become a decimal."""
    assert fault(cell, currency="EUR") is Code.UNKNOWN_CURRENCY


def test_an_empty_cell_has_neither_amount_nor_currency() -> None:
    """A default has the declared currency."""
    default = {"on_empty": OnEmpty.DEFAULT, "default": "1.5", "currency": "EUR", "locale": "de"}

    assert read("", currency="EUR") == (None, None)
    assert read("", **default) == ("1.5", "EUR")


def test_money_keeps_to_its_limits() -> None:
    """The amount counts, in whatever currency."""
    assert fault("12,345 €", scale=2, **GERMAN) is Code.TOO_MANY_DECIMALS
    assert fault("12,34 €", maximum="12", **GERMAN) is Code.TOO_LARGE
