"""From a column's regular expression, as Java has it, to ``regex``, ``group`` and ``template``."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from impex.config.fields import Line
from impex.config.patterns import group_count, missing_references, pattern_fault

# ``(.{0,255})(.*)``: the first characters of a cell.
_BEGINNING: Final = re.compile(r"\^?\(\.\{([0-9]{1,6}),([0-9]{1,6})\}\)(?:\(\.\*\))?\$?")
_MOST_REPEATS: Final = 1000
_LONGEST: Final = 1000
_NAMED_GROUP: Final = re.compile(r"\(\?<(?=[A-Za-z])")
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_REFERENCE: Final = re.compile(r"\\(.)|\$\{(\w+)\}|\$([0-9]{1,4})|([^\\$]+|.)", re.DOTALL)


class PatternError(ValueError):
    """A pattern cannot be kept; the message says why."""


@dataclass(frozen=True, slots=True)
class CellPattern:
    """What becomes of a pattern.

    Attributes:
        options: Of the column.
        cut: After how many characters the platform cut the text, where it stays whole here.
        strict: Whether a cell without a match, which was no fault there, is one here.
    """

    options: dict[str, Any] = field(default_factory=dict)
    cut: int | None = None
    strict: bool = False


def cell_pattern(pattern: str, group: str, template: str) -> CellPattern:
    """Translate a pattern with its group or template, each as it is written, or empty.

    Raises:
        PatternError: RE2 does not take it, or group and template do not fit.
    """
    beginning = _BEGINNING.fullmatch(pattern)
    if beginning and not template and group in {"", "1"}:
        least, most = int(beginning[1]), int(beginning[2])
        if most > _MOST_REPEATS:
            return CellPattern({"trim": True}, cut=most)
        if least <= most:
            return CellPattern({"trim": True, "regex": f"(?s)^(.{{{least},{most}}})"})
    pattern = _NAMED_GROUP.sub("(?P<", pattern)
    flags = "(?is)" if any(c.isalpha() for c in _ESCAPED.sub("", pattern)) else "(?s)"
    regex = f"{flags}^(?:{pattern})$" if template else f"{flags}{pattern}"
    fault = pattern_fault(regex)
    if fault is not None or len(regex) > _LONGEST:
        raise PatternError(fault or f"it has more than {_LONGEST} characters")
    count = group_count(regex)
    part = _template(template, regex, count) if template else _group(group, count)
    return CellPattern({"trim": True, "regex": regex, **part}, strict=True)


def _group(group: str, count: int) -> dict[str, Any]:
    if not group and count > 1:
        raise PatternError(f"it has {count} groups, and nothing says which is taken")
    if group and not re.fullmatch(r"[0-9]{1,2}", group):
        raise PatternError(f"its group must be a number, not `{group}`")
    number = int(group or 1)
    if number > count:
        raise PatternError(f"it has {count} groups, and {number} is taken")
    return {} if number == 1 else {"group": number}


def _template(template: str, regex: str, count: int) -> dict[str, Any]:
    """Return the template with its references as they are written here."""
    text = "".join(_reference(found, count) for found in _REFERENCE.finditer(template))
    missing = missing_references(regex, text)
    if missing:
        raise PatternError(f"its template refers to a group that it does not have: {missing[0]}")
    try:
        return {"template": TypeAdapter(Line).validate_python(text)}
    except ValidationError:
        raise PatternError("its template is no text in one line") from None


def _reference(found: re.Match[str], count: int) -> str:
    escaped, name, digits, plain = found.groups()
    if digits is None:
        if plain == "$":
            raise PatternError("its template has a $ without a group")
        return escaped or (f"${{{name}}}" if name else plain)
    # Java takes as many digits as make the number of a group.
    taken = next((n for n in range(len(digits), 1, -1) if int(digits[:n]) <= count), 1)
    return f"${{{digits[:taken]}}}{digits[taken:]}"
