"""Delimited files as bytes, and how a reader takes them."""

import io

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Escape, Layout, Ragged
from impex.formats.delimited import DelimitedReader
from tests.unit.read_files import ReadFile, collected

PADDED = Layout(ragged=Ragged.PAD)
BACKSLASH = Layout(escape=Escape.BACKSLASH)


def read_file(data: bytes, layout: Layout | None = None, **options: int) -> ReadFile:
    """Read a whole file; the options are those of the reader."""
    return collected(DelimitedReader(io.BytesIO(data), layout or Layout(), **options))


def fault_of(data: bytes, layout: Layout | None = None, **options: int) -> list[tuple[int, Code]]:
    """Return line and code of what keeps a whole file from being read; empty if nothing does."""
    try:
        read_file(data, layout, **options)
    except FileFaultError as fault:
        return [(issue.line, issue.code) for issue in fault.issues]
    return []
