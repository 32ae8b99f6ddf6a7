"""Checks constants and defaults against the type of their column."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from impex.domain.group import ColumnType

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_BIGINT_LIMIT: Final = 2**63
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(?:\.(?P<digits>[0-9]+))?")
_BOOLEANS: Final = ("true", "false", "yes", "no", "1", "0")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP: Final = re.compile(
    _DATE.pattern + r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(\.[0-9]+)?)?)?"
)

# What Python and the importer read alike; %f is not among it.
_DIRECTIVES: Final = "YymdjbBaAHIpMSz"


def literal_fault(
    text: str, kind: ColumnType, *, scale: int | None = None, form: str | None = None
) -> str | None:
    """Say what the text should be, where it is not a value of the type; else None.

    Args:
        text: The value as typed.
        kind: The type of the column.
        scale: Most digits after the decimal point.
        form: A valid pattern for dates and timestamps, see ``format_fault``; None means ISO 8601.
    """
    match kind:
        case ColumnType.DECIMAL:
            return _decimal_fault(text, scale)
        case ColumnType.DATE:
            return _time_fault(text, _DATE, form, "a date such as 2026-01-31")
        case ColumnType.TIMESTAMP:
            return _time_fault(text, _TIMESTAMP, form, "a time such as 2026-01-31 12:00:00")
        case _:
            accepts, what = _ACCEPTED[kind]
            return None if accepts(text) else what


def format_fault(form: str) -> str | None:
    """Say what is wrong with a strptime pattern; None where nothing is."""
    used = [letter for letter in re.findall(r"%(.?)", form, re.DOTALL) if letter != "%"]
    for letter in used:
        if not letter or letter not in _DIRECTIVES:
            return f"contains `%{letter}`; possible are {', '.join('%' + d for d in _DIRECTIVES)}"
        if used.count(letter) > 1:
            return f"contains `%{letter}` twice"
    day = "j" in used or ("d" in used and not {"m", "b", "B"}.isdisjoint(used))
    if not day or {"Y", "y"}.isdisjoint(used):
        return "must contain year, month and day, as in `%d.%m.%Y`"
    return _clock_fault(set(used))


def _clock_fault(used: set[str]) -> str | None:
    """Say what is missing from the time of day; nothing of it may stand alone."""
    hours = used & {"H", "I"}
    if bool(hours) != ("M" in used) or ("S" in used and not hours):
        return "must contain hour and minute together, as in `%H:%M`"
    if ("I" in used) != ("p" in used):
        return "must contain `%I` and `%p` together, as in `%I:%M %p`"
    return None


def _is_integer(text: str) -> bool:
    return bool(_INTEGER.fullmatch(text)) and -_BIGINT_LIMIT <= int(text) < _BIGINT_LIMIT


def _decimal_fault(text: str, scale: int | None) -> str | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return "a number with a point before the decimals"
    if scale is not None and len((match["digits"] or "").rstrip("0")) > scale:
        return f"a number with at most {scale} digits after the point"
    return None


def _time_fault(text: str, iso: re.Pattern[str], form: str | None, example: str) -> str | None:
    try:
        if form is not None:
            datetime.strptime(text, form)  # noqa: DTZ007  only the shape matters here
            return None
        datetime.fromisoformat(text)
    except ValueError:
        return example if form is None else f"written as `{form}`"
    return None if iso.fullmatch(text) else example


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON does not know."""
    raise ValueError(constant)


_ACCEPTED: Final[dict[ColumnType, tuple[Callable[[str], bool], str]]] = {
    ColumnType.TEXT: (lambda _: True, ""),
    ColumnType.INTEGER: (_is_integer, "a whole number"),
    ColumnType.BOOLEAN: (
        lambda text: text.lower() in _BOOLEANS,
        f"one of {', '.join(_BOOLEANS)}",
    ),
    ColumnType.JSON: (_is_json, "JSON"),
}
