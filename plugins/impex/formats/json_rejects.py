"""The reject file of JSON lines: the rejected lines, and what is wrong in members of their objects.

A line that holds no object stays as it is. What is wrong with it stands in an object of its own on
the line before, which is no record.
"""

import json
import re
from collections.abc import Iterable, Iterator

import numpy as np

from impex.domain.issues import APPENDED
from impex.formats.json_values import Members, read_leniently
from impex.formats.records import Records
from impex.formats.rejects import Rejected

_NAMES = frozenset(APPENDED)
# The members as they are written here, and as other programs write them again.
_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_APPENDIX = re.compile(
    rb',\s*"%b"\s*:\s*[0-9]+\s*,\s*"%b"\s*:\s*%b\s*,\s*"%b"\s*:\s*%b\s*\}\s*$'
    % (APPENDED[0].encode(), APPENDED[1].encode(), _TEXT, APPENDED[2].encode(), _TEXT)
)


def is_note(record: Members) -> bool:
    """Tell whether an object only says what is wrong with the next line."""
    return record.keys() == _NAMES


def reject_lines(chunks: Iterable[Records], rejected: Iterable[Rejected]) -> Iterator[bytes]:
    """Yield the lines of a reject file.

    Args:
        chunks: The lines of the file.
        rejected: In line order.
    """
    coming = iter(rejected)
    pending = next(coming, None)
    for records in chunks:
        while pending is not None and pending[0] <= records.line[-1]:
            index = int(np.searchsorted(records.line, pending[0]))
            if records.line[index] == pending[0]:
                yield _reject_line(records.raw(index), pending)
            pending = next(coming, None)
        if pending is None:
            return


def _reject_line(raw: bytes, rejected: Rejected) -> bytes:
    """Return a line with what is wrong with it; what an earlier reject file has told is replaced."""
    line, codes, message = rejected
    told = dict(zip(APPENDED, (line, " ".join(codes), message), strict=True))
    note = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    record = _APPENDIX.sub(b"}", raw)
    if not _can_take_members(record):
        return note + b"\n" + raw + b"\n"
    return record.rstrip()[:-1].rstrip() + b"," + note[1:] + b"\n"


def _can_take_members(line: bytes) -> bool:
    try:
        record = read_leniently(line)
    except ValueError:
        return False
    # Alone, the members would be a note.
    return isinstance(record, dict) and record != {} and _NAMES.isdisjoint(record)
