"""Delimited text (CSV and its kin) into batches of text columns.

A batch holds the records that can be trusted: all their fields, under the names ``"1"``, ``"2"`` …,
and the physical line on which each starts, as ``line``. What cannot be trusted becomes an issue.
Memory depends on the block size, never on the size of the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from impex.domain.errors import FileFaultError
from impex.domain.group import Escape, Layout, Ragged
from impex.domain.issues import Code, Issue
from impex.formats.encoding import first_bad_byte, is_utf8, utf8_blocks
from impex.formats.records import BACKSLASH, Positions, Records, split

BLOCK_BYTES = 1 << 20
RECORD_LIMIT = 4 << 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file.

    Attributes:
        frame: One row per good record: ``line`` (Int64) and text columns ``"1"`` … ``"n"``.
        read: Number of records read, good and bad; blank lines are none.
        issues: Faults of the bad ones.
    """

    frame: pl.DataFrame
    read: int
    issues: list[Issue] = field(default_factory=list)


@dataclass(slots=True)
class DelimitedReader:
    """Reads one file once, header first, then batches.

    Attributes:
        needed: Number of leading fields that the descriptor uses; set it before ``batches``.
        header: Names of the fields as they stand in the file; empty without a header.
        width: Number of fields that a record is expected to have.
    """

    stream: BinaryIO
    layout: Layout
    block_bytes: int = BLOCK_BYTES
    needed: int = 0
    header: list[str] = field(init=False, default_factory=list)
    width: int = field(init=False, default=0)
    _chunks: Iterator[Records] = field(init=False)
    _first: Records | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Read the first block, to know the header.

        Raises:
            FileFaultError: The file is empty, or its header cannot be read.
        """
        self._chunks = _chunks(self.stream, self.layout, self.block_bytes)
        self._first = next((c for c in self._chunks if len(_filled(c))), None)
        if self._first is None:
            raise FileFaultError(Issue(Code.EMPTY_FILE, message="the file is empty"))
        top = int(_filled(self._first)[0])
        if self.layout.header:
            _check_header(self._first, top)
        self.width = int(self._first.fields[top])
        if self.layout.header:
            rows = np.array([top])
            names = _columns(self._first, rows, self.width, self.layout)
            self.header = [str(series[0]) for series in names]

    def batches(self) -> Iterator[Batch]:
        """Yield the records after the header, in the order of the file.

        Raises:
            FileFaultError: The file cannot be read to its end as declared.
        """
        if self._first is None:
            return
        skip = 1 if self.layout.header else 0
        yield self._batch(self._first, skip)
        for records in self._chunks:
            yield self._batch(records, 0)

    def raw_records(self, lines: Sequence[int]) -> Iterator[tuple[int, int, bytes]]:
        """Yield line, number of fields and bytes (as UTF-8) of the records on these lines."""
        wanted = np.array(lines, np.int64)
        for records in self._all_chunks():
            for index in np.flatnonzero(np.isin(records.line, wanted)).tolist():
                yield int(records.line[index]), int(records.fields[index]), records.raw(index)

    def raw_header(self) -> bytes:
        """Return the header record's bytes as UTF-8; empty without a header."""
        if self._first is None or not self.layout.header:
            return b""
        return self._first.raw(int(_filled(self._first)[0]))

    def _all_chunks(self) -> Iterator[Records]:
        """Yield the first chunk again, then the rest."""
        if self._first is not None:
            yield self._first
        yield from self._chunks

    def _batch(self, records: Records, skip: int) -> Batch:
        """Check field counts and encoding, and turn the good records into columns."""
        rows = _filled(records)[skip:]
        issues = dict(records.issues)
        self._check_end(records)
        for index, issue in self._miscounted(records, rows):
            issues.setdefault(index, []).append(issue)
        if is_utf8(self.layout.encoding):
            for index, issue in _undecodable(records):
                issues.setdefault(index, []).append(issue)
        bad = np.isin(rows, np.array(sorted(issues), np.int64)) if issues else rows < 0
        good = rows[~bad]
        frame = pl.DataFrame(
            [
                pl.Series("line", records.line[good], pl.Int64),
                *_columns(records, good, self.width, self.layout),
            ]
        )
        found = [issue for index in rows[bad].tolist() for issue in issues[index]]
        return Batch(frame, len(rows), found)

    def _miscounted(self, records: Records, rows: Positions) -> Iterator[tuple[int, Issue]]:
        """Find records with too few or too many fields."""
        padded = self.layout.ragged is Ragged.PAD
        fewest = 0 if padded else self._named
        counts = records.fields[rows]
        for index in rows[(counts < fewest) | (counts > self.width)].tolist():
            count, line = int(records.fields[index]), int(records.line[index])
            if padded and _surplus_is_empty(records, index, self):
                continue
            code = Code.TOO_FEW_FIELDS if count < fewest else Code.TOO_MANY_FIELDS
            what = f"the record has {count} fields, expected {self.width}"
            yield index, Issue(code, line=line, message=what)

    @property
    def _named(self) -> int:
        """Number of fields that a record cannot do without."""
        return len(self.header) - _unnamed_tail(self.header) if self.header else self.width

    def _check_end(self, records: Records) -> None:
        """Raise if the last record is incomplete and its line is not ended: the file was cut."""
        if records.closed or len(records) == 0:
            return
        last = len(records) - 1
        named = self._named
        enough = named if self.layout.ragged is Ragged.REJECT else min(self.needed or named, named)
        if records.start[last] < records.end[last] and records.fields[last] < enough:
            message = (
                f"the last record has {records.fields[last]} fields instead of {self.width} "
                "and no line end: the file is cut"
            )
            line = int(records.line[last])
            raise FileFaultError(Issue(Code.TRUNCATED, line=line, message=message))


def _chunks(stream: BinaryIO, layout: Layout, size: int) -> Iterator[Records]:
    """Yield the records of the file, block by block, every record whole."""
    rest, line = b"", 1
    for block in utf8_blocks(stream, layout.encoding, size):
        rest += block
        records, consumed = split(rest, layout, line)
        _check_lengths(records)
        if consumed:
            yield records
            line += rest.count(b"\n", 0, consumed)
            rest = rest[consumed:]
        # The last byte may be half of a line end.
        if len(rest) > RECORD_LIMIT + 1:
            raise FileFaultError(_too_long(line))
    if not rest:
        return
    records, consumed = split(rest + b"\n", layout, line, closed=False)
    if consumed:
        yield records
    if consumed <= len(rest):
        line += rest.count(b"\n", 0, consumed)
        message = "a quoted field of this record never ends: the file is cut or a quote is missing"
        raise FileFaultError(Issue(Code.UNTERMINATED_QUOTE, line=line, message=message))


def _check_lengths(records: Records) -> None:
    """Raise if a record is longer than allowed, whatever the blocks are."""
    long = np.flatnonzero(records.end - records.start > RECORD_LIMIT)
    if len(long):
        raise FileFaultError(_too_long(int(records.line[long[0]])))


def _too_long(line: int) -> Issue:
    message = f"a record of more than {RECORD_LIMIT >> 20} MiB starts here"
    return Issue(Code.RECORD_TOO_LONG, line=line, message=message)


def _filled(records: Records) -> Positions:
    """Return the indexes of the records that are not blank lines."""
    return np.flatnonzero(records.end > records.start)


def _unnamed_tail(header: Sequence[str]) -> int:
    """Count the empty names at the header's end: ``name;description;`` has one."""
    count = 0
    for name in reversed(header):
        if name.strip():
            break
        count += 1
    return count


def _surplus_is_empty(records: Records, index: int, reader: DelimitedReader) -> bool:
    """Tell whether the fields beyond the expected ones hold nothing."""
    behind = int(records.separators[records.first[index] + reader.width - 1])
    return int(records.end[index]) - behind == int(records.fields[index]) - reader.width


def _check_header(records: Records, index: int) -> None:
    """Raise if the header cannot be trusted."""
    issues = records.issues.get(index, [])
    if (issue := _encoding_issue(records, index)) is not None:
        issues = [*issues, issue]
    if issues:
        raise FileFaultError(*issues)


def _undecodable(records: Records) -> Iterator[tuple[int, Issue]]:
    """Find records with bytes that are not UTF-8."""
    bad = first_bad_byte(records.data.tobytes())
    if bad is None:
        return
    first = int(np.searchsorted(records.start, bad, side="right")) - 1
    for index in range(first, len(records)):
        if (issue := _encoding_issue(records, index)) is not None:
            yield index, issue


def _encoding_issue(records: Records, index: int) -> Issue | None:
    """Describe the first byte of a record that is not UTF-8."""
    raw = records.raw(index)
    bad = first_bad_byte(raw)
    if bad is None:
        return None
    value = f"{raw[bad]:02x}"
    message = f"the byte {value} is not text in UTF-8"
    return Issue(Code.BAD_ENCODING, line=int(records.line[index]), value=value, message=message)


def _columns(records: Records, rows: Positions, width: int, layout: Layout) -> list[pl.Series]:
    """Copy the fields of some records into text columns, quotes and escapes resolved."""
    quote = ord(layout.quote)
    columns = []
    for number, (start, end) in enumerate(records.bounds(rows, width), 1):
        quoted = (end > start) & (records.data[np.minimum(start, len(records.data) - 1)] == quote)
        offsets, content = _gather(records.data, start + quoted, end - quoted)
        array = pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(content))
        text = pl.Series(str(number), array)
        # Looking at the bytes first is what makes columns without escapes cheap.
        if (content == quote).any() or (content == BACKSLASH).any():
            text = _unescape(text, quoted, layout)
        columns.append(text)
    return columns


def _gather(
    data: NDArray[np.uint8], start: Positions, end: Positions
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Copy byte ranges behind one another, as Arrow lays out text: offsets and content."""
    length = end - start
    offsets = np.zeros(len(length) + 1, np.int32)
    np.cumsum(length, out=offsets[1:])
    index = np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], length)
    return offsets, data[index]


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
