"""From the bytes of a file to UTF-8: the one encoding the readers of text understand."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.layout import DETECT
from impex.formats.detection import SAMPLE_BYTES, detect_encoding

_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
# The longest byte order mark has so many bytes.
_LONGEST_MARK = 4


@dataclass(frozen=True, slots=True)
class Text:
    """A file as UTF-8 without byte order mark.

    UTF-8 itself passes unchecked: the reader finds the record of a bad byte, see ``first_bad_byte``.

    Attributes:
        encoding: What the file is written in, declared or detected.
        blocks: The text in pieces; reading them raises FileFaultError if the bytes are not text in
            another encoding than UTF-8.
        offset: Bytes of the file in front of the text.
    """

    encoding: str
    blocks: Iterator[bytes]
    offset: int


def is_utf8(encoding: str) -> bool:
    """Tell whether an encoding is UTF-8, under whichever of its names."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def open_text(stream: BinaryIO, encoding: str, size: int, start: bytes = b"") -> Text:
    """Begin to read a file as text, in blocks of about ``size`` bytes.

    Args:
        stream: Read to its end by and by.
        encoding: A codec, or ``DETECT``.
        size: Bytes to read at a time.
        start: What was read of it already, if anything.

    Raises:
        FileFaultError: The encoding cannot be detected, or the order of its bytes is not known.
    """
    start = start or stream.read(SAMPLE_BYTES if encoding == DETECT else max(size, _LONGEST_MARK))
    if encoding == DETECT:
        encoding = _detected(start)
    blocks = chain([start], iter(lambda: stream.read(size), b""))
    if not is_utf8(encoding):
        _check_mark(start, encoding)
        return Text(encoding, _decoded(blocks, encoding), 0)
    if start.startswith(codecs.BOM_UTF8):
        next(blocks)
        mark = len(codecs.BOM_UTF8)
        return Text(encoding, chain([start[mark:]], blocks), mark)
    return Text(encoding, blocks, 0)


def _detected(sample: bytes) -> str:
    """Detect the encoding, or raise."""
    encoding = detect_encoding(sample)
    if encoding is None:
        message = "no encoding is known in which the file is text; declare it with `encoding:`"
        raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, message=message))
    return encoding


def _decoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield blocks of another encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    offset, line, started = 0, 1, False
    for block in chain(blocks, [b""]):
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


def _check_mark(start: bytes, encoding: str) -> None:
    """Raise if the order of the bytes is not known."""
    marks = _MARKS.get(codecs.lookup(encoding).name)
    if marks and start and not start.startswith(marks):
        message = (
            f"the file does not begin with the byte order mark of {encoding}; if it has none, "
            f"declare {encoding}-le or {encoding}-be"
        )
        raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, message=message))


def _undecodable(fault: UnicodeDecodeError, offset: int, line: int, encoding: str) -> Issue:
    """Describe bytes that the declared encoding does not know."""
    bad = fault.object[fault.start : fault.end].hex(" ")
    message = f"the bytes {bad} at offset {offset} are not text in {encoding}"
    return Issue(Code.BAD_ENCODING, line=line, value=bad, message=message)


def first_bad_byte(data: bytes) -> int | None:
    """Return the offset of the first byte that is not UTF-8, or None."""
    if _is_text(data):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start
    return None


def _is_text(data: bytes) -> bool:
    """Tell whether bytes are UTF-8, five times as fast as by decoding them."""
    borders = pa.py_buffer(np.array([0, len(data)], np.int32))
    text = pa.Array.from_buffers(pa.string(), 1, [None, borders, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
