"""Files of any kind as bytes, and how their reader takes them."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Effect, Issue
from impex.domain.layout import Layout
from impex.formats.archive import DEFAULT_LIMITS, Limits
from impex.formats.readers import Reader, open_reader, reject_records
from impex.formats.rejects import Rejected


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as read: rows of line and cells, and the faults of the others."""

    header: list[str]
    rows: list[tuple[Any, ...]]
    issues: list[Issue]
    read: int
    notes: list[str]

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The rows without their lines."""
        return [row[1:] for row in self.rows]

    @property
    def faults(self) -> list[tuple[int, Code]]:
        """Line and code of every fault."""
        return [(i.line, i.code) for i in self.issues if i.effect is Effect.REJECTED]

    @property
    def skipped(self) -> list[tuple[int, Code]]:
        """Line and code of every record that is left out on purpose."""
        return [(i.line, i.code) for i in self.issues if i.effect is Effect.SKIPPED]


def collected(reader: Reader) -> ReadFile:
    """Read all batches."""
    rows: list[tuple[Any, ...]] = []
    issues: list[Issue] = []
    read = 0
    for batch in reader.batches():
        rows.extend(batch.frame.rows())
        issues.extend(batch.issues)
        read += batch.read
    return ReadFile(reader.heads[0][0], rows, issues, read, reader.notes)


def read_any(
    data: bytes,
    name: str = "goods.csv",
    layout: Layout | None = None,
    *,
    needed: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> ReadFile:
    """Read a whole file by its name."""
    reader = open_reader(io.BytesIO(data), name, layout or Layout(), limits)
    reader.needed = needed
    return collected(reader)


def rejects_of(
    data: bytes, name: str, layout: Layout | None, rejected: Iterable[Rejected]
) -> bytes:
    """Return the reject file of a file."""
    reader = open_reader(io.BytesIO(data), name, layout or Layout())
    return b"".join(reject_records(reader, name, rejected))


def codes_of(data: bytes, name: str, layout: Layout | None = None) -> list[Code]:
    """Return the codes of what keeps a whole file from being read; empty if nothing does."""
    try:
        read_any(data, name, layout)
    except FileFaultError as fault:
        return [issue.code for issue in fault.issues]
    return []
