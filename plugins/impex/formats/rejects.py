"""The reject file: the original records with what is wrong with each, importable again."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from impex.domain.group import Escape
from impex.formats.delimited import DelimitedReader
from impex.formats.encoding import is_utf8

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
    # One encoder for all records: UTF-16 begins with a byte order mark and has no other. A message
    # may hold characters that the file's encoding does not know.
    utf8 = is_utf8(reader.layout.encoding)
    encode = codecs.getincrementalencoder(reader.layout.encoding)("backslashreplace").encode
    for line in _lines(reader, rejected):
        yield line if utf8 else encode(line.decode())


def _lines(
    reader: DelimitedReader, rejected: Sequence[tuple[int, Sequence[str], str]]
) -> Iterator[bytes]:
    """Yield the lines of the reject file as UTF-8."""
    header = reader.raw_header()
    if header:
        yield _line(reader, header, reader.width, APPENDED)
    reasons = {line: (str(line), " ".join(codes), message) for line, codes, message in rejected}
    for line, fields, record in reader.raw_records(list(reasons)):
        yield _line(reader, record, fields, reasons[line])


def _line(reader: DelimitedReader, record: bytes, fields: int, appended: Sequence[str]) -> bytes:
    """Append fields to a record in the file's own dialect."""
    layout = reader.layout
    if layout.escape is Escape.BACKSLASH:
        appended = [text.replace("\\", "\\\\") for text in appended]
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
    return record + f"{missing}{layout.delimiter}{text.getvalue()}".encode()
