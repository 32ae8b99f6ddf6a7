"""Delimited text: CSV and its kin."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from impex.domain.issue_codes import Code
from impex.domain.issues import APPENDED, Issue
from impex.domain.layout import Escape, Layout, Ragged
from impex.formats.cells import columns
from impex.formats.records import Place, Positions
from impex.formats.rejects import Rejected, appended
from impex.formats.splitter import DelimitedRecords, split
from impex.formats.text_reader import TextReader


@dataclass(slots=True)
class DelimitedReader(TextReader[DelimitedRecords]):
    """Reads a file whose fields stand between delimiters."""

    @property
    def _named(self) -> int:
        return len(self.header) - _unnamed_tail(self.header) if self.header else self.width

    def _split(self, block: bytes, place: Place, *, closed: bool) -> DelimitedRecords:
        return split(block, self.layout, place, closed=closed)

    def _fields(self, records: DelimitedRecords, index: int) -> int:
        return int(records.fields[index])

    def _columns(self, records: DelimitedRecords, rows: Positions, width: int) -> list[pl.Series]:
        """Return the fields of some records as text columns, quotes and escapes resolved."""
        quote = ord(self.layout.quote)
        start, end = records.bounds(rows, width)
        quoted = (end > start) & (records.data[np.minimum(start, len(records.data) - 1)] == quote)
        texts = columns(records.data, start + quoted, end - quoted)
        for index in np.flatnonzero(quoted.any(axis=1)).tolist():
            texts[index] = _unescape(texts[index], quoted[index], self.layout)
        return texts

    def _miscounted(
        self, records: DelimitedRecords, rows: Positions
    ) -> Iterator[tuple[int, Issue]]:
        """Find records with too few or too many fields."""
        padded = self.layout.ragged is Ragged.PAD
        fewest = 0 if padded else self._named
        counts = records.fields[rows]
        for index in rows[(counts < fewest) | (counts > self.width)].tolist():
            count, line = int(records.fields[index]), int(records.line[index])
            if padded and self._surplus_is_empty(records, index):
                continue
            code = Code.TOO_FEW_FIELDS if count < fewest else Code.TOO_MANY_FIELDS
            what = f"the record has {count} fields, expected {self.width}"
            yield index, Issue(code, line=line, message=what)

    def _surplus_is_empty(self, records: DelimitedRecords, index: int) -> bool:
        """Tell whether the fields beyond the expected ones hold nothing."""
        behind = int(records.separators[records.first[index] + self.width - 1])
        return int(records.end[index]) - behind == int(records.fields[index]) - self.width

    def _appended(self, records: DelimitedRecords, index: int, rejected: Rejected | None) -> bytes:
        """Append fields to a record in the file's own dialect.

        The appended fields stand under their names: a record with too few fields is filled up, and
        from one that is padded empty fields behind the last name are cut.
        """
        layout = self.layout
        texts: Sequence[str] = appended(rejected) if rejected else APPENDED
        if layout.escape is Escape.BACKSLASH:
            texts = [text.replace("\\", "\\\\") for text in texts]
        quote = layout.quote
        quoted = [f"{quote}{text.replace(quote, quote * 2)}{quote}" for text in texts]
        record, missing = records.raw(index), self.width - int(records.fields[index])
        if missing < 0 and layout.ragged is Ragged.PAD and self._surplus_is_empty(records, index):
            record, missing = record[:missing], 0
        added = layout.delimiter.join(["", *[""] * missing, *quoted])
        return record + f"{added}\n".encode()


def _unnamed_tail(header: Sequence[str]) -> int:
    """Count the empty names at the header's end: ``name;description;`` has one."""
    count = 0
    for name in reversed(header):
        if name.strip():
            break
        count += 1
    return count


def _unescape(text: pl.Series, quoted: NDArray[np.bool_], layout: Layout) -> pl.Series:
    """Resolve doubled quotes and, where the layout has them, backslash escapes."""
    quote = layout.quote
    if layout.escape is Escape.DOUBLED:
        return text.str.replace_all(quote * 2, quote, literal=True)
    marked = text.str.contains_any([quote, "\\"]) & pl.Series(quoted)
    if not marked.any():
        return text
    pattern = re.compile(rf"\\([\\nrt{re.escape(quote)}])|{re.escape(quote)}({re.escape(quote)})")
    resolved = [pattern.sub(_resolve, cell) for cell in text.filter(marked).to_list()]
    return text.scatter(marked.arg_true(), resolved)


_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}


def _resolve(match: re.Match[str]) -> str:
    """Return what an escape stands for."""
    character = match.group(1) or match.group(2)
    return _CONTROL.get(character, character)
