"""What a message says, or why it cannot be said."""

import codecs
from dataclasses import dataclass
from functools import cache
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
        orders: Ids of those that the message is about and cannot be made with; never none.
    """

    reason: str
    orders: frozenset[int]


@cache
def content_type(ending: str, charset: str = "utf-8") -> str:
    """Return the MIME type of a file by the ending of its name.

    Args:
        ending: With its full stop.
        charset: Of a text, as Python calls it.
    """
    found = _TYPES.get(ending.lower(), _UNKNOWN)
    name = codecs.lookup(charset).name.removesuffix("-sig")
    for ours, registered in (("cp125", "windows-125"), ("iso8859", "iso-8859")):
        name = name.replace(ours, registered)
    return f"{found}; charset={name}" if found.startswith("text/") else found
