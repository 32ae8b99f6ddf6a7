"""Files of one record a line: the documents and the JSON that PostgreSQL has composed."""

from collections.abc import Iterable, Iterator
from itertools import islice

from impex.formats.blocks import Lines
from impex.formats.text_writer import Tally

_BLOCK_ROWS = 500
# XML 1.0 has none of these characters, however they are written: section 2.2, production 2.
_NO_CHARACTERS = bytes([*range(9), 11, 12, *range(14, 32)])
_NO_SEQUENCES = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
ILLEGAL = "[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]"
"""The same, as a regular expression of PostgreSQL."""


def record_lines(
    records: Iterable[bytes | None], tally: Tally, *, of_document: bool
) -> Iterator[Lines]:
    """Yield blocks of records, a line each.

    Args:
        records: In UTF-8; None stands for one that the file cannot hold.
        tally: Counts what is left out.
        of_document: Whether they are elements; those with characters that XML lacks are left out.
    """
    records = iter(records)
    while chunk := list(islice(records, _BLOCK_ROWS)):
        rows = [record + b"\n" for record in chunk if record is not None]
        # Rarely is there a reason to look at each.
        if of_document and _is_illegal(b"".join(rows)):
            rows = [row for row in rows if not _is_illegal(row)]
        tally.rejected += len(chunk) - len(rows)
        yield Lines(rows)


def _is_illegal(record: bytes) -> bool:
    if len(record.translate(None, _NO_CHARACTERS)) != len(record):
        return True
    return any(sequence in record for sequence in _NO_SEQUENCES)
