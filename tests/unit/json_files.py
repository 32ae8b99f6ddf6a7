"""Lines of JSON as bytes, and how their reader takes them."""

import io
from collections.abc import Iterable, Sequence

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Format, Layout
from impex.formats.readers import Reader, open_document, reject_records
from impex.formats.rejects import Rejected
from impex.formats.wanted import Wanted
from tests.unit.read_files import ReadFile, collected


def opened(
    data: bytes, *fields: str, repeated: Sequence[str] = (), name: str = "goods.jsonl"
) -> Reader:
    """Begin to read a file of which these fields are asked."""
    wanted = Wanted(Layout(format=Format.JSON), fields, frozenset(repeated))
    return open_document(io.BytesIO(data), name, [wanted])


def read_lines(data: bytes, *fields: str, repeated: Sequence[str] = ()) -> ReadFile:
    """Read a whole file of which these fields are asked."""
    return collected(opened(data, *fields, repeated=repeated))


def faults_of(data: bytes, *fields: str) -> list[tuple[int, Code]]:
    """Return line and code of what keeps a file from being read; empty if nothing does."""
    try:
        read_lines(data, *fields)
    except FileFaultError as fault:
        return [(issue.line, issue.code) for issue in fault.issues]
    return []


def reject_lines(data: bytes, rejected: Iterable[Rejected], name: str = "goods.jsonl") -> bytes:
    """Return the reject file of a file."""
    return b"".join(reject_records(opened(data, "sku", name=name), name, rejected))
