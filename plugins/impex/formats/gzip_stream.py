"""Files packed with gzip, unpacked while they are read, and packed again."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from isal import isal_zlib

from impex.domain.errors import DataError
from impex.formats.archive import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SUFFIX = ".gz"
_BUFFER_BYTES = 1 << 16
_GZIP = zlib.MAX_WBITS | 16
# A twelfth of the time of zlib's usual level, for a tenth more bytes.
_LEVEL = 2


def is_gzipped(name: str) -> bool:
    """Tell by the name whether a file is packed with gzip."""
    return name.lower().endswith(_SUFFIX)


def name_inside(name: str) -> str:
    """Return the name of the file that is packed."""
    return name[: -len(_SUFFIX)]


def gunzipped(stream: BinaryIO, name: str, limits: Limits) -> BinaryIO:
    """Return the unpacked bytes as a stream; reading it raises DataError if they are no good."""
    return io.BufferedReader(_GunzippedStream(stream, name, limits), _BUFFER_BYTES)


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pack bytes while they come."""
    engine = deflater(_GZIP)
    for piece in pieces:
        yield engine.compress(piece)
    yield engine.flush()


def deflater(wbits: int) -> "isal_zlib.Compress":
    """Return what packs bytes; ``wbits`` says what stands around them, as for ``zlib.compressobj``."""
    return isal_zlib.compressobj(level=_LEVEL, wbits=wbits)


class _GunzippedStream(io.RawIOBase):
    """Yields the unpacked bytes of a gzip file within the limits of a package's member."""

    def __init__(self, stream: BinaryIO, name: str, limits: Limits) -> None:
        super().__init__()
        self._name = name
        self._limits = limits
        self._packed = _CountedStream(stream)
        self._unpacked = gzip.GzipFile(fileobj=self._packed)
        self._given = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as one step of unpacking does.

        Raises:
            DataError: The file is damaged, or unpacks to more than the limits allow.
        """
        try:
            count: int = self._unpacked.readinto(buffer)
        except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
            raise DataError(
                f"The file {self._name!r} cannot be unpacked: it is cut, damaged or no gzip file. "
                "Pack and send it again."
            ) from fault
        self._given += count
        if self._given > self._limits.unpacked(self._packed.count):
            raise DataError(
                f"The file {self._name!r} unpacks to more than {self._limits.member_bytes} bytes, "
                f"or more than {self._limits.ratio} to 1. Split it into several files."
            )
        return count


class _CountedStream(io.BufferedIOBase):
    """Counts the bytes that are read."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most so many bytes."""
        block = self._stream.read(-1 if size is None else size)
        self.count += len(block)
        return block
