"""Checks a schedule: five cron fields or one of Airflow's words."""

import re
from typing import Final

WORDS: Final = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# name, smallest, largest, words for the values from the smallest on
_FIELDS: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _WEEKDAYS),
)
_PART = re.compile(
    r"(?P<first>\*|[0-9]{1,4}|[a-z]+)(?:-(?P<last>[0-9]{1,4}|[a-z]+))?(?:/(?P<step>[0-9]{1,4}))?"
)


def cron_fault(expression: str) -> str | None:
    """Say what is wrong with a schedule; None where nothing is."""
    if expression.startswith("@"):
        return None if expression in WORDS else f"knows the words {', '.join(WORDS)}"
    fields = expression.lower().split()
    if len(fields) != len(_FIELDS):
        return f"needs 5 fields (minute hour day month weekday) and has {len(fields)}"
    for text, (name, smallest, largest, words) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if not _fits(part, smallest, largest, words):
                return f"has the {name} `{part[:20]}`; possible are {smallest} to {largest}"
    return _calendar_fault(*fields[2:])


def _fits(part: str, smallest: int, largest: int, words: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    if match["step"] is not None and not 0 < _number(match["step"], (), 0) <= largest:
        return False
    if match["first"] == "*":
        return match["last"] is None
    first = _number(match["first"], words, smallest)
    last = _number(match["last"] or match["first"], words, smallest)
    return smallest <= first <= last <= largest


def _number(text: str, words: tuple[str, ...], smallest: int) -> int:
    """Return the value of a number or word; -1 where it is neither."""
    if text.isdigit():
        return int(text)
    return words.index(text) + smallest if text in words else -1


def _calendar_fault(day: str, month: str, weekday: str) -> str | None:
    """Find days that no month has: Airflow would look for the next run for ever."""
    if not (day.isdigit() and weekday == "*" and re.fullmatch(r"[0-9,]+", month)):
        return None
    if any(int(day) <= _LONGEST_MONTH[int(m) - 1] for m in month.split(",")):
        return None
    return f"asks for day {day} of a month that has no such day"
