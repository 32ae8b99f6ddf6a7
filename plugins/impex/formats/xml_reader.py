"""XML documents as records: an element is a record, its fields are what the descriptors ask for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Issue
from impex.domain.marks import BETWEEN
from impex.domain.xml_path import field_path, record_path
from impex.formats.batch import MOST_CELLS, Batch
from impex.formats.rejects import Rejected
from impex.formats.wanted import Wanted
from impex.formats.xml_document import Found, Records, XmlDocument, local_name, outermost
from impex.formats.xml_rejects import reject_document
from impex.formats.xml_schema import Schema

# Of these a batch is made: enough to be worth its while, and not more than the memory should hold.
_BLOCKS = 32
BLOCK_BYTES = 1 << 17


def _records(wanted: Wanted) -> Records:
    """Compile the paths."""
    names = dict(wanted.layout.namespaces)
    path = record_path(wanted.layout.record or "", names)
    return Records(path, [field_path(text, names) for text in wanted.fields])


@dataclass(slots=True)
class _Rows:
    """The records of one kind that wait to become a batch."""

    lines: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    cells: list[tuple[str | None, ...]] = field(default_factory=list)
    faults: dict[int, list[Issue]] = field(default_factory=dict)

    def add(self, line: int, cells: tuple[str | None, ...], faults: list[Issue]) -> None:
        """Take a record; those that begin on the same line are told apart by their number."""
        if faults:
            self.faults[len(self.cells)] = faults
        again = bool(self.lines) and self.lines[-1] == line
        self.parts.append(self.parts[-1] + 1 if again else 1)
        self.lines.append(line)
        self.cells.append(cells)

    def cut(self) -> "_Rows":
        """Return these, and begin anew behind the last one."""
        taken = _Rows(self.lines, self.parts, self.cells, self.faults)
        self.lines, self.parts = self.lines[-1:], self.parts[-1:]
        self.cells, self.faults = [], {}
        return taken


@dataclass(slots=True)
class XmlReader:
    """Reads the records of one document once, of all kinds that descriptors ask for.

    Attributes:
        stream: The document; need not seek.
        wanted: What the descriptors ask for; all of it begins with the same root.
        needed: Is not asked of documents: only what is wanted is read at all.
        notes: What a person should know about how the file is read, in sentences.
    """

    stream: BinaryIO
    wanted: Sequence[Wanted]
    needed: int = 0
    notes: list[str] = field(init=False, default_factory=list)
    _kinds: list[Records] = field(init=False)
    _document: XmlDocument = field(init=False)
    _schema: Schema | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Begin to read.

        Raises:
            FileFaultError: The document must not be read, see ``open_document``.
            ConfigError: The schema cannot be used.
        """
        self._kinds = [_records(wanted) for wanted in self.wanted]
        if self.wanted[0].schema is not None:
            self._schema = Schema(self.wanted[0].schema)
        self._document = XmlDocument(self.stream, self._kinds, BLOCK_BYTES, self._schema)

    @property
    def heads(self) -> list[tuple[list[str], int]]:
        """Names and number of the fields of each kind."""
        return [([*wanted.fields], len(wanted.fields)) for wanted in self.wanted]

    def batches(self) -> Iterator[Batch]:
        """Yield the records, some of each kind in turn, in the order of the document.

        Raises:
            FileFaultError: The document is not well-formed, is another one, or cannot be read to
                its end as declared.
        """
        rows = [_Rows() for _ in self._kinds]
        for number, block in enumerate(self._document.blocks(), 1):
            for found in block:
                cells, faults = self._kinds[found.kind].cells(found.element), self._faults(found)
                rows[found.kind].add(found.line, cells, faults)
            if number % _BLOCKS == 0:
                yield from self._taken(rows)
        yield from self._taken(rows)
        if self._schema is not None and (rest := self._schema.rest()):
            raise FileFaultError(*rest)

    def others(self, kind: int) -> list[str]:
        """Return the names of the elements in records of a kind that nobody asked for.

        Known when all batches were read.
        """
        path = self._kinds[kind].path
        depth = len(path)
        inner = {k.path[depth] for k in self._kinds if k.path[:depth] == path != k.path}
        return sorted(local_name(name) for name in self._kinds[kind].branch.others - inner)

    def rejects(self, rejected: Iterable[Rejected], kind: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a document that has the rejected records only, with what is wrong.

        A record within a record of another kind brings all of that one with it: read again, what
        was right in it changes nothing.

        Args:
            rejected: In line order.
            kind: Of the records.
        """
        return reject_document(self._document, self._kinds, kind, rejected)

    def _taken(self, rows: Sequence[_Rows]) -> Iterator[Batch]:
        for kind, held in enumerate(rows):
            taken = held.cut()
            most = max(MOST_CELLS // max(len(self.wanted[kind].fields), 1), 1)
            for at in range(0, len(taken.cells), most):
                yield self._batch(kind, taken, at, at + most)

    def _batch(self, kind: int, rows: _Rows, begin: int, end: int) -> Batch:
        # The number of a line goes on from the batch before, whose last record stands in front.
        behind = len(rows.lines) - len(rows.cells)
        fields = zip(*rows.cells[begin:end], strict=True)
        frame = pl.DataFrame(
            [
                pl.Series("line", rows.lines[begin + behind : end + behind], pl.Int64),
                pl.Series("part", rows.parts[begin + behind : end + behind], pl.Int64),
                *(pl.Series(str(n), texts, pl.String) for n, texts in enumerate(fields, 1)),
            ]
        )
        faults = {i - begin: told for i, told in rows.faults.items() if begin <= i < end}
        if not faults and not self._kinds[kind].several:
            return Batch(frame, frame.height, [], kind)
        good, issues = self._sound(kind, frame, faults)
        return Batch(good, frame.height, issues, kind)

    def _faults(self, found: Found) -> list[Issue]:
        """Return what in a record does not keep to the schema."""
        if self._schema is None:
            return []
        issues = [*self._schema.issues(found.element, found.line, found.end)]
        if outermost(self._kinds, found.kind) == found.kind:
            self._schema.forget(found.end)
        return issues

    def _sound(
        self, kind: int, frame: pl.DataFrame, faults: Mapping[int, list[Issue]]
    ) -> tuple[pl.DataFrame, list[Issue]]:
        """Leave out records with faults, and those with several elements where one is meant."""
        wanted = self.wanted[kind]
        issues = [issue for told in faults.values() for issue in told]
        bad = pl.Series([index in faults for index in range(frame.height)], dtype=pl.Boolean)
        for number, path in enumerate(wanted.fields, 1):
            if path in wanted.repeated:
                continue
            several = frame[str(number)].str.contains(BETWEEN, literal=True).fill_null(value=False)
            if several.any():
                bad |= several
                rows = frame.filter(several)
                issues += map(_repeated, rows["line"], rows[str(number)], [path] * rows.height)
        return (frame.filter(~bad), issues) if issues else (frame, [])


def _repeated(line: int, text: str, path: str) -> Issue:
    count = text.count(BETWEEN) + 1
    value = text.replace(BETWEEN, " | ")[:VALUE_LIMIT]
    message = f"the record has {path} {count} times"
    return Issue(Code.REPEATED_FIELD, line=line, column=path, value=value, message=message)
