"""From patterns of dates, as Java's DateTimeFormatter has them, to those of strptime."""

import re
from typing import Final

from impex.config.literals import directive_fault, format_fault
from impex.domain.column import ColumnType

_PART: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", re.DOTALL)
_DIRECTIVES: Final = {
    **dict.fromkeys(("yyyy", "uuuu", "y", "u"), "%Y"),
    **dict.fromkeys(("yy", "uu"), "%y"),
    **dict.fromkeys(("MM", "M"), "%m"),
    "MMM": "%b",
    "MMMM": "%B",
    **dict.fromkeys(("dd", "d"), "%d"),
    "DDD": "%j",
    "EEE": "%a",
    "EEEE": "%A",
    **dict.fromkeys(("HH", "H"), "%H"),
    **dict.fromkeys(("hh", "h"), "%I"),
    **dict.fromkeys(("mm", "m"), "%M"),
    **dict.fromkeys(("ss", "s"), "%S"),
    "a": "%p",
    **dict.fromkeys(("Z", "X", "XX", "XXX", "xx", "xxx"), "%z"),
}


class DatePatternError(ValueError):
    """A pattern has no counterpart; the message says why."""


def date_formats(pattern: str, kind: ColumnType) -> list[str]:
    """Translate a pattern; with a part in ``[…]``, which may be missing, it becomes two.

    Raises:
        DatePatternError: It has a part that strptime, or a column of that type, does not have.
    """
    longer, shorter = pattern, pattern
    if "[" in pattern:
        before, _, rest = pattern.partition("[")
        within, _, behind = rest.partition("]")
        longer, shorter = before + within + behind, before + behind
    forms = list(dict.fromkeys(_format(text) for text in (longer, shorter)))
    for form in forms:
        fault = directive_fault(form) or format_fault(form, kind)
        if fault is not None:
            raise DatePatternError(f"`{form}` {fault}")
    return forms


def _format(pattern: str) -> str:
    form = ""
    for found in _PART.finditer(pattern):
        quoted, letter, sign = found[1], found[2], found[3]
        if quoted is not None:
            form += (quoted or "'").replace("''", "'").replace("%", "%%")
        elif letter and found[0] in _DIRECTIVES:
            form += _DIRECTIVES[found[0]]
        elif letter or sign in "[]":
            raise DatePatternError(f"`{found[0]}` has no counterpart")
        else:
            form += sign.replace("%", "%%")
    return form
