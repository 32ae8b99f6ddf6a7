"""Names of the files that messages become: safe in every place, and no two messages have the same.

What customers, shops and suppliers have chosen as numbers stands in them as in a URL.
"""

import hashlib
import re
from datetime import datetime
from typing import Final
from urllib.parse import quote

from impex.domain.errors import DataError
from impex.domain.file_name import filled, is_safe
from orders.domain.export_item import Part
from orders.domain.exporter import Batch

# Marks what a digest follows; nowhere else does a value have it.
_MARK: Final = "~"
_SHORT: Final = 24
_NUMBERS: Final = ("seq", "run")
_TEXTS: Final = ("order", "supplier", "delivery")
# At its beginning, a name like these is an option, or a device of Windows; an empty one is `_`.
_UNFIT: Final = re.compile(r"-|(?:con|prn|aux|nul|com\d|lpt\d|_)$", re.IGNORECASE)
_ANY_TEXT, _ANY_NUMBER = "\x01", "\x02"


def facts_of(part: Part, run: int) -> dict[str, str]:
    """Return what may stand in the braces of a pattern, as it is."""
    exporter, first = part.exporter, part.first
    always = {"exporter": exporter.name, "flag": exporter.flag, "run": str(run)}
    if exporter.batch is Batch.PER_RUN:
        # One run may have several, for what is approved piece by piece; an item is in one only.
        return always | {"run": str(first.id)}
    return always | {
        "order": first.order,
        "seq": str(first.seq),
        "supplier": first.subject.supplier,
        "delivery": first.delivery,
    }


def message_name(pattern: str, part: Part, run: int, moment: datetime) -> str:
    """Return the name of the file that a message becomes.

    Values are written as in URLs. If the name is too long then, or could be read as that of another
    message (``A-B-C`` is order A and delivery B-C, or order A-B and delivery C), they are shortened,
    and a digest tells messages apart.

    Args:
        pattern: Has ``{order}``, or ``{run}`` for a message of several orders.
        part: What the message is about.
        run: Number of the run; for several orders that of the first item stands for it.
        moment: What ``{date}`` tells.

    Raises:
        DataError: The pattern alone is too long.
    """
    written = {field: _written(value) for field, value in facts_of(part, run).items()}
    name = filled(pattern, written, moment)
    if is_safe(name) and not _reads_twice(name, pattern, written, moment):
        return name
    digest = hashlib.sha256(part.key.encode()).hexdigest()[:20]
    marked = "order" if "order" in written else "run"
    short = {field: _shortened(value) for field, value in written.items() if field in _TEXTS}
    short = written | short
    short[marked] += _MARK + digest
    name = filled(pattern, short, moment)
    if not is_safe(name):
        raise DataError("the name of the file would be too long: write less into its pattern")
    return name


def _written(value: str) -> str:
    """Write a value as in a URL, and so that it can begin a name; others are never written so."""
    text = quote(value, safe="").replace(".", "%2E").replace(_MARK, "%7E")
    if _UNFIT.match(text):
        return f"%{ord(text[0]):02X}{text[1:]}"
    return text or "_"


def _shortened(value: str) -> str:
    """Cut a written value, but not within one of its characters."""
    return value if len(value) <= _SHORT else re.sub("%.?$", "", value[:_SHORT])


def _reads_twice(name: str, pattern: str, written: dict[str, str], moment: datetime) -> bool:
    """Tell whether other values could make the same name: then the first reading is not the last."""
    anything = written | dict.fromkeys(_TEXTS, _ANY_TEXT) | dict.fromkeys(_NUMBERS, _ANY_NUMBER)
    shape = re.sub(r"\d", r"\\d", re.escape(filled(pattern, anything, moment)))
    greedy = shape.replace(_ANY_TEXT, "(.*)").replace(_ANY_NUMBER, r"(\d+)")
    lazy = shape.replace(_ANY_TEXT, "(.*?)").replace(_ANY_NUMBER, r"(\d+?)")
    readings = [re.fullmatch(expression, name) for expression in (greedy, lazy)]
    return len({reading.groups() for reading in readings if reading}) > 1
