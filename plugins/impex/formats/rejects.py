"""The reject file: the original records with what is wrong with each, importable again."""

import csv
import io
from collections.abc import Iterator, Sequence

from impex.formats.delimited import DelimitedReader
from impex.formats.encoding import UTF8_NAMES

APPENDED = ("_line", "_codes", "_message")


def reject_records(
    reader: DelimitedReader, rejected: Sequence[tuple[int, Sequence[str], str]]
) -> Iterator[bytes]:
    """Yield the header and the rejected records as bytes, three fields appended to each.

    A record that has too few fields is filled up, so that the appended fields stand under their
    names. Importing the file again reads the original fields and ignores the appended ones.

    Args:
        reader: A fresh reader of the original file.
        rejected: Line, issue codes and message of each rejected record, in line order.
    """
    header = reader.raw_header()
    if header:
        yield _line(reader, header, reader.width, APPENDED)
    reasons = {line: (str(line), " ".join(codes), message) for line, codes, message in rejected}
    for line, fields, record in reader.raw_records(list(reasons)):
        yield _line(reader, record, fields, reasons[line])


def _line(reader: DelimitedReader, record: bytes, fields: int, appended: Sequence[str]) -> bytes:
    """Append fields to a record in the file's own dialect and encoding."""
    layout = reader.layout
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=layout.delimiter,
        quotechar=layout.quote,
        quoting=csv.QUOTE_ALL,
        lineterminator="\n",
    )
    writer.writerow(appended)
    missing = layout.delimiter * max(reader.width - fields, 0)
    whole = record + f"{missing}{layout.delimiter}{text.getvalue()}".encode()
    if layout.encoding.lower() in UTF8_NAMES:
        return whole
    return whole.decode().encode(layout.encoding)
