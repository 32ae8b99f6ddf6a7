"""What a message says, or why it cannot be said."""

import codecs
from dataclasses import dataclass
from typing import Final

_TYPES: Final = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".xml": "application/xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says.

    Attributes:
        body: Byte by byte as sent.
        content_type: MIME type, of texts with their charset.
        ending: Of the name of a file with it, such as ``.csv``.
    """

    body: bytes
    content_type: str
    ending: str


@dataclass(frozen=True, slots=True)
class Unwritable:
    """A message that cannot be made.

    Attributes:
        reason: For people.
        orders: Ids of the orders it is because of; without them the message of a run can be made.
    """

    reason: str
    orders: frozenset[int]


def content_type(ending: str, charset: str = "utf-8") -> str:
    """Return the MIME type of a file by the ending of its name.

    Args:
        ending: With its full stop.
        charset: Of a text, as Python calls it.
    """
    found = _TYPES.get(ending.lower(), _UNKNOWN)
    name = codecs.lookup(charset).name.removesuffix("-sig")
    if name.startswith("cp125"):
        name = f"windows-{name[2:]}"
    return f"{found}; charset={name}" if found.startswith("text/") else found
