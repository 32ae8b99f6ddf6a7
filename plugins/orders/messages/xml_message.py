"""XML: a document without a document type, in an encoding that is known, of limited depth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from lxml import etree

from impex.domain.errors import FileFaultError
from impex.domain.xml_path import WELL_KNOWN, FieldPath, Step, field_path
from impex.formats.xml_fields import Element
from impex.formats.xml_tree import read_tree
from orders.messages.refusal import RefusedMessageError

_NIL: Final = f"{{{WELL_KNOWN['xsi']}}}nil"


@dataclass(frozen=True, slots=True)
class XmlNode:
    """An element of a message.

    Attributes:
        element: The element.
        namespaces: What the prefixes in paths stand for.
    """

    element: Element
    namespaces: Mapping[str, str] = field(repr=False)

    @property
    def where(self) -> str:
        """The line on which it begins."""
        return f"line {self.element.sourceline}, {etree.QName(self.element).localname}"

    def place(self, path: str) -> str:
        """Return where a path leads, whether or not something is there."""
        return f"{self.where}/{path}"

    def text(self, path: str) -> str | None:
        """Return the text of the element or the attribute that a path leads to."""
        parsed = self._parsed(path)
        found = self._follow(parsed)
        if len(found) > 1:
            raise RefusedMessageError(self.where, f"has {path} {len(found)} times")
        if not found:
            return None
        (element,) = found
        if parsed.attribute is not None:
            attribute: str | None = element.get(parsed.attribute)
            return attribute
        if element.get(_NIL) in {"true", "1"}:
            return None
        return "".join(element.itertext()).strip()

    def each(self, path: str) -> list[Self]:
        """Return the elements that a path leads to."""
        return [type(self)(e, self.namespaces) for e in self._follow(self._parsed(path))]

    def _follow(self, path: FieldPath) -> list[Element]:
        found: list[Element] = [self.element]
        for _ in range(path.up):
            found = [around for e in found if (around := e.getparent()) is not None]
        for step in path.steps:
            found = [inner for e in found for inner in _step(e, step)]
        return found

    def _parsed(self, path: str) -> FieldPath:
        return _field_path(path, tuple(self.namespaces.items()))


def read_xml(body: bytes, namespaces: Mapping[str, str]) -> XmlNode:
    """Return the root of a document.

    Raises:
        RefusedMessageError: It is not well-formed, has a document type declaration, is written in
            an encoding that is not known, or is deeper or larger than libxml2 lets be.
    """
    try:
        return XmlNode(read_tree(body), namespaces)
    except FileFaultError as fault:
        line = fault.issues[0].line
        what = fault.issues[0].message.replace("the file", "the message")
        raise RefusedMessageError(f"line {line}" if line else "the message", what) from fault


def _step(element: Element, step: Step) -> list[Element]:
    found = list(element.iterchildren(step.name))
    if step.attribute is not None:
        name, value = step.attribute
        return [e for e in found if e.get(name) == value]
    if step.place is not None:
        return found[step.place - 1 : step.place]
    return found


@lru_cache(maxsize=1000)
def _field_path(path: str, namespaces: tuple[tuple[str, str], ...]) -> FieldPath:
    return field_path(path, dict(namespaces))
