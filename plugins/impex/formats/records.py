"""The records of a block of text: where they stand and what is wrong with them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from impex.domain.issue_codes import Code
from impex.domain.issues import Issue

LF, CR, NUL = 10, 13, 0

Positions = NDArray[np.int64]
# Offsets of faults by kind.
Faults = dict[Code, Positions]


class Place(NamedTuple):
    """Where a block of a file begins.

    Attributes:
        line: Physical line, 1-based.
        offset: Bytes in front of it, counted in UTF-8.
    """

    line: int = 1
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of one block; blank lines are none, comments are.

    Attributes:
        data: The bytes of the records; they end with a line end.
        start: Offset of each record's first byte.
        end: Offset behind each record's last byte, line end excluded.
        line: Physical line on which each record starts, 1-based within the file.
        offset: Bytes of the file in front of ``data``, counted in UTF-8.
        closed: False if the last line of the file has no line end.
        issues: Faults by record index; such a record must not be used.
    """

    data: NDArray[np.uint8]
    start: Positions
    end: Positions
    line: Positions
    offset: int = 0
    closed: bool = True
    issues: dict[int, list[Issue]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.start)

    def raw(self, index: int) -> bytes:
        """Return the record's bytes without its line end."""
        return self.data[self.start[index] : self.end[index]].tobytes()

    def counting(self, comment: str | None) -> Positions:
        """Return the indexes of the records that are no comments."""
        if not comment:
            return np.arange(len(self))
        return np.flatnonzero(~begins_with(self.data, self.start, comment))


class Borders(NamedTuple):
    """Where the lines of a block that are not blank stand.

    Attributes:
        start: Offset of each line's first byte.
        end: Offset behind each line's last byte, line end excluded.
        line: Physical number of each line.
        number: Place of each line among those whose line ends were given, counted from 0.
    """

    start: Positions
    end: Positions
    line: Positions
    number: Positions


def borders(data: NDArray[np.uint8], ends: Positions, breaks: Positions, place: Place) -> Borders:
    """Find the lines of a block that are not blank.

    Args:
        data: The block.
        ends: Where the lines end.
        breaks: Where physical lines end.
        place: Where the block begins.
    """
    start = np.zeros(len(ends), np.int64)
    start[1:] = ends[:-1] + 1
    end = ends - ((ends > start) & (data[ends - 1] == CR))
    # A block of a million blank lines must not fill the memory with their borders.
    number = np.flatnonzero(end > start)
    start, end = start[number], end[number]
    line = number if len(breaks) == len(ends) else np.searchsorted(breaks, start)
    return Borders(start, end, line + place.line, number)


def lines(block: bytes, place: Place, *, closed: bool) -> Records:
    """Return the complete lines of a block as records."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == LF)
    taken = data[: ends[-1] + 1] if len(ends) else data[:0]
    start, end, line, _ = borders(taken, ends, ends, place)
    return Records(data=taken, start=start, end=end, line=line, offset=place.offset, closed=closed)


def begins_with(data: NDArray[np.uint8], at: Positions, prefix: str) -> NDArray[np.bool_]:
    """Tell at which positions of a block that ends with a line end the prefix stands."""
    found = np.ones(len(at), np.bool_)
    for number, byte in enumerate(prefix.encode()):
        found &= data[np.minimum(at + number, len(data) - 1)] == byte
    return found


def outside(marks: Positions, positions: Positions) -> Positions:
    """Return the positions outside of quotes, given the marks that open and close them."""
    if len(marks):
        behind = np.bincount(np.searchsorted(positions, marks), minlength=len(positions) + 1)
        positions = positions[np.cumsum(behind[:-1]) % 2 == 0]
    return positions


def forbidden(data: NDArray[np.uint8], marks: Positions) -> Faults:
    """Find NUL characters anywhere and carriage returns outside quotes that end no line."""
    returns = np.flatnonzero(data == CR)
    lone = returns[data[np.minimum(returns + 1, len(data) - 1)] != LF]
    return {
        Code.NUL_CHARACTER: np.flatnonzero(data == NUL),
        Code.BAD_LINE_END: outside(marks, lone),
    }


_MESSAGES = {
    Code.STRAY_QUOTE: "a quote stands inside a field that does not start with one",
    Code.TEXT_AFTER_QUOTE: "text follows the closing quote of a field",
    Code.NUL_CHARACTER: "the record contains a NUL character",
    Code.BAD_LINE_END: "a carriage return stands alone, outside quotes",
}


def attach(records: Records, faults: Faults) -> None:
    """Turn faults at offsets into issues of their records, one of each kind per record."""
    first: list[tuple[int, int, Code]] = []
    for code, found in faults.items():
        within = found[found < len(records.data)]
        indexes = np.searchsorted(records.start, within, side="right") - 1
        new = np.ones(len(indexes), np.bool_)
        new[1:] = indexes[1:] != indexes[:-1]
        pairs = zip(within[new].tolist(), indexes[new].tolist(), strict=True)
        first += [(at, index, code) for at, index in pairs]
    for _, index, code in sorted(first):
        issue = Issue(code, line=int(records.line[index]), message=_MESSAGES[code])
        records.issues.setdefault(index, []).append(issue)


def bad_byte(records: Records, index: int, place: int) -> Issue:
    """Describe the byte at a place in a record that is not UTF-8."""
    at = records.offset + int(records.start[index]) + place
    value = f"{records.raw(index)[place]:02x}"
    message = f"the byte {value} at offset {at} is not text in UTF-8"
    return Issue(Code.BAD_ENCODING, line=int(records.line[index]), value=value, message=message)
