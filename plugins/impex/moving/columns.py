"""What a column descriptor says of a cell: where it is, which part of it counts, what it is."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from impex.config.fields import Language
from impex.config.literals import literal_fault
from impex.domain.column import ColumnType
from impex.moving.cell_patterns import PatternError, cell_pattern
from impex.moving.date_patterns import DatePatternError, date_formats
from impex.moving.notes import Notes, shown
from impex.moving.source import Node

Options = dict[str, Any]

CELL: Final = ("column-index", "value-regex", "value-regex-group", "value-regex-template")
"""The elements that say where a value comes from, and which part of it counts."""

_TYPES: Final = {
    "": None,
    "STRING": None,
    "BOOLEAN": ColumnType.BOOLEAN,
    "LONG": ColumnType.INTEGER,
    "INT": ColumnType.INTEGER,
    "DECIMAL": ColumnType.DECIMAL,
    "DATE": ColumnType.DATE,
    "DATETIME": ColumnType.TIMESTAMP,
    "ZONEDTIME": ColumnType.TIMESTAMP,
    "INSTANT": ColumnType.TIMESTAMP,
}
_DATES: Final = (ColumnType.DATE, ColumnType.TIMESTAMP)
# ``1496756717000 //2017-06-06T13:45:17Z``: what is written behind the milliseconds counts.
_INSTANT: Final = {"trim": True, "regex": r"(?:^|//)\s*([0-9][^/\s]*)$"}
_PLACEHOLDER: Final = re.compile(r"\$\{[A-Za-z_]")
_WORDS: Final = {"on": "true", "off": "false"}


@dataclass(slots=True)
class Column:
    """A column of a group: its options, and what a person should know of it."""

    options: Options
    node: Node
    notes: Notes = field(default_factory=Notes)
    comments: Sequence[str] = ()

    @property
    def to(self) -> str:
        """The column of the table."""
        return str(self.options["to"])


def is_yes(node: Node, name: str) -> bool:
    """Tell whether an element says ``true``."""
    return node.said(name).lower() == "true"


def cell(node: Node, notes: Notes) -> Options | None:
    """Return where the value of a column comes from, and which part of it counts.

    Returns:
        None if it comes from nowhere.
    """
    constant = node.one("value-constant")
    if constant is not None:
        node.pass_over_children(*CELL)
        return {"constant": _constant(constant, notes)}
    index = node.said("column-index")
    if not re.fullmatch(r"[0-9]{1,6}", index):
        if index not in {"", "-1"}:
            notes.open(node, f"column-index {shown(index)} is no number.")
        return None
    return {"position": int(index) + 1, **_part(node, notes)}


def typed(node: Node, source: Options, notes: Notes) -> Options:
    """Return what the value of a column is: options that go with where it comes from."""
    name = node.said("data-type").upper()
    pattern = node.said("context")
    if name not in _TYPES:
        notes.open(node, f"data-type {shown(name)} has no counterpart; the value is taken as text.")
        return {}
    kind = _TYPES[name]
    formats = _formats(node, pattern, kind, notes)
    if kind is None:
        return {}
    if "constant" in source:
        return _typed_constant(node, source["constant"], kind, formats, notes)
    if name == "INSTANT" and "position" in source and "regex" not in source:
        return {"type": str(kind), **_INSTANT}
    return {"type": str(kind), **formats}


def _typed_constant(
    node: Node, text: str, kind: ColumnType, formats: Options, notes: Notes
) -> Options:
    """Return the type of a constant, and the constant as it is written here."""
    plain = _literal(text, kind, formats.get("format", ()))
    fault = literal_fault(plain, kind)
    if fault is None:
        return {"type": str(kind), "constant": plain}
    notes.open(node, f"value-constant {shown(text)} must be {fault}.", "Correct it.")
    return {}


def described(node: Node, source: Options, known: Options, notes: Notes) -> Options:
    """Return what a value is and where it goes.

    Args:
        node: The column descriptor.
        source: Where the value comes from.
        known: Options of the column of the table; its type counts more than the descriptor's.
        notes: Gets what there is to know.
    """
    kind, text = typed(node, source, notes), _language(node, notes)
    if kind and (text or "language" in known):
        notes.open(node, "a text in a language has no data-type.", "Choose one of them.")
        kind = {}
    if "type" in known and known["type"] not in _DATES:
        kind.pop("format", None)
    return {**kind, **known, **text}


def _language(node: Node, notes: Notes) -> Options:
    """Return the language of a text, if it has one."""
    code = node.said("language").replace("_", "-")
    if not code:
        return {}
    try:
        return {"language": TypeAdapter(Language).validate_python(code)}
    except ValidationError:
        notes.open(
            node, f"language {shown(code)} is no code of a language.", "Write one such as `en`."
        )
        return {}


def _constant(node: Node, notes: Notes) -> str:
    text = node.read()
    if _PLACEHOLDER.search(text):
        what = f"value-constant {shown(text)}: here `${{…}}` stands for a fact."
        notes.open(node, what, "Write the value in another way.")
    return text


def _part(node: Node, notes: Notes) -> Options:
    pattern = node.one("value-regex")
    if pattern is None or not pattern.read().strip():
        node.pass_over_children("value-regex-group", "value-regex-template")
        return {}
    template = node.one("value-regex-template")
    text = template.read() if template else ""
    try:
        part = cell_pattern(pattern.text.strip("\r\n"), node.said("value-regex-group"), text)
    except PatternError as fault:
        what = f"value-regex {shown(pattern.text)}"
        what += f" with the template {shown(text)}" if text else ""
        notes.open(
            pattern, f"{what}: {fault}.", "Write a `regex` that RE2 takes, or a `transform`."
        )
        return {}
    if part.cut is not None:
        what = f"texts stay whole that were cut after {part.cut} characters."
        notes.assumed(pattern, what, f"Write `max_length: {part.cut}` to reject longer ones.")
    if part.strict:
        what = f"a cell without a match of {shown(pattern.text)} is a fault, and no empty value."
        notes.assumed(pattern, what)
    return part.options


def _formats(node: Node, pattern: str, kind: ColumnType | None, notes: Notes) -> Options:
    if not pattern:
        return {}
    if kind not in _DATES:
        notes.open(node, f"context {shown(pattern)} says nothing about a value that is no date.")
        return {}
    try:
        formats = date_formats(pattern, kind)
    except DatePatternError as fault:
        notes.open(node, f"context {shown(pattern)}: {fault}.", "Write a `format`.")
        return {}
    return {"format": formats if len(formats) > 1 else formats[0]}


def _literal(text: str, kind: ColumnType, formats: Sequence[str] | str) -> str:
    """Return a constant as it is written here, whatever the file has."""
    plain = text.strip()
    if kind is ColumnType.BOOLEAN:
        return _WORDS.get(plain.lower(), plain.lower())
    for form in [formats] if isinstance(formats, str) else formats:
        with suppress(ValueError):
            moment = datetime.strptime(plain, form)  # noqa: DTZ007 - a time of day without a zone
            return moment.date().isoformat() if kind is ColumnType.DATE else moment.isoformat(" ")
    return plain
