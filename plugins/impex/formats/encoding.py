"""From the bytes of a file to UTF-8: the one encoding the splitter understands."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from impex.domain.errors import FileFaultError
from impex.domain.issues import Code, Issue

_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}


def is_utf8(encoding: str) -> bool:
    """Tell whether an encoding is UTF-8, under whichever of its names."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def utf8_blocks(stream: BinaryIO, encoding: str, size: int) -> Iterator[bytes]:
    """Yield the file as UTF-8 without byte order mark, in blocks of about ``size`` bytes.

    UTF-8 itself passes unchecked: the reader finds the record of a bad byte, see ``first_bad_byte``.

    Raises:
        FileFaultError: The bytes are not text in another declared encoding.
    """
    if is_utf8(encoding):
        yield from _without_mark(stream, size)
        return
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    offset, line, started = 0, 1, False
    block = stream.read(max(size, 4))
    _check_mark(block, encoding)
    while True:
        state = decoder.getstate()
        try:
            text = decoder.decode(block, final=not block)
            decoded = (text if started else text.removeprefix("\ufeff")).encode("utf-8")
        except UnicodeDecodeError as fault:
            good = fault.object[len(state[0]) : fault.start]
            decoder.setstate(state)
            line += decoder.decode(good).count("\n")
            at = offset - len(state[0]) + fault.start
            raise FileFaultError(_undecodable(fault, at, line, encoding)) from fault
        except UnicodeError as fault:
            message = f"the file is not text in {encoding}: {fault}"
            raise FileFaultError(Issue(Code.BAD_ENCODING, line=line, message=message)) from fault
        started = started or bool(text)
        offset += len(block)
        line += text.count("\n")
        if decoded:
            yield decoded
        if not block:
            return
        block = stream.read(size)


def _check_mark(start: bytes, encoding: str) -> None:
    """Raise if the order of the bytes is not known."""
    marks = _MARKS.get(codecs.lookup(encoding).name)
    if marks and start and not start.startswith(marks):
        message = (
            f"the file does not begin with the byte order mark of {encoding}; if it has none, "
            f"declare {encoding}-le or {encoding}-be"
        )
        raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, message=message))


def _without_mark(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield blocks as they are but for a leading byte order mark."""
    mark = codecs.BOM_UTF8
    block = stream.read(max(size, len(mark)))
    if block.startswith(mark):
        block = block.removeprefix(mark) or stream.read(size)
    while block:
        yield block
        block = stream.read(size)


def _undecodable(fault: UnicodeDecodeError, offset: int, line: int, encoding: str) -> Issue:
    """Describe bytes that the declared encoding does not know."""
    bad = fault.object[fault.start : fault.end].hex(" ")
    message = f"the bytes {bad} at offset {offset} are not text in {encoding}"
    return Issue(Code.BAD_ENCODING, line=line, value=bad, message=message)


def first_bad_byte(data: bytes) -> int | None:
    """Return the offset of the first byte that is not UTF-8, or None."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start
    return None
