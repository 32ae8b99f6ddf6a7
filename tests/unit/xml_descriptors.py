"""Descriptors of the other platform, made for a test, and what they become."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

from impex.config.loader import text_problems
from impex.moving import Conversion, Kind, convert, load_tables

FILE = {
    "file-encoding": "UTF-8",
    "file-name-mask": r"things(.*)\.csv",
    "ignore-first-line": "true",
    "column-delimiter": ";",
    "text-qualifier": '"',
}
WRITTEN = {
    "file-encoding": "UTF-8",
    "file-name": "things-{timestamp}.csv",
    "print-header": "true",
    "column-delimiter": ";",
    "text-qualifier": '"',
}
SELECT = "select t from ThingEntity t where t.code = {code}"
Parts = Mapping[str, str]


def elements(parts: Parts) -> str:
    """Return elements, one a line; what begins with a < is XML already."""
    return "".join(f"<{n}>{_content(text)}</{n}>\n" for n, text in parts.items())


def column(name: str, index: int = 0, kind: str = "FIELD", **parts: str) -> str:
    """Return a column descriptor; names of other elements are written with ``_``."""
    own = {"column-index": str(index), "field-type": kind, "name": name}
    return f"<column-descriptor>\n{elements(own | _dashed(parts))}</column-descriptor>\n"


def import_xml(*columns: str, file: Parts = FILE, **parts: str) -> str:
    """Return an import descriptor of things."""
    own = {"entity-type": "org.example.Thing", "select-sql": SELECT} | _dashed(parts)
    inner = {"import-file-descriptor": elements(file), "import-columns": "\n" + "".join(columns)}
    return f"<import-descriptor>\n{elements(own | inner)}</import-descriptor>\n"


def export_xml(*columns: str, file: Parts = WRITTEN, **parts: str) -> str:
    """Return an export descriptor of things."""
    own = {"entity-type": "org.example.Thing", "select-sql": "select t from ThingEntity t"}
    inner = {"export-file-descriptor": elements(file), "export-columns": "\n" + "".join(columns)}
    return f"<export-descriptor>\n{elements(own | _dashed(parts) | inner)}</export-descriptor>\n"


def written(header: str, name: str, **parts: str) -> str:
    """Return a column descriptor of an export."""
    own = {"column-header": header, "field-type": "FIELD", "name": name}
    return f"<column-descriptor>\n{elements(own | _dashed(parts))}</column-descriptor>\n"


def converted(directory: Path, *texts: str) -> Conversion:
    """Translate descriptors, in files ``1.xml``, ``2.xml`` … of a directory."""
    paths = [directory / f"thing-{number}.xml" for number in range(1, len(texts) + 1)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return convert(paths, load_tables(), "things")


def group(done: Conversion) -> dict[str, Any]:
    """Return the options of a group, which must be one that lint takes."""
    assert text_problems(done.text, Path("things.yaml")) == ()
    loaded: dict[str, Any] = yaml.load(done.text, Loader=yaml.BaseLoader)
    return loaded


def only(done: Conversion) -> dict[str, Any]:
    """Return the options of the only descriptor of a group."""
    (descriptor,) = group(done)["descriptors"]
    return dict(descriptor)


def columns_of(directory: Path, *columns: str, **parts: str) -> list[Any]:
    """Return the columns that column descriptors become, behind the one with the code."""
    done = converted(directory, import_xml(column("code"), *columns, **parts))
    return list(only(done)["columns"][1:])


def left_open(done: Conversion) -> list[str]:
    """Return what was not translated, each with its line."""
    return [f"{note.line}: {note.what}" for note in done.notes if note.kind is Kind.OPEN]


def assumed(done: Conversion) -> list[str]:
    """Return what was taken for granted."""
    return [note.what for note in done.notes if note.kind is Kind.ASSUMED]


def _content(text: str) -> str:
    return text if text.lstrip().startswith("<") else escape(text)


def _dashed(parts: Parts) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in parts.items()}
