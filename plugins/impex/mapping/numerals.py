"""Numbers as people write them: digits with a point, or with the marks of a declared locale."""

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from babel import Locale
from babel.numbers import (
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
    get_plus_sign_symbol,
)

from impex.domain.column import Column
from impex.domain.issue_codes import Code
from impex.mapping.values import Fault, Keep, Value, seldom

DIRECTION_MARKS = "[\u061c\u200e\u200f]"
# PostgreSQL declares a numeric with no more digits than that.
_MOST_DIGITS = 1000
# People type one blank for another, and the straight apostrophe for the curved one.
_ALIKE = ("'\u2019", " \u00a0\u2009\u202f")


@dataclass(frozen=True, slots=True)
class _Marks:
    """How numbers are written.

    Attributes:
        point: Stands before the decimals.
        groups: Any of these stands between groups of digits.
        minus: Stands for the sign beside the ASCII one.
        plus: The same.
        whole: Matches digits with or without groups.
    """

    point: str
    groups: str
    minus: str
    plus: str
    whole: str

    @property
    def sign(self) -> str:
        """Matches a sign, or none."""
        return f"(?:{'|'.join(map(re.escape, dict.fromkeys(('+', '-', self.plus, self.minus))))})?"


_PLAIN = _Marks(point=".", groups="", minus="-", plus="+", whole="[0-9]+")


def integer(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Read a whole number that PostgreSQL's bigint can hold."""
    marks = _marks(column.notation.locale)
    written = keep("figure", _written(cell, marks))
    number = _digits(written, marks, f"^{marks.sign}(?:{marks.whole})$")
    return Value(number.str.to_integer(strict=False, dtype=pl.Int64).cast(pl.String))


def decimal(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Read a number of any size; decimals that would be rounded are a fault."""
    marks, scale = _marks(column.notation.locale), column.limits.scale
    written = keep("figure", _written(cell, marks))
    number = keep("number", _digits(written, marks, _shape(marks, scale)))
    if scale is None:
        return Value(number)

    def longer(rest: pl.Series) -> pl.Series:
        digits = _digits(pl.col(rest.name), marks, _shape(marks, None))
        return rest.to_frame().select(digits.is_not_null()).to_series()

    # Most cells are right.
    rounded = keep("rounded", seldom(pl.when(number.is_null()).then(written), longer))
    what = f"has more than {scale} decimals"
    return Value(number, (Fault(Code.TOO_MANY_DECIMALS, what, rounded),))


def _shape(marks: _Marks, scale: int | None) -> str:
    """Return what matches a number of so many decimals; zeros at their end do not count."""
    decimals, alone = "[0-9]*", "[0-9]+"
    if scale is not None:
        decimals, alone = f"[0-9]{{0,{scale}}}0*", f"[0-9]{{1,{scale}}}0*" if scale else "0+"
    point = re.escape(marks.point)
    return f"^{marks.sign}(?:(?:{marks.whole})(?:{point}{decimals})?|{point}{alone})$"


def _written(cell: pl.Expr, marks: _Marks) -> pl.Expr:
    """Return a number without what does not count in it."""
    if marks is not _PLAIN:
        cell = cell.str.replace_all(DIRECTION_MARKS, "")
    return cell.str.strip_chars()


def _digits(written: pl.Expr, marks: _Marks, shape: str) -> pl.Expr:
    """Return a number of that shape as digits with a sign and a point, as far as it has them."""
    number = written
    if marks is not _PLAIN:
        number = (
            written.str.replace_all(f"[{re.escape(marks.groups)}]", "")
            .str.replace(marks.point, ".", literal=True)
            .str.replace(f"^{re.escape(marks.minus)}", "-")
            .str.replace(f"^{re.escape(marks.plus)}", "+")
        )
    right = written.str.contains(shape) & (number.str.len_bytes() <= _MOST_DIGITS)
    return pl.when(right).then(number)


@lru_cache(maxsize=16)
def _marks(name: str | None) -> _Marks:
    """Return how a locale writes numbers; without one, a point is all that there is."""
    if name is None:
        return _PLAIN
    locale = Locale.parse(name)
    group = get_group_symbol(locale)
    groups = next((alike for alike in _ALIKE if group in alike), group)
    last, other = locale.decimal_formats[None].grouping
    mark = f"[{re.escape(groups)}]"
    return _Marks(
        point=get_decimal_symbol(locale),
        groups=groups,
        minus=re.sub(DIRECTION_MARKS, "", get_minus_sign_symbol(locale)),
        plus=re.sub(DIRECTION_MARKS, "", get_plus_sign_symbol(locale)),
        whole=rf"[0-9]+|[0-9]{{1,{other}}}(?:{mark}[0-9]{{{other}}})*{mark}[0-9]{{{last}}}",
    )
