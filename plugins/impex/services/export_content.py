"""What an export's file is made of: text, records, or a workbook, from the rows that COPY gives."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Protocol

from psycopg import Connection, sql

from impex.domain.column import Column
from impex.domain.export import Export, Style
from impex.domain.layout import Audience, Format, Layout
from impex.domain.nesting import Nest
from impex.domain.xml_path import record_path
from impex.formats.blocks import Lines
from impex.formats.frame_lines import frame_lines
from impex.formats.record_writer import record_lines
from impex.formats.sheet_cells import LONGER, MOST_CHARACTERS
from impex.formats.text_writer import Tally, TextWriter
from impex.services.outgoing import Outgoing
from impex.services.resources import Resources
from impex.storage import export_rows
from impex.storage.json_records import ambiguous, json_record
from impex.storage.selection import Selection
from impex.storage.written import Unwritable
from impex.storage.xml_nesting import document_record
from impex.storage.xml_records import surroundings


class Content(Protocol):
    """What the rows of an export are made into."""

    @property
    def items(self) -> list[sql.Composable]:
        """What is selected of each row."""

    def blocks(self, connection: Connection, select: sql.Composed, tally: Tally) -> Iterator[Lines]:
        """Yield the rows as they stand in a file, those left out counted."""

    def data(self, blocks: Iterator[Lines]) -> Iterator[bytes]:
        """Yield the bytes of one file with these rows."""


class Divisible(Content, Protocol):
    """What can be made into several files from one COPY: a number tells where a row belongs."""

    def marked(self, mark: sql.Composable) -> list[sql.Composable]:
        """Return what is selected of each row, with its number."""

    def messages(self, connection: Connection, select: sql.Composed) -> Iterator[Any]:
        """Yield the rows as PostgreSQL gives them."""

    def unmarked(self, message: Any) -> tuple[int, Any]:
        """Return the number of a row, and the row as it would be without."""

    def lines(self, messages: Iterable[Any], tally: Tally) -> Iterator[Lines]:
        """Yield rows as they stand in a file, those left out counted."""


@dataclass(frozen=True, slots=True)
class Records:
    """JSON lines, or an XML document.

    Attributes:
        record: A row's text.
        start: What stands before the records.
        end: What stands behind them.
    """

    selection: Selection
    record: sql.Composable
    start: str = ""
    end: str = ""

    @property
    def items(self) -> list[sql.Composable]:
        """Return the record."""
        return export_rows.whole(self.selection, self.record)

    def blocks(self, connection: Connection, select: sql.Composed, tally: Tally) -> Iterator[Lines]:
        """Yield records, a line each."""
        return self.lines(self.messages(connection, select), tally)

    def messages(self, connection: Connection, select: sql.Composed) -> Iterator[bytes | None]:
        """Yield records; None where the file cannot hold one."""
        return export_rows.copied_records(connection, select)

    def lines(self, messages: Iterable[bytes | None], tally: Tally) -> Iterator[Lines]:
        """Yield records, a line each."""
        return record_lines(messages, tally, of_document=bool(self.start))

    def marked(self, mark: sql.Composable) -> list[sql.Composable]:
        """Return the record behind its number."""
        (record,) = self.items
        return [sql.SQL("{} || ' ' || coalesce({}, '')").format(mark, record)]

    def unmarked(self, message: bytes | None) -> tuple[int, bytes | None]:
        """Take the number away."""
        mark, _, record = (message or b"").partition(b" ")
        return int(mark), record or None

    def data(self, blocks: Iterator[Lines]) -> Iterator[bytes]:
        """Put them between start and end."""
        yield self.start.encode()
        yield from (block.data() for block in blocks)
        yield self.end.encode()


@dataclass(frozen=True)
class Text:
    """A delimited text file; what all of several files have in common is made once."""

    selection: Selection
    audience: Audience

    @property
    def items(self) -> list[sql.Composable]:
        """Return the fields."""
        return export_rows.text_items(self.selection, self.audience)

    def blocks(self, connection: Connection, select: sql.Composed, tally: Tally) -> Iterator[Lines]:
        """Yield lines."""
        return self.lines(self.messages(connection, select), tally)

    def messages(self, connection: Connection, select: sql.Composed) -> Iterator[bytes]:
        """Yield rows as COPY writes them."""
        quoted = export_rows.always_quoted(self.selection, self._layout, self._style.quoting)
        return export_rows.copied(connection, export_rows.copy_text(select, self._layout, quoted))

    def lines(self, messages: Iterable[bytes], tally: Tally) -> Iterator[Lines]:
        """Yield rows as the file has them."""
        return self._writer.lines(messages, tally, flagged=self.selection.may_be_faulty)

    def marked(self, mark: sql.Composable) -> list[sql.Composable]:
        """Return the fields, with the number of the row as the last one."""
        return [*self.items, mark]

    def unmarked(self, message: bytes) -> tuple[int, bytes]:
        """Take the number away."""
        row, _, mark = message.rpartition(self._delimiter)
        return int(mark), row + b"\n"

    def data(self, blocks: Iterator[Lines]) -> Iterator[bytes]:
        """Put the header before the rows."""
        first = next((block for block in blocks if block), None)
        if first is None:
            yield self._writer.start(export_rows.header(self.selection), rows=False)
            return
        yield self._head
        yield from (block.data() for block in chain([first], blocks))

    @cached_property
    def _delimiter(self) -> bytes:
        return self._layout.delimiter.encode()

    @cached_property
    def _head(self) -> bytes:
        return self._writer.start(export_rows.header(self.selection), rows=True)

    @property
    def _export(self) -> Export:
        return self.selection.export

    @property
    def _layout(self) -> Layout:
        return self._export.layout

    @property
    def _style(self) -> Style:
        return self._export.style

    @cached_property
    def _writer(self) -> TextWriter:
        return TextWriter(self._layout, self._style)


@dataclass(frozen=True)
class Transformed(Text):
    """A delimited text file whose cells functions of the user have changed."""

    functions: Outgoing

    @property
    def items(self) -> list[sql.Composable]:
        """Return the fields, as they are before the functions."""
        items = export_rows.text_items(self.selection, Audience.SYSTEM)
        return [sql.SQL("({})::text").format(item) for item in items]

    def blocks(self, connection: Connection, select: sql.Composed, tally: Tally) -> Iterator[Lines]:
        """Yield lines."""
        from impex.storage.arrow_rows import arrow_batches

        batches = arrow_batches(connection, select)
        frames = self.functions.frames(batches, tally, flagged=self.selection.may_be_faulty)
        texts = [cell.is_text for cell in export_rows.placed(self.selection.fields)]
        layout, style = self._export.layout, self._export.style
        rows = frame_lines(frames, texts, self.audience, layout, style)
        return self._writer.encoded(rows, tally)


@dataclass(frozen=True)
class Workbook(Text):
    """A spreadsheet; numbers, dates and truth are cells of their kind where nothing else is declared."""

    def data(self, blocks: Iterator[Lines]) -> Iterator[bytes]:
        """Write the workbook."""
        from impex.formats.typed_rows import sheet_rows
        from impex.formats.workbook_writer import workbook_bytes

        kinds = [cell.column for cell in export_rows.placed(self.selection.fields)]
        names = export_rows.header(self.selection) if self._export.layout.header else None
        rows = sheet_rows(kinds, names, (block.data() for block in blocks))
        return workbook_bytes(self._export.layout.sheet or self._export.name, rows)

    @property
    def _layout(self) -> Layout:
        """Plain CSV, which the cells are read from."""
        return Layout()

    @property
    def _style(self) -> Style:
        return Style()


def select_of(
    nest: Nest, selections: Mapping[str, Selection], audience: Audience, resources: Resources
) -> sql.Composed:
    """Return the rows of an export, all of them; the arguments are those of ``content_of``."""
    content = content_of(nest, selections, audience, resources)
    return export_rows.rows(selections[nest.export.name], content.items)


def content_of(
    nest: Nest, selections: Mapping[str, Selection], audience: Audience, resources: Resources
) -> Content:
    """Return what the file of an export is made of.

    Args:
        nest: The export, with those that stand within its records.
        selections: Their rows, by name.
        audience: Who opens the file, where the export does not say it.
        resources: Where functions of the user are.
    """
    export = nest.export
    if export.layout.format is Format.TEXT and not export.is_spreadsheet:
        selection = selections[export.name]
        functions = Outgoing.of(export, selection, resources.user_files.transforms)
        if functions is not None:
            return Transformed(selection, export.layout.audience or audience, functions)
    return divisible_of(nest, selections, audience)


def divisible_of(nest: Nest, selections: Mapping[str, Selection], audience: Audience) -> Divisible:
    """Return what the file of an export without functions of the user is made of.

    The arguments are those of ``content_of``.
    """
    export, selection = nest.export, selections[nest.export.name]
    if export.layout.format is Format.JSON:
        if export.reversible:
            selection.faults += ambiguous(selection.fields)
        return Records(selection, json_record(selection.fields))
    if export.layout.format is Format.XML:
        names = dict(export.layout.namespaces)
        record = document_record(nest, selections)
        path = record_path(export.layout.record or "", names)
        return Records(selection, record, *surroundings(path, names))
    if export.is_spreadsheet:
        selection.faults += _too_long(selection)
        return Workbook(selection, export.layout.audience or Audience.SPREADSHEET)
    return Text(selection, export.layout.audience or audience)


def _too_long(selection: Selection) -> Iterator[tuple[Column, Unwritable]]:
    """Yield that texts are too long for the cells of a workbook, and an apostrophe."""
    most = MOST_CHARACTERS - 1
    for cell in selection.fields:
        if cell.is_text and not cell.column.explode:
            where = sql.SQL(
                "coalesce(length(({0})::text) > {1} / 7 AND "
                "length(regexp_replace(({0})::text, {2}, '_x0000_', 'g')) > {1}, false)"
            ).format(cell.text, sql.Literal(most), sql.Literal(LONGER))
            what = f"has more than {most:,} characters, the most a cell holds"
            yield cell.column, Unwritable(where, what, cell.text)
