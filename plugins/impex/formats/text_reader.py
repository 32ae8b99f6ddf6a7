"""Text files, read block by block: what delimited and fixed-width files have in common.

A batch holds the records that can be trusted. What cannot be trusted becomes an issue. Memory
depends on the block size, never on the size of the file.
"""

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, compress
from typing import BinaryIO, Generic, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.layout import DETECT, Layout, Ragged
from impex.formats.batch import (
    MOST_CELLS,
    MOST_COLUMNS,
    Batch,
    check_width,
    last_marked,
    total_row_issue,
)
from impex.formats.chunks import whole_records, without_lines
from impex.formats.encoding import first_bad_byte, is_utf8, open_text
from impex.formats.records import Place, Positions, Records, bad_byte
from impex.formats.rejects import Rejected

BLOCK_BYTES = 3 << 19

R = TypeVar("R", bound=Records)


@dataclass(frozen=True, slots=True)
class Chunk(Generic[R]):
    """Whole records and the indexes of those that count, in order."""

    records: R
    rows: Positions

    @property
    def last(self) -> int:
        """Index of the last record that counts."""
        return int(self.rows[-1])


@dataclass(slots=True)
class TextReader(ABC, Generic[R]):
    """Reads one file once: the header first, then its batches or its rejects.

    Attributes:
        needed: Number of leading fields that the descriptor uses; set it before ``batches``.
        header: Names of the fields as they stand in the file; empty without a header.
        width: Number of fields that a record is expected to have.
        notes: What a person should know about how the file is read, in sentences.
    """

    stream: BinaryIO
    layout: Layout
    block_bytes: int = BLOCK_BYTES
    needed: int = 0
    header: list[str] = field(init=False, default_factory=list)
    width: int = field(init=False, default=0)
    notes: list[str] = field(init=False, default_factory=list)
    _encoding: str = field(init=False, default="")
    _preamble: bytes = field(init=False, default=b"")
    _top: bytes = field(init=False, default=b"")
    _chunks: Iterator[Chunk[R]] = field(init=False)

    def __post_init__(self) -> None:
        """Read the first block, to know the header.

        Raises:
            FileFaultError: The file is empty, or its header cannot be read.
        """
        text = open_text(self.stream, self.layout.encoding, self.block_bytes)
        self._encoding = text.encoding
        if self.layout.encoding == DETECT:
            self.notes.append(f"read as {text.encoding}, which was detected")
        self._preamble, blocks = without_lines(text.blocks, self.layout.skip_lines)
        place = Place(1 + self.layout.skip_lines, text.offset + len(self._preamble))
        chunks = self._counting(whole_records(blocks, self._split, place))
        first = next(chunks, None)
        if first is None:
            raise FileFaultError(Issue(Code.EMPTY_FILE, message=self._emptiness))
        self._chunks = chain([self._begin(first)], chunks)

    @property
    def heads(self) -> list[tuple[list[str], int]]:
        """Names and number of the fields; text has records of one kind."""
        return [(self.header, self.width)]

    def others(self, _: int) -> list[str]:
        """Return nothing: the header tells beforehand what nobody asks for."""
        return []

    def batches(self) -> Iterator[Batch]:
        """Yield the records after the header, in the order of the file.

        Raises:
            FileFaultError: The file cannot be read to its end as declared.
        """
        for chunk, total in self._content():
            records, rows = chunk.records, chunk.rows
            found = self._issues(chunk)
            if total:
                found[chunk.last] = [self._total_issue(chunk)]
            flagged = np.zeros(len(records), np.bool_)
            flagged[np.fromiter(found, np.int64, len(found))] = True
            most = max(MOST_CELLS // self.width, 1)
            for at in range(0, len(rows), most):
                part = rows[at : at + most]
                bad = flagged[part]
                issues = [issue for index in part[bad].tolist() for issue in found[index]]
                yield Batch(self._frame(records, part[~bad]), len(part), issues)

    def rejects(self, rejected: Iterable[Rejected], _: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a file that has the rejected records only, with what is wrong.

        What stands in front of the records, and the total row, are kept, so that the file is read
        as the original was. A file whose encoding was detected is written in UTF-8 with its mark:
        of a few records it might be detected differently.

        Args:
            rejected: In line order.
        """
        detected = self.layout.encoding == DETECT
        if detected:
            yield codecs.BOM_UTF8
        utf8 = detected or is_utf8(self._encoding)
        # One encoder for all records: UTF-16 begins with a byte order mark and has no other. A
        # message may hold characters that the file's encoding does not know.
        encode = codecs.getincrementalencoder(self._encoding)("backslashreplace").encode
        for piece in self._reject_lines(iter(rejected)):
            yield piece if utf8 else encode(piece.decode())

    @abstractmethod
    def _split(self, block: bytes, place: Place, *, closed: bool) -> R:
        """Find the complete records of a block that starts at a record."""

    @abstractmethod
    def _fields(self, records: R, index: int) -> int:
        """Count the fields of a record."""

    @abstractmethod
    def _columns(self, records: R, rows: Positions, width: int) -> list[pl.Series]:
        """Return the fields of some records as text columns."""

    @abstractmethod
    def _miscounted(self, records: R, rows: Positions) -> Iterator[tuple[int, Issue]]:
        """Find records with too little or too much in them."""

    @abstractmethod
    def _appended(self, records: R, index: int, rejected: Rejected | None) -> bytes:
        """Return a line of the reject file: a record, or else the header, and what is appended."""

    @property
    @abstractmethod
    def _named(self) -> int:
        """Number of fields that a record cannot do without."""

    @property
    def _emptiness(self) -> str:
        lines = self.layout.skip_lines
        return (
            f"the file has nothing behind its first {lines} lines" if lines else "the file is empty"
        )

    def _counting(self, chunks: Iterator[R]) -> Iterator[Chunk[R]]:
        """Leave out comments, and chunks of nothing else."""
        for records in chunks:
            rows = records.counting(self.layout.comment)
            if len(rows):
                yield Chunk(records, rows)

    def _begin(self, chunk: Chunk[R]) -> Chunk[R]:
        """Learn the width, and the header if there is one; return what is left of the chunk."""
        records, top = chunk.records, int(chunk.rows[0])
        self.width = len(self.layout.widths) or self._fields(records, top)
        if self.layout.header:
            self._check_header(chunk, top)
        check_width(self.width, int(records.line[top]))
        if not self.layout.header:
            return chunk
        self._top = self._appended(records, top, None)
        self.header = [
            str(column[0]) for column in self._columns(records, chunk.rows[:1], self.width)
        ]
        return replace(chunk, rows=chunk.rows[1:])

    def _check_header(self, chunk: Chunk[R], top: int) -> None:
        """Raise if the header cannot be trusted; it may be shorter than the records."""
        issues = list(chunk.records.issues.get(top, []))
        misfits = self._miscounted(chunk.records, chunk.rows[:1])
        issues += [issue for _, issue in misfits if issue.code is Code.LINE_TOO_LONG]
        if (issue := _encoding_issue(chunk.records, top)) is not None:
            issues.append(issue)
        if issues:
            raise FileFaultError(*issues)

    def _content(self) -> Iterator[tuple[Chunk[R], bool]]:
        """Yield the chunks behind the header, and whether one ends with the total row."""
        for chunk, last in last_marked(chunk for chunk in self._chunks if len(chunk.rows)):
            total = last and self._is_total(chunk.records, chunk.last)
            if last and not total:
                self._check_end(chunk.records, chunk.last)
            yield chunk, total

    def _is_total(self, records: R, last: int) -> bool:
        """Tell whether a record is the total row that the layout announces."""
        mark = self.layout.total_row
        # Only of records without such faults are the fields certain, and text.
        if mark is None or last in records.issues or _encoding_issue(records, last) is not None:
            return False
        fields = min(self._fields(records, last), MOST_COLUMNS)
        cells = self._columns(records, np.array([last]), fields)
        # In a line of fixed width it may be longer than the first field.
        texts = [records.raw(last).decode(), *(str(cell[0]) for cell in cells)]
        return any(text.startswith(mark) for text in texts)

    def _check_end(self, records: R, last: int) -> None:
        """Raise if the last record is incomplete and its line is not ended: the file was cut."""
        if records.closed or last < len(records) - 1:
            return
        enough = self._named
        if self.layout.ragged is Ragged.PAD:
            enough = min(self.needed or enough, enough)
        if (fields := self._fields(records, last)) < enough:
            message = (
                f"the last record has {fields} fields instead of {self.width} "
                "and no line end: the file is cut"
            )
            line = int(records.line[last])
            raise FileFaultError(Issue(Code.TRUNCATED, line=line, message=message))

    def _issues(self, chunk: Chunk[R]) -> dict[int, list[Issue]]:
        """Return all faults of the records of a chunk, by their index."""
        records = chunk.records
        found = dict(records.issues)
        counts = self._miscounted(records, chunk.rows)
        undecodable = _undecodable(records) if is_utf8(self._encoding) else ()
        for index, issue in chain(counts, undecodable):
            found[index] = [*found.get(index, []), issue]
        return found

    def _total_issue(self, chunk: Chunk[R]) -> Issue:
        record = chunk.records.raw(chunk.last).decode()
        return total_row_issue(int(chunk.records.line[chunk.last]), record)

    def _frame(self, records: R, rows: Positions) -> pl.DataFrame:
        # From a NumPy array, Polars would load all of numpy.ma.
        lines = pa.py_buffer(records.line[rows])
        line = pl.Series("line", pa.Array.from_buffers(pa.int64(), len(rows), [None, lines]))
        return pl.DataFrame([line, *self._columns(records, rows, self.width)])

    def _reject_lines(self, rejected: Iterator[Rejected]) -> Iterator[bytes]:
        """Yield the pieces of the reject file as UTF-8."""
        yield self._preamble
        yield self._top
        pending = next(rejected, None)
        for chunk, total in self._content():
            last, due = int(chunk.records.line[chunk.last]), []
            while pending is not None and pending[0] <= last:
                due.append(pending)
                pending = next(rejected, None)
            yield from self._rejected(chunk, due)
            if total:
                yield chunk.records.raw(chunk.last) + b"\n"
            if pending is None and self.layout.total_row is None:
                return

    def _rejected(self, chunk: Chunk[R], due: Sequence[Rejected]) -> Iterator[bytes]:
        """Yield those of the lines that are records of the chunk.

        Only these few are taken apart into fields, in a block of their own.
        """
        wanted = np.array([line for line, _, _ in due], np.int64)
        lines = chunk.records.line[chunk.rows]
        places = np.searchsorted(lines, wanted)
        found = lines[places] == wanted
        indexes = chunk.rows[places[found]].tolist()
        block = b"".join(chunk.records.raw(index) + b"\r\n" for index in indexes)
        records = self._split(block, Place(), closed=True)
        for index, rejected in enumerate(compress(due, found)):
            yield self._appended(records, index, rejected)


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
    bad = first_bad_byte(records.raw(index))
    return None if bad is None else bad_byte(records, index, bad)
