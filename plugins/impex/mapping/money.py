"""Amounts of money: a number and, before or after it, the code or the sign of a currency."""

from functools import lru_cache

import polars as pl
from babel import Locale
from babel.numbers import list_currencies

from impex.domain.column import Column
from impex.domain.issue_codes import Code
from impex.mapping.numerals import DIRECTION_MARKS, decimal
from impex.mapping.values import Fault, Keep, Value

SHARED = {
    "$": "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP FJD GYD JMD KYD LRD MXN NAD NZD SBD SGD SRD "
    "TTD TWD USD UYU XCD",
    "C$": "CAD NIO",
    "£": "FKP GBP GIP SHP SSP",
    "¥": "CNY JPY",
    "\uffe5": "CNY JPY",
    "kr": "DKK EEK NOK SEK",
    "kr.": "DKK ISK",
    "Br": "BYN ETB",
    "F": "FRF LUF",
    "K": "MMK PGK ZMW",
    "L": "HNL MDL",
    "Rs": "INR MUR PKR SCR",
}
"""Signs that several currencies have at home; only a declared currency tells which is meant."""

# Where a column declares no locale.
_USUAL = "en"
# A name neither begins with a mark of numbers nor contains digits or signs.
_NAME = r"[^\d\s+\-\u2212.,'\u2019][^\d+\-\u2212]*?"
_SIGN = r"[+\-\u2212]?"
_SHAPE = (
    rf"^(?P<sign>{_SIGN})\s*(?P<before>{_NAME})?\s*"
    rf"(?P<number>{_SIGN}[0-9](?:[^\pL\p{{Sc}}]*[0-9])?)\s*(?P<after>{_NAME})?$"
)


def money(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Read an amount and the currency that it names."""
    notation = column.notation
    written = cell.str.replace_all(DIRECTION_MARKS, "").str.strip_chars()
    parts = keep("parts", written.str.extract_groups(_SHAPE)).struct
    sign, before, figure, after = (
        parts.field(n).fill_null("") for n in ("sign", "before", "number", "after")
    )
    clear = (figure != "") & ((before == "") | (after == ""))
    amount = decimal(pl.when(clear).then(sign + figure).otherwise(written), column, keep)
    name = keep("currency", pl.when(clear & (before + after != "")).then(before + after))
    code = keep("code", _code(name, notation.locale, notation.currency))
    read = amount.text.is_not_null()
    unclear = read & name.is_not_null() & code.is_null()
    faults = [
        *amount.faults,
        Fault(Code.UNKNOWN_CURRENCY, "is in a currency that is not clear", unclear),
    ]
    if column.currency_to is None:
        other = read & (code != (notation.currency or ""))
        faults.append(Fault(Code.WRONG_CURRENCY, f"is not in {notation.currency}", other))
    elif notation.currency is None:
        faults.append(Fault(Code.NO_CURRENCY, "names no currency", read & name.is_null()))
    return Value(amount.text, tuple(faults), pl.coalesce(code, pl.lit(notation.currency)))


def _code(name: pl.Expr, locale: str | None, currency: str | None) -> pl.Expr:
    """Return the ISO 4217 code of a currency that is called so; null where nobody can tell."""
    names = _names(locale or _USUAL, currency)
    return pl.coalesce(
        called.replace_strict(
            list(names), list(names.values()), default=None, return_dtype=pl.String
        )
        for called in (name, name.str.to_uppercase())
    )


@lru_cache(maxsize=16)
def _names(locale: str, currency: str | None) -> dict[str, str]:
    """Return what currencies are called, with their codes."""
    signs = Locale.parse(locale).currency_symbols.items()
    return (
        {sign: code for code, sign in signs if sign not in SHARED}
        | {sign: currency for sign, codes in SHARED.items() if currency and currency in codes}
        | {code: code for code in list_currencies()}
    )
