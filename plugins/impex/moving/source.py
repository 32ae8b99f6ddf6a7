"""A descriptor as it stands in its file: elements with their lines, and which of them were read.

Whoever translates asks for elements by name. What nobody has asked for is left over at the end and
can be told, so that nothing is lost in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from impex.domain.xml_path import WELL_KNOWN
from impex.formats.xml_fields import Element
from impex.formats.xml_tree import read_tree

COLUMN: Final = "column-descriptor"

# Where the schema of the document is, which no program needs that reads it.
_SCHEMA_PLACES: Final = tuple(
    f"{{{WELL_KNOWN['xsi']}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)


@dataclass(slots=True)
class Node:
    """An element.

    Attributes:
        file: The file that it stands in, as a person named it.
        line: On which its start tag ends.
        text: All text that stands directly in it.
        comments: What people wrote in front of it, and within it behind its last element.
        known: Whether somebody has asked for it.
        heard: Whether somebody has read its text.
    """

    name: str
    file: str
    line: int
    text: str
    attributes: dict[str, str]
    comments: list[str]
    children: list[Self] = field(default_factory=list)
    known: bool = False
    heard: bool = False

    def one(self, *names: str) -> Self | None:
        """Return the child that has one of the names; of several the last, the others stay unread."""
        found = [child for child in self.children if child.name in names]
        if not found:
            return None
        found[-1].known = True
        return found[-1]

    def columns(self, name: str) -> list[Self]:
        """Return the columns that are listed in a child of that name."""
        listed = self.one(name)
        found = [c for c in listed.children if c.name == COLUMN] if listed else []
        for column in found:
            column.known = True
        return found

    def read(self) -> str:
        """Return the text as it stands, blanks included."""
        self.heard = True
        return self.text

    def said(self, *names: str) -> str:
        """Return the text of a child without the blanks around it; empty if there is none."""
        child = self.one(*names)
        return child.read().strip() if child else ""

    def leave_out(self, column: Self) -> None:
        """Remove a column from the list that it stands in; a note has told of it."""
        for child in self.children:
            child.children = [inner for inner in child.children if inner is not column]

    def pass_over(self) -> None:
        """Take all of it for read: a note tells of it as a whole, or nothing needs to be told."""
        self.known = self.heard = True
        self.attributes = {}
        for child in self.children:
            child.pass_over()

    def pass_over_children(self, *names: str) -> None:
        """Take children for read that have no effect where they stand."""
        for child in self.children:
            if child.name in names:
                child.pass_over()

    def unread(self) -> Iterator[tuple[Self, str]]:
        """Yield what nobody has asked for, with what it is."""
        if not self.known:
            yield self, f"<{self.name}> {self.content()}".strip()
            return
        for name, value in self.attributes.items():
            if name not in _SCHEMA_PLACES:
                yield self, f'{name.rpartition("}")[2]}="{value}" of <{self.name}>'
        if not self.heard and self.text.strip():
            yield self, f"{self.text.strip()} in <{self.name}>"
        for child in self.children:
            yield from child.unread()

    def told(self) -> list[str]:
        """Return the comments in and around it, but not those of columns in it, in their order."""
        inner = (child for child in self.children if child.name != COLUMN)
        return [*self.comments, *(text for child in inner for text in child.told())]

    def content(self) -> str:
        """Return all text in it, in one line."""
        return " ".join([self.text.strip(), *(child.content() for child in self.children)]).strip()


def read_descriptor(data: bytes, file: str) -> Node:
    """Return the root of a descriptor.

    Args:
        data: What the file holds.
        file: What the file is called in notes.

    Raises:
        FileFaultError: It is no XML that is read here, see ``read_tree``.
    """
    root = _node(read_tree(data, comments=True), file, [])
    root.known = True
    return root


def _node(element: Element, file: str, comments: list[str]) -> Node:
    texts, waiting = [element.text or ""], list[str]()
    node = Node(str(element.tag), file, element.sourceline or 0, "", dict(element.attrib), comments)
    for child in element:
        texts.append(child.tail or "")
        if isinstance(child.tag, str):
            node.children.append(_node(child, file, waiting))
            waiting = []
        else:
            waiting.append(child.text or "")
    node.text = "".join(texts)
    node.comments = [*comments, *waiting]
    return node
