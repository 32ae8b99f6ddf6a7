"""JSON lines as records: an object on each line is one, its fields are what the descriptor asks for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import polars as pl

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.formats.batch import MOST_CELLS, Batch
from impex.formats.chunks import whole_records
from impex.formats.encoding import open_text
from impex.formats.json_fields import Fields
from impex.formats.json_rejects import is_note, reject_lines
from impex.formats.json_values import RecordFaultError, read_leniently, read_object
from impex.formats.records import Place, Records, bad_byte, lines
from impex.formats.rejects import Rejected
from impex.formats.wanted import Wanted

BLOCK_BYTES = 1 << 20


@dataclass(slots=True)
class JsonReader:
    """Reads one file once.

    Attributes:
        stream: The file; need not seek.
        wanted: What the descriptor asks for.
        needed: Is not asked of such files: only what is wanted is looked at.
        notes: What a person should know about how the file is read, in sentences.
    """

    stream: BinaryIO
    wanted: Wanted
    needed: int = 0
    notes: list[str] = field(init=False, default_factory=list)
    _fields: Fields = field(init=False)
    _chunks: Iterator[Records] = field(init=False)

    def __post_init__(self) -> None:
        """Read the first block.

        Raises:
            FileFaultError: The file is empty, or it is not in UTF-8.
        """
        self._fields = Fields(self.wanted)
        start = self.stream.read(BLOCK_BYTES)
        if not start.strip():
            raise FileFaultError(Issue(Code.EMPTY_FILE, message="the file is empty"))
        if b"\0" in start[:4]:
            # The first character is ASCII: only in UTF-16 and UTF-32 has it such a byte.
            message = "the file is not text in UTF-8: it begins as if it were UTF-16 or UTF-32"
            raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, message=message))
        text = open_text(self.stream, "utf-8", BLOCK_BYTES, start)
        self._chunks = whole_records(text.blocks, lines, Place(1, text.offset))

    @property
    def heads(self) -> list[tuple[list[str], int]]:
        """Names and number of the fields."""
        return [([*self.wanted.fields], len(self.wanted.fields))]

    def batches(self) -> Iterator[Batch]:
        """Yield the records in the order of the file.

        Raises:
            FileFaultError: A record is too long, or the file was cut.
        """
        most = max(MOST_CELLS // max(len(self.wanted.fields), 1), 1)
        for records in self._chunks:
            for at in range(0, len(records), most):
                yield self._batch(records, range(at, min(at + most, len(records))))

    def others(self, _: int) -> list[str]:
        """Return the paths of members that nobody asked for; known when all batches were read."""
        return self._fields.others()

    def rejects(self, rejected: Iterable[Rejected], _: int = 0) -> Iterator[bytes]:
        """Yield the rejected lines, with what is wrong.

        Args:
            rejected: In line order.
        """
        return reject_lines(self._chunks, rejected)

    def _batch(self, records: Records, indexes: range) -> Batch:
        width = len(self.wanted.fields)
        # One list for all: Python's garbage collector would look at one for each record.
        cells: list[str] = []
        numbers: list[int] = []
        issues: list[Issue] = []
        for index in indexes:
            line = int(records.line[index])
            read = self._read(records, index)
            if isinstance(read, Issue):
                issues.append(replace(read, line=line))
            elif read is not None:
                cells += read
                numbers.append(line)
        frame = pl.DataFrame(
            [
                pl.Series("line", numbers, pl.Int64),
                *(pl.Series(str(n + 1), cells[n::width], pl.String) for n in range(width)),
            ]
        )
        return Batch(frame, len(numbers) + len(issues), issues)

    def _read(self, records: Records, index: int) -> list[str] | Issue | None:
        """Return the fields of a record, or what is wrong with it; nothing if the line is none.

        Raises:
            FileFaultError: It is the last one, and was cut.
        """
        raw = records.raw(index)
        if not raw.strip():
            return None
        try:
            record = read_object(raw.decode())
            return None if is_note(record) else self._fields.cells(record)
        except UnicodeDecodeError as fault:
            issue = bad_byte(records, index, fault.start)
        except RecordFaultError as fault:
            issue = fault.issue
        if not records.closed and _is_cut(raw):
            message = "the last line is not JSON and has no line end: the file is cut"
            line = int(records.line[index])
            raise FileFaultError(Issue(Code.TRUNCATED, line=line, message=message))
        return issue


def _is_cut(raw: bytes) -> bool:
    try:
        read_leniently(raw)
    except ValueError:
        return True
    return False
