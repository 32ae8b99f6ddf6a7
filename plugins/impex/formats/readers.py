"""One way to read every kind of file: the name decides which reader does it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

from impex.domain.errors import DataError
from impex.domain.layout import Format, Layout
from impex.formats.archive import DEFAULT_LIMITS, Limits, is_archive
from impex.formats.batch import Batch
from impex.formats.delimited import DelimitedReader
from impex.formats.fixed_width import FixedWidthReader
from impex.formats.gzip_stream import gunzipped, gzipped, is_gzipped, name_inside
from impex.formats.json_reader import JsonReader
from impex.formats.rejects import Rejected
from impex.formats.wanted import Wanted

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
    def heads(self) -> list[tuple[list[str], int]]:
        """For each kind of record the names of its fields and the number of them.

        The names are as they stand in the file; there are none without a header.
        """

    @property
    def notes(self) -> list[str]:
        """What a person should know about how the file is read, in sentences."""

    def batches(self) -> Iterator[Batch]:
        """Yield the records after the header, in the order of the file.

        Raises:
            DataError: The file cannot be read to its end as declared.
        """

    def others(self, kind: int, /) -> list[str]:
        """Return what records of a kind have that nobody asked for, as far as ``heads`` do not tell.

        Known when all batches were read.
        """

    def rejects(self, rejected: Iterable[Rejected], kind: int = 0, /) -> Iterator[bytes]:
        """Yield the bytes of a file that has the rejected records only, with what is wrong.

        Read under the same layout, it gives the same records again.

        Args:
            rejected: In line order; drawn one by one while the file is read.
            kind: Of the records.
        """


def is_spreadsheet(name: str) -> bool:
    """Tell whether a file of this name is read as a spreadsheet, packed or not."""
    return name.lower().removesuffix(".gz").endswith(_SPREADSHEETS)


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
    stream, name = _unpacked(stream, name, limits)
    if is_spreadsheet(name):
        from impex.formats.spreadsheet import SpreadsheetReader

        return SpreadsheetReader(stream, layout, limits)
    if layout.widths:
        return FixedWidthReader(stream, layout)
    return DelimitedReader(stream, layout)


def open_document(
    stream: BinaryIO, name: str, wanted: Sequence[Wanted], limits: Limits = DEFAULT_LIMITS
) -> Reader:
    """Begin to read a file that has no header: an XML document, or JSON lines.

    Args:
        stream: The file's bytes; need not seek.
        name: ``.gz`` at its end is unpacked before.
        wanted: What is asked of it, for each kind of record; JSON lines have one.
        limits: How far what is packed may unpack.

    Raises:
        FileFaultError: It must not be read, or it is empty.
        DataError: It is damaged, or larger than the limits.
    """
    stream, _ = _unpacked(stream, name, limits)
    if wanted[0].layout.format is Format.JSON:
        return JsonReader(stream, wanted[0])
    from impex.formats.xml_reader import XmlReader

    return XmlReader(stream, wanted)


def _unpacked(stream: BinaryIO, name: str, limits: Limits) -> tuple[BinaryIO, str]:
    """Return what is in a file that may be packed, and what that is called."""
    if not is_gzipped(name):
        return stream, name
    inside = name_inside(name)
    if is_gzipped(inside) or is_archive(inside):
        raise DataError(f"The file {name!r} is packed twice. Pack it once.")
    return gunzipped(stream, name, limits), inside


def reject_records(
    reader: Reader, name: str, rejected: Iterable[Rejected], kind: int = 0
) -> Iterator[bytes]:
    """Yield the bytes of the reject file of a file: of the same kind, and packed like it.

    Args:
        reader: A fresh reader of the file.
        name: Of the file.
        rejected: In line order.
        kind: Of the records.
    """
    pieces = reader.rejects(rejected, kind)
    return gzipped(pieces) if is_gzipped(name) else pieces
