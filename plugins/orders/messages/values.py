"""What the texts of a message mean: numbers, times, words."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from orders.messages.refusal import RefusedMessageError, quoted

SHORT: Final = 200
"""How many characters numbers and codes may have."""

LONG: Final = 2000
"""How many characters sentences may have."""

_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,6}0*)?([eE][+-]?[0-9]{1,2})?")
_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_MOST: Final = Decimal(10) ** 15
_FINEST: Final = -6
_LINE_ENDS: Final = re.compile(r"[\x00-\x1f\x7f]")


def word(text: str, where: str, limit: int = SHORT) -> str:
    """Return a number or a code as text: one line, without blanks around it.

    Raises:
        RefusedMessageError: It is too long, or is more than a line.
    """
    stripped = text.strip()
    if _LINE_ENDS.search(stripped):
        raise RefusedMessageError(where, f"{quoted(stripped)} has a control character")
    return _bounded(stripped, limit, where)


def sentence(text: str, where: str) -> str:
    """Return what is for people to read.

    Raises:
        RefusedMessageError: It is too long.
    """
    return _bounded(text.strip(), LONG, where)


def quantity(text: str, where: str) -> Decimal:
    """Return a quantity, to the last digit.

    Raises:
        RefusedMessageError: It is none, or has more than 15 digits or more than six decimals.
    """
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise RefusedMessageError(where, f"{quoted(text)} is no quantity such as 2 or 0.5")
    number = Decimal(stripped)
    exponent = number.normalize().as_tuple().exponent
    if abs(number) >= _MOST or (isinstance(exponent, int) and exponent < _FINEST):
        what = f"{quoted(text)} has more than 15 digits, or more than six decimals"
        raise RefusedMessageError(where, what)
    return number


def whole_number(text: str, where: str) -> int:
    """Return a count.

    Raises:
        RefusedMessageError: It is none.
    """
    if not _WHOLE.fullmatch(text.strip()):
        raise RefusedMessageError(where, f"{quoted(text)} is no whole number such as 12")
    return int(text)


def day(text: str, where: str) -> str:
    """Return a date as ISO 8601 has it; of a time, its date as it is written.

    Raises:
        RefusedMessageError: It is none.
    """
    stripped = text.strip()
    try:
        if _DATE.fullmatch(stripped) or _TIME.fullmatch(stripped):
            return date.fromisoformat(stripped[: len("2026-01-31")]).isoformat()
    except ValueError:
        pass  # the one message for everything that is no date
    raise RefusedMessageError(where, f"{quoted(text)} is no date such as 2026-01-31")


def moment(text: str, where: str, timezone: str, latest: datetime) -> datetime:
    """Return a time, as UTC has it.

    Args:
        text: As ISO 8601 has it.
        where: Where it stands.
        timezone: Of times that do not say theirs; empty where each must.
        latest: Later ones are refused.

    Raises:
        RefusedMessageError: It is none, or tells no zone, or is out of all reason.
    """
    read = _time(text.strip(), where)
    if read.tzinfo is None:
        if not timezone:
            raise RefusedMessageError(where, f"{quoted(text)} does not tell its time zone")
        read = read.replace(tzinfo=ZoneInfo(timezone))
    if read < _EARLIEST:
        raise RefusedMessageError(where, f"{quoted(text)} is before 1970")
    if read > latest:
        raise RefusedMessageError(where, f"{quoted(text)} is in the future")
    return read.astimezone(UTC)


def _time(text: str, where: str) -> datetime:
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass  # the one message for everything that is no time
    raise RefusedMessageError(where, f"{quoted(text)} is no time such as 2026-01-31T12:30:00Z")


def _bounded(text: str, limit: int, where: str) -> str:
    if len(text) > limit:
        raise RefusedMessageError(where, f"has {len(text)} characters; at most {limit} are taken")
    return text
