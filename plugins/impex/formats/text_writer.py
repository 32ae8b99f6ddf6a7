"""Text files from the rows that PostgreSQL's COPY has written as CSV."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from impex.domain.export import Empty, LineEnd, Quoting, Style
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Issue
from impex.domain.layout import Escape, Layout
from impex.formats.blocks import Lines

_BLOCK_ROWS = 1000
_MOST_ISSUES = 10_000
# What has a mark at its beginning is written in these, the mark apart.
_BARE = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@dataclass(slots=True)
class Tally:
    """What was left out on the way.

    Attributes:
        rejected: Rows.
        issues: Why, where it is known; at most ten thousand.
    """

    rejected: int = 0
    issues: list[Issue] = field(default_factory=list)

    def reject(self, issue: Issue | None = None) -> None:
        """Leave out a row."""
        self.rejected += 1
        if issue is not None and len(self.issues) < _MOST_ISSUES:
            self.issues.append(issue)


@dataclass(frozen=True, slots=True)
class TextWriter:
    """Writes the fields of rows as a layout and a style say."""

    layout: Layout
    style: Style

    @property
    def encoding(self) -> str:
        """The encoding of the rows."""
        name = codecs.lookup(self.layout.encoding).name
        return _BARE.get(name, name)

    def start(self, names: Sequence[str], *, rows: bool) -> bytes:
        """Return what stands before the rows.

        Args:
            names: Of the fields.
            rows: Whether there are any.
        """
        named = self.layout.encoding.lower().replace("_", "-")
        marked = self.style.bom or named in ("utf-16", "utf-32", "utf-8-sig")
        mark = _MARKS.get(self.encoding, b"") if marked else b""
        if not self.layout.header or not (rows or self.style.empty is Empty.HEADER):
            return mark
        return mark + self.line(names).encode(self.encoding)

    def lines(self, messages: Iterable[bytes], tally: Tally, *, flagged: bool) -> Iterator[Lines]:
        """Yield blocks of rows.

        Args:
            messages: Of COPY, a row each, ended by a line feed.
            tally: Counts what is left out.
            flagged: Whether the first field is filled in rows that the file cannot hold.
        """
        return self.encoded(self._sound(messages, tally, flagged=flagged), tally)

    def encoded(self, chunks: Iterable[list[bytes]], tally: Tally) -> Iterator[Lines]:
        """Yield blocks of rows in the encoding of the file.

        Args:
            chunks: Rows with their line ends, in UTF-8.
            tally: Counts those that are left out.
        """
        written = 0
        for rows in chunks:
            kept = rows
            if self.encoding != "utf-8":
                kept = list(self._encoded(rows, written, tally))
            written += len(kept)
            yield Lines(kept)

    def _sound(
        self, messages: Iterable[bytes], tally: Tally, *, flagged: bool
    ) -> Iterator[list[bytes]]:
        first = ord(self.layout.delimiter)
        messages = iter(messages)
        while chunk := list(islice(messages, _BLOCK_ROWS)):
            rows = [m[1:] for m in chunk if m[0] == first] if flagged else chunk
            tally.rejected += len(chunk) - len(rows)
            if self.style.line_end is LineEnd.CRLF:
                rows = [bytes(row[:-1]) + b"\r\n" for row in rows]
            yield rows

    def _encoded(self, rows: Iterable[bytes], before: int, tally: Tally) -> Iterator[bytes]:
        """Yield rows in another encoding; those with characters that it lacks are left out."""
        encoding = self.encoding
        for row in rows:
            text = str(row, "utf-8")
            try:
                data = text.encode(encoding)
            except UnicodeEncodeError as fault:
                tally.reject(_unencodable(text, text[fault.start], encoding, before))
                continue
            before += 1
            yield data

    def line(self, fields: Sequence[str]) -> str:
        """Return one record, with its line end."""
        out = io.StringIO()
        doubled = self.layout.escape is Escape.DOUBLED
        writer = csv.writer(
            out,
            delimiter=self.layout.delimiter,
            quotechar=self.layout.quote,
            doublequote=doubled,
            escapechar=None if doubled else "\\",
            quoting=csv.QUOTE_ALL
            if self.style.quoting is not Quoting.MINIMAL
            else csv.QUOTE_MINIMAL,
            lineterminator=self.style.line_end.characters,
        )
        writer.writerow(fields)
        return out.getvalue()


def _unencodable(row: str, character: str, encoding: str, before: int) -> Issue:
    shown = f"{character!r} (U+{ord(character):04X})"
    message = f"the row behind row {before} has {shown}, which {encoding} does not have"
    return Issue(Code.UNWRITABLE_VALUE, value=row.rstrip("\r\n")[:VALUE_LIMIT], message=message)
