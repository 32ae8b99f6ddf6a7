"""Delimited files as bytes, and how a reader takes them."""

import io
from dataclasses import dataclass
from typing import Any

from impex.domain.errors import FileFaultError
from impex.domain.group import Escape, Layout, Ragged
from impex.domain.issues import Code, Issue
from impex.formats.delimited import DelimitedReader

PADDED = Layout(ragged=Ragged.PAD)
BACKSLASH = Layout(escape=Escape.BACKSLASH)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as read: rows of line and cells, and the faults of the others."""

    header: list[str]
    rows: list[tuple[Any, ...]]
    issues: list[Issue]
    read: int

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The rows without their lines."""
        return [row[1:] for row in self.rows]

    @property
    def faults(self) -> list[tuple[int, Code]]:
        """Line and code of every fault."""
        return [(issue.line, issue.code) for issue in self.issues]


def read_file(data: bytes, layout: Layout | None = None, **options: int) -> ReadFile:
    """Read a whole file; the options are those of the reader."""
    reader = DelimitedReader(io.BytesIO(data), layout or Layout(), **options)
    file = ReadFile(reader.header, [], [], 0)
    read = 0
    for batch in reader.batches():
        file.rows.extend(batch.frame.rows())
        file.issues.extend(batch.issues)
        read += batch.read
    return ReadFile(file.header, file.rows, file.issues, read)


def fault_of(data: bytes, layout: Layout | None = None, **options: int) -> list[tuple[int, Code]]:
    """Return line and code of what keeps a whole file from being read; empty if nothing does."""
    try:
        read_file(data, layout, **options)
    except FileFaultError as fault:
        return [(issue.line, issue.code) for issue in fault.issues]
    return []
