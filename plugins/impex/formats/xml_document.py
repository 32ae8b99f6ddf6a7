"""An XML document read block by block: records come out, and what was read goes.

lxml builds the tree of a block's elements; behind each block, all of it that is complete and that
nobody needs any more is cut off, so that memory does not depend on the size of the document.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, NoReturn, cast

from lxml import etree

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.xml_path import FieldPath
from impex.formats.chunks import RECORD_LIMIT
from impex.formats.xml_fields import Branch, Cells, Element, joined
from impex.formats.xml_lines import TagLines
from impex.formats.xml_prolog import SAFE_PARSING, open_document
from impex.formats.xml_schema import Schema

# Numbers of libxml2's xmlParserErrors.
_BEYOND_LIMITS = {110, 114}
_OF_SCHEMAS = range(1800, 1900)
_TOO_DEEP = "Excessive depth"
_MOST_AROUND = 1000
# The last tag of each line that has one.
_TAGS = re.compile(rb">[^>\n]*(?=\n)")


class Found(NamedTuple):
    """A record.

    Attributes:
        kind: Its number.
        element: The record itself.
        line: The line on which its start tag ends.
        end: The line on which it ends, if an XSD is asked.
    """

    kind: int
    element: Element
    line: int
    end: int


@dataclass(slots=True)
class Records:
    """One kind of record, and what is wanted of it.

    Attributes:
        path: Names of the elements from the root to the record.
        branch: What is wanted of the record itself.
        above: What is wanted of the elements around it, by how many elements they are up.
        several: Whether a record had several elements that are one field.
    """

    path: tuple[str, ...]
    fields: Sequence[FieldPath]
    branch: Branch = field(init=False, default_factory=Branch)
    above: list["Above"] = field(init=False, default_factory=list)
    several: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Compile the fields."""
        levels: dict[int, Branch] = {0: self.branch}
        for number, path in enumerate(self.fields):
            levels.setdefault(path.up, Branch()).add(path, number)
        for branch in levels.values():
            branch.compile()
        self.above = [Above(up, branch, len(self.fields)) for up, branch in levels.items() if up]

    def cells(self, element: Element) -> tuple[str | None, ...]:
        """Return the fields of a record."""
        cells: Cells = [None] * len(self.fields)
        for above in self.above:
            for number, cell in above.meet(element):
                cells[number] = cell
        self.branch.fill(element, cells)
        if list in map(type, cells):
            self.several = True
            return joined(cells)
        return tuple(cast("list[str | None]", cells))

    def stands_at(self, element: Element) -> bool:
        """Tell whether an element is a record, and not only called like one."""
        node: Element | None = element
        for name in reversed(self.path):
            if node is None or node.tag != name:
                return False
            node = node.getparent()
        return node is None


def outermost(kinds: Sequence[Records], kind: int) -> int:
    """Return the kind of the records that are around those of a kind, or that kind itself."""
    path = kinds[kind].path
    around = (k for k, other in enumerate(kinds) if other.path == path[: len(other.path)])
    return min(around, key=lambda k: len(kinds[k].path))


class Above:
    """What is wanted of an element around the records.

    Its attributes are known when a record is; the elements in it are, if they stand in front.

    Attributes:
        up: How many elements it is up.
        branch: What is wanted of it.
        top: The element that was met last.
        kept: The wanted elements in it, as they stand in the document.
    """

    def __init__(self, up: int, branch: Branch, count: int) -> None:
        """Take what is wanted, and the number of fields of a record."""
        self.branch = branch
        self.up = up
        self.top: Element | None = None
        self.kept: list[str] = []
        self._count = count
        self._seen: Element | None = None
        self._used = False
        self._cells: Cells = []

    def meet(self, record: Element) -> Iterable[tuple[int, str | list[str]]]:
        """Return the fields that a record has from here, by their numbers."""
        inner = record
        for _ in range(self.up - 1):
            inner = _parent(inner)
        self.enter(_parent(inner))
        self.look(inner)
        self._used = True
        return ((n, cell) for n, cell in enumerate(self._cells) if cell is not None)

    def enter(self, top: Element) -> None:
        """Begin with another element around records, if it is another one."""
        if top is self.top:
            return
        self.look(None)
        self.top, self._seen, self._used = top, None, False
        self.kept = []
        self._cells = [None] * self._count
        for name, number in self.branch.attributes:
            self._cells[number] = top.get(name)

    def holds(self, element: Element) -> bool:
        """Tell whether something is wanted of an element, so that it must stay whole."""
        return element.getparent() is self.top and element.tag in self.branch.children

    def look(self, until: Element | None) -> None:
        """Look at the elements in front of one, or at all that there are.

        Raises:
            FileFaultError: One that is wanted stands behind a record that should have it, or there
                are more of them than anybody means.
        """
        if self.top is None or not self.branch.children:
            return
        seen = self._seen if self._seen is not None and self._seen.getparent() is self.top else None
        for child in self.top if seen is None else seen.itersiblings():
            if child is until:
                return
            self._seen = child
            if child.tag not in self.branch.children:
                continue
            if self._used:
                raise FileFaultError(_late(child))
            if len(self.kept) == _MOST_AROUND:
                what = f"more than {_MOST_AROUND:,} elements around a record are fields of it"
                raise FileFaultError(Issue(Code.XML_LIMIT, line=_line(child), message=what))
            self.branch.fill_from(child, self._cells)
            self.kept.append(etree.tostring(child, encoding="unicode", with_tail=False))


class XmlDocument:
    """Reads one document once."""

    def __init__(
        self,
        stream: BinaryIO,
        kinds: Sequence[Records],
        block_bytes: int,
        schema: Schema | None = None,
    ) -> None:
        """Begin to read.

        Args:
            stream: The document; need not seek.
            kinds: The records that are wanted; their paths begin with the same root.
            block_bytes: How much is parsed at once.
            schema: What the document is compared with while it is read.

        Raises:
            FileFaultError: The document must not be read, see ``open_document``.
        """
        names = {local_name(name) for kind in kinds for name in (kind.path[0], kind.path[-1])}
        self._tags = TagLines(names)
        self._blocks = self._tags.follow(open_document(stream, block_bytes).blocks)
        self._kinds = kinds
        self._by_tag: dict[str, list[int]] = {}
        for number, kind in enumerate(kinds):
            self._by_tag.setdefault(kind.path[-1], []).append(number)
        self._schema = schema
        xsd = schema.of_documents if schema is not None else None
        self._follows = xsd is not None
        tags = [f"{{*}}{name}" for name in names]
        self._parser = etree.XMLPullParser(("start", "end"), tag=tags, schema=xsd, **SAFE_PARSING)
        self._line = 1
        self._begun: list[int] = []
        self._ended = False
        self._root: Element | None = None
        self._open: Element | None = None
        self._open_bytes = 0

    def blocks(self) -> Iterator[Iterator[Found]]:
        """Yield the records that end in each block, in that order.

        They are whole until the next block is asked for; all of a block must be drawn before. Who
        keeps one makes cutting it off dear: lxml then looks at all that is in it.

        Raises:
            FileFaultError: The document is not well-formed, another one, or beyond a limit.
        """
        for number, block in enumerate(self._blocks):
            yield (found for piece in self._pieces(block) for found in self._parsed(piece))
            # A tag that began in the first block is whole in the second one.
            if self._root is None and number > 1:
                self._refuse_root("")
            if self._root is not None:
                self._cut(self._root, len(block))
        self._finish()
        yield self._found()
        for kind in self._kinds:
            for above in kind.above:
                above.look(None)

    def _pieces(self, block: bytes) -> Iterator[bytes]:
        """Yield what is parsed at once: with an XSD, what ends with the last tag of a line."""
        begin = 0
        if self._follows:
            for stop in _TAGS.finditer(block):
                yield block[begin : stop.end()]
                begin = stop.end()
        yield block[begin:]

    def _parsed(self, piece: bytes) -> Iterator[Found]:
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as fault:
            raise FileFaultError(_syntax_issue(fault)) from fault
        if self._schema is not None:
            self._line += piece.count(b"\n")
            self._schema.note(self._parser.feed_error_log, self._line)
        yield from self._found()

    def _finish(self) -> None:
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as fault:
            if self._ended and fault.code in _OF_SCHEMAS:
                return  # What does not keep to the schema is noted already.
            # All else that is wrong was found before.
            message = "the document ends before its root does: the file is cut"
            line = fault.lineno or 0
            raise FileFaultError(Issue(Code.TRUNCATED, line=line, message=message)) from fault
        if self._root is None:
            self._refuse_root(root.tag)

    def _found(self) -> Iterator[Found]:
        for event, element in self._parser.read_events():
            if event == "start":
                self._begun.append(self._tags.coming.popleft())
                if self._root is None:
                    self._begin(element)
                continue
            line = self._begun.pop()
            self._ended |= element is self._root
            for number in self._by_tag.get(element.tag, ()):
                if self._kinds[number].stands_at(element):
                    yield Found(number, element, line, self._line)

    def _begin(self, element: Element) -> None:
        """Know the root, if it is the one that the records are to stand in."""
        root = element.getroottree().getroot()
        if root.tag != self._kinds[0].path[0]:
            self._refuse_root(root.tag)
        self._root = root

    def _cut(self, root: Element, size: int) -> None:
        """Cut off what is complete, down to what must stay whole and may still be open."""
        node = root
        names: tuple[str, ...] = (root.tag,)
        stays = self._is_record(names)
        while len(node) and not stays:
            last = node[-1]
            held = self._look(node, names, last)
            del node[:-1]
            node, names = last, (*names, last.tag)
            stays = held or self._is_record(names)
        self._open_bytes = self._open_bytes + size if stays and node is self._open else 0
        self._open = node
        if self._open_bytes > RECORD_LIMIT:
            what = f"a record starts here that has more than {RECORD_LIMIT >> 20} MiB"
            raise FileFaultError(Issue(Code.RECORD_TOO_LONG, line=_line(node), message=what))

    def _look(self, node: Element, names: tuple[str, ...], last: Element) -> bool:
        """Look at what stands in an element before it is cut; tell whether its last one stays."""
        held = False
        for kind in self._kinds:
            for above in kind.above:
                if names == kind.path[: -above.up]:
                    above.enter(node)
                    above.look(last)
                    held |= above.holds(last)
        return held

    def _is_record(self, names: tuple[str, ...]) -> bool:
        return any(kind.path == names for kind in self._kinds)

    def _refuse_root(self, tag: str) -> NoReturn:
        wanted = shown(self._kinds[0].path[0])
        message = f"this is another document: its root is not {wanted}"
        message += f", but {shown(tag)}" if tag else ""
        raise FileFaultError(Issue(Code.OTHER_DOCUMENT, line=1, message=message))


def shown(name: str) -> str:
    """Return the name of an element as a person reads it."""
    namespace, _, local = name.rpartition("}")
    return f"{local} in the namespace {namespace[1:]}" if namespace else local


def local_name(name: str) -> str:
    """Return the name of an element without its namespace."""
    return name.rpartition("}")[2]


def _parent(element: Element) -> Element:
    parent = element.getparent()
    if parent is None:
        raise ValueError("a record has fewer elements around it than a path goes up")
    return parent


def _line(element: Element) -> int:
    return element.sourceline or 0


def _late(element: Element) -> Issue:
    message = (
        f"{shown(element.tag)} stands behind records that need it; it must stand in front of them"
    )
    return Issue(Code.LATE_FIELD, line=_line(element), message=message)


def _syntax_issue(fault: etree.XMLSyntaxError) -> Issue:
    """Tell in what a document is not well-formed, or what there is too much of."""
    line = fault.lineno or 0
    text = (fault.msg or "").partition(", line ")[0].strip()
    if fault.code in _BEYOND_LIMITS or _TOO_DEEP in text:
        message = f"the document is beyond what is read of any: {text.partition(', use')[0]}"
        return Issue(Code.XML_LIMIT, line=line, message=message)
    return Issue(Code.MALFORMED_XML, line=line, message=f"the document is not well-formed: {text}")
