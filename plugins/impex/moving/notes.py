"""What a person should know of a translation: what was left open, and what was taken for granted."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from impex.moving.source import Node

_MOST_SHOWN: Final = 200


class Kind(StrEnum):
    """How much a note matters."""

    OPEN = "not translated"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know.

    Attributes:
        file: The descriptor's file, as it was named.
        line: Where in it; 0 stands for the file as a whole.
        what: What stands there, and why it is told.
        hint: What to do; may be empty.
    """

    kind: Kind
    file: str
    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Render as one line: where, what, hint."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.kind}: {self.what}" + (f" {self.hint}" if self.hint else "")


class Notes(list[Note]):
    """What there is to know of one part of a translation."""

    def open(self, node: Node, what: str, hint: str = "") -> None:
        """Note what could not be translated."""
        self.append(Note(Kind.OPEN, node.file, node.line, what, hint))

    def assumed(self, node: Node, what: str, hint: str = "") -> None:
        """Note what was decided without being told."""
        self.append(Note(Kind.ASSUMED, node.file, node.line, what, hint))

    @property
    def left_open(self) -> list[Note]:
        """Those that a person must do something about."""
        return [note for note in self if note.kind is Kind.OPEN]


def shown(text: str) -> str:
    """Render what stands in a descriptor for a note: one line in backticks, cut where it is long."""
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return f"`{line[:_MOST_SHOWN]}…`" if len(line) > _MOST_SHOWN else f"`{line}`"
