"""What others say, made fit for people to read."""

from typing import Final

SHOWN: Final = 200
"""How many characters of what somebody else says are shown."""


def printable(text: str) -> str:
    """Return a text of somebody else as one short line without control characters."""
    line = " ".join(text[: 4 * SHOWN].split())
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)[
        :SHOWN
    ]
