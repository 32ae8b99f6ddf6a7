"""The reject file of a document: the elements around the rejected records, and the records."""

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from impex.formats.rejects import Rejected, appended
from impex.formats.xml_document import Records, XmlDocument, outermost
from impex.formats.xml_fields import Element

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def reject_document(
    document: XmlDocument, kinds: Sequence[Records], kind: int, rejected: Iterable[Rejected]
) -> Iterator[bytes]:
    """Yield the document with the rejected records only; comments tell what is wrong with them.

    Args:
        document: Not read yet.
        kinds: Of the records in it.
        kind: Of the rejected records.
        rejected: In line order.
    """
    whole = outermost(kinds, kind)
    due = _Due(rejected)
    around = _Around(kinds)
    notes: list[str] = []
    yield _DECLARATION.encode()
    for block in document.blocks():
        for found in block:
            for above in kinds[found.kind].above:
                above.meet(found.element)
            if found.kind == kind:
                notes += map(_comment, due.at(found.line))
            if found.kind == whole and notes:
                text = etree.tostring(found.element, encoding="unicode", with_tail=False)
                pieces = [*around.move(found.element), *notes, text, "\n"]
                yield "".join(pieces).encode()
                notes = []
    yield "".join(around.close()).encode()


class _Due:
    """Rejected lines, asked for in their order."""

    def __init__(self, rejected: Iterable[Rejected]) -> None:
        self._coming = iter(rejected)
        self._next = next(self._coming, None)
        self._line = 0
        self._now: list[Rejected] = []

    def at(self, line: int) -> list[Rejected]:
        """Return what is wrong with the records of a line; several may begin on it."""
        if line != self._line:
            self._line, self._now = line, []
        while self._next is not None and self._next[0] <= line:
            if self._next[0] == line:
                self._now.append(self._next)
            self._next = next(self._coming, None)
        return self._now


class _Around:
    """The elements around the records that are written: those that are open in the reject file."""

    def __init__(self, kinds: Sequence[Records]) -> None:
        self._kinds = kinds
        self._open: list[Element] = []

    def move(self, record: Element) -> Iterator[str]:
        """Close and open elements so that a record may follow."""
        wanted = list(record.iterancestors())[::-1]
        same = 0
        while same < min(len(wanted), len(self._open)) and wanted[same] is self._open[same]:
            same += 1
        yield from self._closed(same)
        for element in wanted[same:]:
            self._open.append(element)
            yield _start_tag(element)
            yield from self._fields(element)

    def close(self) -> Iterator[str]:
        """Close all elements."""
        yield from self._closed(0)

    def _closed(self, down_to: int) -> Iterator[str]:
        while len(self._open) > down_to:
            yield f"</{_name(self._open.pop())}>\n"

    def _fields(self, element: Element) -> Iterator[str]:
        """Yield what records need of an element around them, each once."""
        kept = (
            text
            for kind in self._kinds
            for above in kind.above
            if above.top is element
            for text in above.kept
        )
        yield from (f"{text}\n" for text in dict.fromkeys(kept))


def _start_tag(element: Element) -> str:
    own = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    text: str = etree.tostring(own, encoding="unicode")
    return text.removesuffix("/>") + ">\n"


def _name(element: Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local


def _comment(rejected: Rejected) -> str:
    """Return a comment, in which two hyphens must not stand together."""
    line, codes, message = appended(rejected)
    text = f"line {line}: {codes}: {message}"
    while "--" in text:
        text = text.replace("--", "- -")
    return f"<!-- {text} -->\n"
