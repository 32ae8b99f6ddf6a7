"""One member of a package, unpacked while it is read and checked against what it claims to be."""

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from impex.domain.errors import DataError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Packed:
    """Where a member lies in the package and what it claims to be.

    Attributes:
        start: Offset of its packed bytes.
        size: Unpacked.
        crc: CRC-32 of the unpacked bytes; None where the package has none.
    """

    name: str
    start: int
    packed_size: int
    size: int
    deflated: bool
    crc: int | None


class MemberStream(io.RawIOBase):
    """Yields a member's bytes and ends only if they are exactly what was promised.

    Memory does not depend on the member's size. Several streams may read one package in turn, from
    one thread; closing a stream leaves the package open.
    """

    def __init__(self, package: BinaryIO, packed: Packed) -> None:
        """Read from the seekable package, which stays open as long as the stream is used."""
        super().__init__()
        self._package = package
        self._packed = packed
        self._engine = zlib.decompressobj(-zlib.MAX_WBITS) if packed.deflated else None
        self._taken = 0
        self._given = 0
        self._crc = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as one step of unpacking does.

        Raises:
            DataError: The member is damaged or lies about itself; so does every later read.
        """
        view = memoryview(buffer).cast("B")
        try:
            piece = self._unpack(len(view))
        except zlib.error as fault:
            raise self._damaged("its compressed bytes make no sense") from fault
        self._check(piece)
        view[: len(piece)] = piece
        return len(piece)

    def _unpack(self, most: int) -> bytes:
        """Return the next bytes, at most so many; none at the end of the member."""
        if self._engine is None:
            return self._take(most)
        while not self._engine.eof:
            packed = self._engine.unconsumed_tail or self._take(_BLOCK)
            piece = self._engine.decompress(packed, most)
            if piece:
                return piece
            if not packed and not self._engine.eof:
                raise self._damaged("its compressed bytes end too early")
        if self._engine.unused_data or self._taken < self._packed.packed_size:
            raise self._damaged("other bytes follow its compressed bytes")
        return b""

    def _take(self, most: int) -> bytes:
        """Read packed bytes, at most so many; none when all have been read."""
        wanted = min(most, self._packed.packed_size - self._taken)
        self._package.seek(self._packed.start + self._taken)
        block = self._package.read(wanted)
        if len(block) < wanted:
            raise self._damaged("the package ends in the middle of it")
        self._taken += len(block)
        return block

    def _check(self, piece: bytes) -> None:
        """Count the bytes; compare with the promise as soon as it is broken or must be kept."""
        self._given += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        if self._given > self._packed.size:
            raise self._damaged(f"it is larger than the {self._packed.size} bytes it claims")
        if piece:
            return
        if self._given < self._packed.size:
            raise self._damaged(f"it is smaller than the {self._packed.size} bytes it claims")
        if self._packed.crc not in {None, self._crc}:
            raise self._damaged("its checksum is wrong")

    def _damaged(self, how: str) -> DataError:
        """Say in which way the member is damaged."""
        return DataError(
            f"The member {self._packed.name!r} is damaged: {how}. Send the whole package again."
        )
