"""A file to begin with: the header that a descriptor takes, and a row that it would take."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from babel.numbers import format_decimal

from impex.domain.column import Column, ColumnType
from impex.domain.constants import Facts
from impex.domain.export import LineEnd, Style
from impex.domain.group import Descriptor
from impex.domain.layout import DETECT, Format, Layout
from impex.formats.readers import open_reader
from impex.formats.text_writer import TextWriter
from impex.formats.workbook_writer import workbook_bytes
from impex.mapping.binding import bind
from impex.mapping.compiled import CompiledMapping

_WORKBOOK: Final = ".xlsx"
_NOT_WRITTEN: Final = (".ods", ".gz")
_STYLE: Final = Style(line_end=LineEnd.CRLF)
_MOMENT: Final = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
_USUAL: Final = {
    ColumnType.BOOLEAN: "yes",
    ColumnType.DATE: "2026-01-31",
    ColumnType.TIME: "12:30:00",
    ColumnType.TIMESTAMP: "2026-01-31T12:30:00Z",
    ColumnType.JSON: "{}",
    ColumnType.UUID: "00000000-0000-4000-8000-000000000001",
}
_NUMBERS: Final = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY)


@dataclass(frozen=True, slots=True)
class ImportTemplate:
    """A file that a person fills in.

    Attributes:
        name: One that the descriptor takes.
        content: Header and example row, as the layout has them; a workbook has notes on a second sheet.
    """

    name: str
    content: bytes


def import_template(descriptor: Descriptor, transforms: Path) -> ImportTemplate | None:
    """Return a file to begin with; None for documents, fixed widths, and names nobody can guess.

    A cell of the example is left empty where no value is known that the descriptor would take.

    Args:
        descriptor: Of a file that is imported.
        transforms: Directory of the user's functions.

    Raises:
        ConfigError: A function of the user is missing.
    """
    layout, name = descriptor.layout, _name(descriptor)
    if name is None:
        return None
    cells = _cells(descriptor)
    refused = _refused(descriptor, name, _content(name, layout, cells), transforms)
    kept = [replace(cell, value="") if cell.origin in refused else cell for cell in cells]
    return ImportTemplate(name, _content(name, layout, kept, _notes(descriptor)))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A field of the file: its name there, what people call its column, and an example."""

    head: str
    origin: str
    value: str


def has_template(descriptor: Descriptor) -> bool:
    """Tell whether there is a file to begin with."""
    return _name(descriptor) is not None


def _name(descriptor: Descriptor) -> str | None:
    """Return a name that one of the masks takes, of a kind of file that we write."""
    if descriptor.layout.format is not Format.TEXT or descriptor.layout.widths:
        return None
    for mask in descriptor.files:
        plain = mask.replace("*", "").replace("?", "1")
        name = f"{descriptor.name}{plain}" if plain.startswith(".") or not plain else plain
        if descriptor.takes(name) and not name.endswith(_NOT_WRITTEN):
            return name
    return None


def _cells(descriptor: Descriptor) -> list[_Cell]:
    """Return the fields: those with numbers in their places, then those with names."""
    found: dict[str | int, _Cell] = {
        name: _Cell(name, name, masks[0]) for name, masks in descriptor.only
    }
    for column in descriptor.columns:
        for source in column.sources:
            head = source if isinstance(source, str) else column.name
            found.setdefault(source, _Cell(head, column.origin, _example(column, head)))
    last = max((source for source in found if isinstance(source, int)), default=0)
    numbered = [found.pop(number, _Cell("", "", "")) for number in range(1, last + 1)]
    return [*numbered, *found.values()]


def _example(column: Column, head: str) -> str:
    """Return what a cell may say; the descriptor may still refuse it."""
    notation = column.notation
    if notation.values:
        return notation.values[0][0]
    if column.type in _NUMBERS:
        return _number(column)
    if column.type is ColumnType.BOOLEAN and notation.yes:
        return notation.yes[0]
    if notation.formats:
        return _MOMENT.strftime(notation.formats[0])
    return _USUAL.get(column.type, f"{head} 1"[: column.limits.max_length])


def _number(column: Column) -> str:
    limits, notation = column.limits, column.notation
    number = Decimal(limits.minimum or "1")
    if limits.maximum is not None:
        number = min(number, Decimal(limits.maximum))
    text = format_decimal(number, locale=notation.locale) if notation.locale else str(number)
    paid = column.type is ColumnType.MONEY and notation.currency is None
    return f"{text} EUR" if paid else text


def _notes(descriptor: Descriptor) -> list[list[str]]:
    """Return what can be said of each column, for people."""
    rows = [["Column", "Must be filled", "Holds", "May say", "At most"]]
    for column in descriptor.columns:
        if column.sources:
            notation, limits = column.notation, column.limits
            allowed = [word for word, _ in notation.values] or list(notation.formats)
            most = f"{limits.max_length} characters" if limits.max_length else limits.maximum or ""
            needed = "yes" if column.required else ""
            rows.append([column.origin, needed, column.type.value, ", ".join(allowed), str(most)])
    return rows


def _content(
    name: str, layout: Layout, cells: Sequence[_Cell], notes: Sequence[Sequence[str]] = ()
) -> bytes:
    """Return the file of header and example row."""
    rows = [[cell.head for cell in cells]] if layout.header else []
    rows.append([cell.value for cell in cells])
    if name.endswith(_WORKBOOK):
        title = layout.sheet if layout.sheet and not layout.sheet.isdecimal() else "Sheet1"
        return b"".join(workbook_bytes(title, [*[[]] * layout.skip_lines, *rows], notes))
    writer = TextWriter(layout, _STYLE)
    text = _STYLE.line_end.characters * layout.skip_lines + "".join(map(writer.line, rows))
    return text.encode("utf-8" if layout.encoding == DETECT else layout.encoding)


def _refused(descriptor: Descriptor, name: str, content: bytes, transforms: Path) -> set[str]:
    """Return what people call the columns whose examples the descriptor does not take."""
    reader = open_reader(io.BytesIO(content), name, descriptor.layout)
    [(header, width)] = reader.heads
    reader.needed = width
    facts = Facts(0, descriptor.name, name, name, _MOMENT)
    mapping = CompiledMapping(descriptor, bind(descriptor, header, width), facts, transforms)
    return {
        issue.column
        for batch in reader.batches()
        for issue in (*batch.issues, *mapping.apply(batch.frame).issues)
    }
