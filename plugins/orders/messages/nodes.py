"""What mappings ask of a message, whatever it is written in."""

from collections.abc import Sequence
from typing import Protocol, Self


class Node(Protocol):
    """An object of JSON or an element of XML, from which paths lead further."""

    @property
    def where(self) -> str:
        """Where it stands, for people: a JSON path or a line."""

    def place(self, path: str) -> str:
        """Return where a path leads, for people."""

    def text(self, path: str) -> str | None:
        """Return the text that a path leads to; None where there is nothing.

        Raises:
            RefusedMessageError: Something else stands there than one text.
        """

    def each(self, path: str) -> Sequence[Self]:
        """Return what a path leads to, one or several; none where there is nothing.

        Raises:
            RefusedMessageError: Something stands there that has no fields.
        """
