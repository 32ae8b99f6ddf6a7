"""XML documents as bytes, and how their reader takes them."""

import io
from collections.abc import Sequence
from typing import Any

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Format, Layout
from impex.formats.readers import open_document
from impex.formats.rejects import Rejected
from impex.formats.wanted import Wanted
from tests.unit.read_files import ReadFile, collected


def wanted(record: str, *fields: str, repeated: Sequence[str] = (), **namespaces: str) -> Wanted:
    """Ask for fields of records; the namespace ``default`` is for names without a prefix."""
    names = tuple(("" if k == "default" else k, uri) for k, uri in namespaces.items())
    layout = Layout(format=Format.XML, record=record, namespaces=names)
    return Wanted(layout, fields, frozenset(repeated))


def read_document(data: bytes, *asked: Wanted) -> ReadFile:
    """Read a document of one kind of record."""
    return collected(open_document(io.BytesIO(data), "goods.xml", asked))


def read_kinds(data: bytes, *asked: Wanted) -> list[list[tuple[Any, ...]]]:
    """Return the cells of the records of each kind."""
    rows: list[list[tuple[Any, ...]]] = [[] for _ in asked]
    for batch in open_document(io.BytesIO(data), "goods.xml", asked).batches():
        rows[batch.kind].extend(row[2:] for row in batch.frame.rows())
    return rows


def faults_of(data: bytes, *asked: Wanted) -> list[tuple[int, Code]]:
    """Return line and code of what keeps a document from being read; empty if nothing does."""
    try:
        read_document(data, *asked)
    except FileFaultError as fault:
        return [(issue.line, issue.code) for issue in fault.issues]
    return []


def rejected_document(
    data: bytes, asked: Sequence[Wanted], rejected: Sequence[Rejected], kind: int = 0
) -> bytes:
    """Return the reject file of a document."""
    reader = open_document(io.BytesIO(data), "goods.xml", asked)
    return b"".join(reader.rejects(iter(rejected), kind))
