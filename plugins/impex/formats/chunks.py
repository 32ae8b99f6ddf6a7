"""From blocks of text that end anywhere to chunks of whole records."""

from collections.abc import Iterator
from itertools import chain
from typing import Protocol, TypeVar

import numpy as np

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.formats.records import Place, Records

RECORD_LIMIT = 4 << 20

R_co = TypeVar("R_co", bound=Records, covariant=True)
R = TypeVar("R", bound=Records)


class Split(Protocol[R_co]):
    """Finds the complete records of a block that starts at a record."""

    def __call__(self, block: bytes, place: Place, *, closed: bool) -> R_co:
        """Return the records; their ``data`` are the bytes that they take."""


def without_lines(blocks: Iterator[bytes], count: int) -> tuple[bytes, Iterator[bytes]]:
    """Take physical lines from the front of a text, whatever is in them.

    Returns:
        The lines, fewer if there are no more, and the blocks of what follows.

    Raises:
        FileFaultError: They are longer than a record may be.
    """
    taken, left = b"", count
    for block in blocks if count else ():
        *lines, rest = block.split(b"\n", left)
        left -= len(lines)
        taken += block[: len(block) - len(rest)] if left == 0 else block
        if len(taken) > RECORD_LIMIT:
            raise FileFaultError(_too_long(1, f"the {count} lines to be skipped have"))
        if left == 0:
            return taken, chain([rest], blocks)
    return taken, blocks


def whole_records(blocks: Iterator[bytes], split: Split[R], place: Place) -> Iterator[R]:
    """Yield the records of a text, chunk by chunk.

    Raises:
        FileFaultError: A record is too long, or the last one never ends.
    """
    rest = b""
    for block in blocks:
        rest += block
        records = split(rest, place, closed=True)
        _check_lengths(records)
        place, rest = _behind(records, place), rest[len(records.data) :]
        if len(records):
            yield records
        # The last byte may be half of a line end.
        if len(rest) > RECORD_LIMIT + 1:
            raise FileFaultError(_too_long(place.line, "a record starts here that has"))
    if not rest:
        return
    records = split(rest + b"\n", place, closed=False)
    if len(records):
        yield records
    if len(records.data) <= len(rest):
        line = _behind(records, place).line
        message = "a quoted field of this record never ends: the file is cut or a quote is missing"
        raise FileFaultError(Issue(Code.UNTERMINATED_QUOTE, line=line, message=message))


def _behind(records: Records, place: Place) -> Place:
    """Return the place behind some records."""
    breaks = int(np.count_nonzero(records.data == ord("\n")))
    return Place(place.line + breaks, place.offset + len(records.data))


def _check_lengths(records: Records) -> None:
    """Raise if a record is longer than allowed, whatever the blocks are."""
    long = np.flatnonzero(records.end - records.start > RECORD_LIMIT)
    if len(long):
        line = int(records.line[long[0]])
        raise FileFaultError(_too_long(line, "a record starts here that has"))


def _too_long(line: int, what: str) -> Issue:
    message = f"{what} more than {RECORD_LIMIT >> 20} MiB"
    return Issue(Code.RECORD_TOO_LONG, line=line, message=message)
