"""From the bytes of a file to UTF-8: the one encoding the splitter understands."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from impex.domain.errors import FileFaultError
from impex.domain.issues import Code, Issue

UTF8_NAMES = ("utf-8", "utf-8-sig")


def utf8_blocks(stream: BinaryIO, encoding: str, size: int) -> Iterator[bytes]:
    """Yield the file as UTF-8 without byte order mark, in blocks of about ``size`` bytes.

    UTF-8 itself passes unchecked: the reader finds the record of a bad byte, see ``first_bad_byte``.

    Raises:
        FileFaultError: The bytes are not text in another declared encoding.
    """
    name = codecs.lookup(encoding).name
    if name in UTF8_NAMES:
        yield from _without_mark(stream, size)
        return
    decoder = codecs.getincrementaldecoder(name)("strict")
    offset, line = 0, 1
    while True:
        block = stream.read(size)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as fault:
            raise FileFaultError(_undecodable(fault, offset, line, encoding)) from fault
        if offset == 0:
            text = text.removeprefix("\ufeff")
        offset += len(block)
        line += text.count("\n")
        if text:
            yield text.encode("utf-8")
        if not block:
            return


def _without_mark(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield blocks as they are but for a leading byte order mark."""
    block = stream.read(size).removeprefix(codecs.BOM_UTF8)
    while block:
        yield block
        block = stream.read(size)


def _undecodable(fault: UnicodeDecodeError, offset: int, line: int, encoding: str) -> Issue:
    """Describe bytes that the declared encoding does not know."""
    at = offset + fault.start
    bad = fault.object[fault.start : fault.end].hex(" ")
    return Issue(
        Code.BAD_ENCODING,
        line=line + fault.object[: fault.start].count(b"\n"),
        value=bad,
        message=f"the bytes {bad} at offset {at} are not text in {encoding}",
    )


def first_bad_byte(data: bytes) -> int | None:
    """Return the offset of the first byte that is not UTF-8, or None."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start
    return None
