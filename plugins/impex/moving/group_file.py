"""A group as its file has it, with what is to be known of it in comments."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from impex.moving.columns import Column, Options
from impex.moving.drafts import Draft
from impex.moving.notes import Notes

_HEAD: Final = "# yaml-language-server: $schema=group.schema.json"
_WIDTH: Final = 120
_ENDLESS: Final = 1 << 30
# What PyYAML writes behind a single value.
_SCALAR_END: Final = "\n...\n"
_DESCRIPTOR: Final = ("name", "direction", "files", "table", "key", "mode", "on_duplicate", "after",
                      "export", "layout")  # fmt: skip
_COLUMN: Final = ("from", "position", "constant", "to", "type", "format", "language", "required",
                  "on_empty", "default", "trim", "regex", "group", "template", "split", "explode",
                  "lookup", "insert_only", "update_only")  # fmt: skip
_USUAL: Final = {"mode": "merge"}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines in one, with escapes."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def group_text(title: str, drafts: Sequence[Draft]) -> str:
    """Return the YAML of a group.

    Args:
        title: What people call it.
        drafts: Its descriptors.
    """
    common = _common(drafts)
    lines = [_HEAD, ""]
    lines += [f"title: {_flow(title)}", "on_error: reject_file # as the platform does"]
    lines += [f"layout: {_flow(common)}"] if common else []
    described = ("\n".join(f"  {line}" for line in _descriptor(draft, common)) for draft in drafts)
    return "\n".join([*lines, "", "descriptors:", "\n\n".join(described), ""])


def _descriptor(draft: Draft, common: Options) -> Iterator[str]:
    yield from _comment([Path(draft.node.file).name, *draft.comments])
    yield from _open(draft.notes)
    own = {name: value for name, value in draft.layout.items() if name not in common}
    options = {**draft.options, "name": draft.name, "table": draft.table.name, "layout": own}
    mark = "- "
    for name in _DESCRIPTOR:
        if options.get(name) and options[name] != _USUAL.get(name):
            yield f"{mark}{name}: {_flow(_short(options[name]))}"
            mark = "  "
    yield "  columns:"
    for column in draft.columns:
        yield from (f"    {line}" for line in _column(column))


def _column(column: Column) -> Iterator[str]:
    yield from _comment(column.comments)
    yield from _open(column.notes)
    options = {name: column.options[name] for name in _COLUMN if name in column.options}
    line = f"- {_flow(options)}"
    if len(line) <= _WIDTH - len("      "):
        yield line
        return
    mark = "- "
    for name, value in options.items():
        yield f"{mark}{name}: {_flow(value)}"
        mark = "  "


def _open(notes: Notes) -> Iterator[str]:
    for note in notes.left_open:
        where = f"line {note.line}: " if note.line else ""
        yield from _comment([f"NOT TRANSLATED, {where}{note.what} {note.hint}"])


def _comment(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts as comments, each line of them for itself."""
    for text in texts:
        for line in text.strip().splitlines():
            plain = "".join(c if c.isprintable() else " " for c in line).strip()
            yield f"# {plain}".rstrip()


def _common(drafts: Sequence[Draft]) -> Options:
    """Return the options of layouts that all have alike."""
    first, *others = (draft.layout for draft in drafts)
    return {n: v for n, v in first.items() if all(n in o and o[n] == v for o in others)}


def _short(value: object) -> object:
    """Return a list of one as that one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _flow(value: Any) -> str:
    """Return a value in one line."""
    written = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        sort_keys=False,
        allow_unicode=True,
        width=_ENDLESS,
    )
    return str(written).removesuffix(_SCALAR_END).strip()
