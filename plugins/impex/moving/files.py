"""How the files of a descriptor are called and written."""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from impex.config.fields import Character, Encoding
from impex.moving.columns import Options
from impex.moving.masks import MaskError, masks_of
from impex.moving.notes import Notes, shown
from impex.moving.source import Node

_UTF8: Final = "utf-8"
_QUOTE: Final = '"'


def masks(file: Node, name: str, notes: Notes) -> list[str]:
    """Return the masks of the files that are imported.

    Args:
        file: The descriptor of the file.
        name: Of the descriptor; stands in where there is no mask.
        notes: Gets what there is to know.
    """
    mask = file.one("file-name-mask")
    pattern = mask.read().strip() if mask else ""
    stand_in = [f"{name}*.csv"]
    if not pattern:
        notes.open(
            mask or file, f"file-name-mask is missing; {stand_in[0]} stands in.", "Write `files`."
        )
        return stand_in
    try:
        found = masks_of(pattern)
    except MaskError as fault:
        what = f"file-name-mask {shown(pattern)}: {fault}; {stand_in[0]} stands in."
        notes.open(mask or file, what, "Write `files` with `*` and `?`.")
        return stand_in
    if found.wider:
        what = f"file-name-mask {shown(pattern)}: {' and '.join(found.masks)} take more names."
        notes.assumed(mask or file, what)
    return list(found.masks)


def delimited(file: Node, notes: Notes) -> Options:
    """Return the layout of delimited text."""
    delimiter = _character(file, "column-delimiter", notes)
    quote = _character(file, "text-qualifier", notes)
    layout = {"delimiter": delimiter} if delimiter else {}
    if quote not in {"", _QUOTE}:
        layout["quote"] = quote
    return layout | encoded(file, notes)


def encoded(file: Node, notes: Notes) -> Options:
    """Return the encoding, where it is not the usual."""
    name = file.said("file-encoding")
    if not name or name.lower() == _UTF8:
        return {}
    try:
        return {"encoding": TypeAdapter(Encoding).validate_python(name.lower())}
    except ValidationError:
        what = f"file-encoding {shown(name)} is not known here; UTF-8 stands in."
        notes.open(file, what, "Write an `encoding` of Python.")
        return {}


def _character(file: Node, name: str, notes: Notes) -> str:
    """Return a single character; a tab may also be written as two."""
    node = file.one(name)
    raw = node.read() if node else ""
    text = raw if len(raw) == 1 else raw.strip() or raw[:1]
    text = "\t" if text == r"\t" else text
    try:
        return str(TypeAdapter[Any](Character).validate_python(text))
    except ValidationError:
        what = f"{name} {shown(raw)} is no single character." if raw else f"{name} is missing."
        notes.open(node or file, what, "Write the character into `layout`.")
        return ""
