"""Checks constants and defaults against the type of their column."""

import json
import re
from collections.abc import Callable
from datetime import datetime, time
from typing import Final

from impex.domain.column import ColumnType

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


def literal_fault(text: str, kind: ColumnType, *, scale: int | None = None) -> str | None:
    """Say what the text should be, where it is not a value of the type; else None.

    Args:
        text: The value as typed; dates and times as ISO 8601 has them.
        kind: The type of the column.
        scale: Most digits after the decimal point.
    """
    if kind in (ColumnType.DECIMAL, ColumnType.MONEY):
        return _decimal_fault(text, scale)
    accepts, what = _ACCEPTED[kind]
    return None if accepts(text) else what


def directive_fault(form: str) -> str | None:
    """Say what is wrong with the parts of a strptime pattern; None where nothing is."""
    used = _directives(form)
    for letter in used:
        if not letter or letter not in _DIRECTIVES:
            return f"contains `%{letter}`; possible are {', '.join('%' + d for d in _DIRECTIVES)}"
        if used.count(letter) > 1:
            return f"contains `%{letter}` twice"
    return None


def format_fault(form: str, kind: ColumnType) -> str | None:
    """Say what a strptime pattern lacks for a date, time or timestamp; None where nothing."""
    used = set(_directives(form))
    day = "j" in used or ("d" in used and not used.isdisjoint({"m", "b", "B"}))
    if kind is ColumnType.TIME:
        if used - set("HIpMS") or "M" not in used:
            return "must contain hour and minute and no day, as in `%H:%M`"
    elif not day or used.isdisjoint({"Y", "y"}):
        return "must contain year, month and day, as in `%d.%m.%Y`"
    return _clock_fault(used)


def _directives(form: str) -> list[str]:
    return [letter for letter in re.findall(r"%(.?)", form, re.DOTALL) if letter != "%"]


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


def _is_moment(shape: re.Pattern[str]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return shape.fullmatch(text) is not None

    return check


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?", text) is not None


def _is_uuid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


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
    ColumnType.ENUM: (lambda _: True, ""),
    ColumnType.UUID: (_is_uuid, "a UUID"),
    ColumnType.DATE: (_is_moment(_DATE), "a date such as 2026-01-31"),
    ColumnType.TIME: (_is_time, "a time such as 12:00"),
    ColumnType.TIMESTAMP: (_is_moment(_TIMESTAMP), "a time such as 2026-01-31 12:00:00"),
    ColumnType.INTEGER: (_is_integer, "a whole number"),
    ColumnType.BOOLEAN: (
        lambda text: text.lower() in _BOOLEANS,
        f"one of {', '.join(_BOOLEANS)}",
    ),
    ColumnType.JSON: (_is_json, "JSON"),
}
