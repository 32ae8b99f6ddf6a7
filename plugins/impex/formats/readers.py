"""One way to read every kind of file: the name decides which reader does it."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from impex.domain.errors import DataError
from impex.domain.layout import Layout
from impex.formats.archive import DEFAULT_LIMITS, Limits, is_archive
from impex.formats.batch import Batch
from impex.formats.delimited import DelimitedReader
from impex.formats.fixed_width import FixedWidthReader
from impex.formats.gzip_stream import gunzipped, gzipped, is_gzipped, name_inside
from impex.formats.rejects import Rejected

_SPREADSHEETS = (".xlsx", ".ods")


class Reader(Protocol):
    """Reads one file once: the header first, then its batches or its rejects.

    Attributes:
        needed: Number of leading fields that the descriptor uses; set it before ``batches``. Of text
            it tells whether a last record that is short was cut. What is wrong with cells of a
            spreadsheet behind them does not matter.
    """

    needed: int

    @property
    def header(self) -> list[str]:
        """Names of the fields as they stand in the file; empty without a header."""

    @property
    def width(self) -> int:
        """Number of fields that a record is expected to have."""

    @property
    def notes(self) -> list[str]:
        """What a person should know about how the file is read, in sentences."""

    def batches(self) -> Iterator[Batch]:
        """Yield the records after the header, in the order of the file.

        Raises:
            DataError: The file cannot be read to its end as declared.
        """

    def rejects(self, rejected: Iterable[Rejected]) -> Iterator[bytes]:
        """Yield the bytes of a file that has the rejected records only, with what is wrong.

        Read under the same layout, it gives the same records again.

        Args:
            rejected: In line order; drawn one by one while the file is read.
        """


def open_reader(
    stream: BinaryIO, name: str, layout: Layout, limits: Limits = DEFAULT_LIMITS
) -> Reader:
    """Begin to read a file.

    Args:
        stream: The file's bytes; need not seek.
        name: Decides the kind of file: a spreadsheet, else text; ``.gz`` is unpacked before.
        layout: How the file is written.
        limits: How far what is packed may unpack.

    Raises:
        FileFaultError: It cannot be read as declared.
        DataError: It is damaged, or larger than the limits.
    """
    if is_gzipped(name):
        inside = name_inside(name)
        if is_gzipped(inside) or is_archive(inside):
            raise DataError(f"The file {name!r} is packed twice. Pack it once.")
        stream, name = gunzipped(stream, name, limits), inside
    if name.lower().endswith(_SPREADSHEETS):
        from impex.formats.spreadsheet import SpreadsheetReader

        return SpreadsheetReader(stream, layout, limits)
    if layout.widths:
        return FixedWidthReader(stream, layout)
    return DelimitedReader(stream, layout)


def reject_records(reader: Reader, name: str, rejected: Iterable[Rejected]) -> Iterator[bytes]:
    """Yield the bytes of the reject file of a file: of the same kind, and packed like it.

    Args:
        reader: A fresh reader of the file.
        name: Of the file.
        rejected: In line order.
    """
    pieces = reader.rejects(rejected)
    return gzipped(pieces) if is_gzipped(name) else pieces
