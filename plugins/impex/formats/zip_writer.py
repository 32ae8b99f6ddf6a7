"""Zip archives, written in one go: nothing is looked back at."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from impex.formats.gzip_stream import deflater


class _Out(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(members: Iterable[tuple[str, Iterable[bytes]]], moment: datetime) -> Iterator[bytes]:
    """Yield the bytes of an archive.

    Args:
        members: Names and contents, each drawn before the next.
        moment: The time that all members have.
    """
    out = _Out()
    when = moment.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(out, "w") as archive:
        for name, chunks in members:
            info = zipfile.ZipInfo(name, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                # Without this it is as right, and takes several times as long.
                member._compressor = deflater(-zlib.MAX_WBITS)  # type: ignore[attr-defined]  # noqa: SLF001
                for chunk in chunks:
                    member.write(chunk)
                    yield out.taken()
        yield out.taken()
    yield out.taken()
