"""Whether a document that was written keeps to the schema of its layout."""

from pathlib import Path
from typing import BinaryIO

from impex.domain.errors import FileFaultError
from impex.domain.issues import Issue
from impex.domain.layout import Format, Layout
from impex.formats.readers import open_document
from impex.formats.wanted import Wanted


def violations(stream: BinaryIO, name: str, layout: Layout, schemas: Path) -> list[Issue]:
    """Return what in a document its schema does not allow; nothing where the layout has none.

    Args:
        stream: The document; can seek.
        name: Of its file.
        layout: May name a schema.
        schemas: Directory of the user's schemas.
    """
    if layout.format is not Format.XML or layout.schema_file is None:
        return []
    wanted = Wanted(layout, (), schema=schemas / layout.schema_file)
    found: list[Issue] = []
    try:
        for batch in open_document(stream, name, [wanted]).batches():
            found += batch.issues
    except FileFaultError as fault:
        found += fault.issues
    return found
