"""Names of files that are made from a pattern: ``products-{date:%Y%m%d}-{run}.csv``."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

FIELDS = ("date", "group", "descriptor", "run", "part")
"""What may stand in braces, beside the names of the group's parameters."""

DEFAULT_DATE = "%Y%m%d-%H%M%S"

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([^{}]*))?\}")
_SAFE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff/\\:*?\"<>|]+")
_MOST_BYTES = 200
_DATE_PARTS = frozenset("YymdHMSjVGu")


def pattern_fault(pattern: str, params: Collection[str] = ()) -> str | None:
    """Say what is wrong with a pattern; None where nothing is.

    Args:
        pattern: As a person wrote it.
        params: Names that may stand in braces beside ``FIELDS``.
    """
    fault = fields_fault(pattern, (*FIELDS, *params))
    if fault is None and not is_safe(_FIELD.sub(_example, pattern)):
        return "must be a plain file name without folders"
    return fault


def fields_fault(pattern: str, known: Collection[str]) -> str | None:
    """Say what is wrong with what stands in braces; None where nothing is.

    Args:
        pattern: Of a name or of another line of text.
        known: The names that may stand there.
    """
    for name, form in _FIELD.findall(pattern):
        if name not in known:
            return f"contains {{{name}}}; possible are {', '.join('{' + n + '}' for n in known)}"
        if form and name != "date":
            return f"gives a form to {{{name}}}; only {{date:…}} has one"
        if fault := _date_fault(form):
            return fault
    rest = _FIELD.sub(_example, pattern)
    return "has a brace that belongs to no name" if "{" in rest or "}" in rest else None


def fields(pattern: str) -> set[str]:
    """Return the names that stand in the braces of a pattern."""
    return {name for name, _ in _FIELD.findall(pattern)}


def file_name(pattern: str, facts: Mapping[str, str], moment: datetime) -> str:
    """Fill a pattern of a name.

    Args:
        pattern: Without faults.
        facts: By the name in braces.
        moment: What ``{date}`` tells.

    Raises:
        ValueError: What came out must not name a file; the text says why.
    """
    name = filled(pattern, facts, moment)
    if not is_safe(name):
        raise ValueError(f"cannot be the name of a file: {name!r}")
    return name


def filled(pattern: str, facts: Mapping[str, str], moment: datetime) -> str:
    """Fill a pattern of any line of text; as ``file_name``, but what comes out is not judged."""

    def fill(found: re.Match[str]) -> str:
        if found[1] == "date":
            return moment.strftime(found[2] or DEFAULT_DATE)
        return facts[found[1]]

    return _FIELD.sub(fill, pattern)


def is_safe(name: str) -> bool:
    """Tell whether every file system can hold a file of that name, and in the folder meant."""
    return (
        bool(_SAFE.fullmatch(name))
        and len(name.encode(errors="replace")) <= _MOST_BYTES
        and not name.startswith((".", "-", " "))
        and name[-1] not in ". "
    )


def _example(found: re.Match[str]) -> str:
    """Return what a field could become."""
    return re.sub("%.", "0", found[2] or "x")


def _date_fault(form: str) -> str | None:
    for letter in _directives(form):
        if letter not in _DATE_PARTS:
            return f"contains `%{letter}` in its date; possible are {', '.join('%' + d for d in sorted(_DATE_PARTS))}"
    return None


def _directives(form: str) -> Iterator[str]:
    yield from (letter or "%" for letter in re.findall(r"%(.?)", form, re.DOTALL))
