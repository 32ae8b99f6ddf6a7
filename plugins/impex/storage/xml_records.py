"""A row as an XML element, in SQL: text and nothing else, so that PostgreSQL can stream it.

Elements and attributes of values that are null are left out. Characters that XML 1.0 does not have
are left as they are; whoever writes the document looks for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from impex.domain.xml_path import WELL_KNOWN, FieldPath, Step, field_path
from impex.storage.statements import any_of
from impex.storage.written import Written

# What a parser would read as something else, in texts and in the values of attributes.
_IN_TEXT = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))
_IN_VALUE = (*_IN_TEXT, ('"', "&quot;"), ("\t", "&#9;"), ("\n", "&#10;"))


@dataclass(frozen=True, slots=True)
class Names:
    """How names are written: with the prefix that stands for their namespace."""

    namespaces: Mapping[str, str]

    def written(self, clark: str, *, of_element: bool = True) -> str:
        """Return a name with its prefix.

        Args:
            clark: In Clark notation.
            of_element: Whether it may be in the namespace of names without a prefix.
        """
        namespace, _, local = clark.rpartition("}")
        namespace = namespace.removeprefix("{")
        if not namespace:
            return local
        for prefix, uri in (*self.namespaces.items(), *WELL_KNOWN.items()):
            if uri == namespace and (prefix or of_element):
                return f"{prefix}:{local}" if prefix else local
        return local


@dataclass(slots=True)
class Element:
    """An element of a record.

    Attributes:
        name: As it is written.
        fixed: Attributes that it always has, as text.
        place: Its number among those of its name, where that says which it is.
        attributes: Their names with the fields that they are.
        text: The field that its text is.
        children: By step, in the order of the document.
        inner: What else stands in it: text or null.
    """

    name: str
    fixed: str = ""
    place: int | None = None
    attributes: list[tuple[str, Written]] = field(default_factory=list)
    text: Written | None = None
    children: dict[Step, "Element"] = field(default_factory=dict)
    inner: list[sql.Composable] = field(default_factory=list)

    def add(self, path: FieldPath, cell: Written, names: Names) -> None:
        """Put a field where its path leads."""
        element = self
        for step in path.steps:
            element = element.child(step, names)
        if path.attribute is not None:
            name = names.written(path.attribute, of_element=False)
            element.attributes.append((name, cell))
        else:
            element.text = cell

    def child(self, step: Step, names: Names) -> "Element":
        """Return the element one step deeper; those with numbers stand in their order."""
        known = self.children.get(step)
        if known is not None:
            return known
        if step.place is not None and step.place > 1:
            self.child(Step(step.name, place=step.place - 1), names)
        fixed = ""
        if step.attribute is not None:
            name, value = step.attribute
            fixed = f' {names.written(name, of_element=False)}="{_escaped_value(value)}"'
        made = Element(names.written(step.name), fixed, step.place)
        self.children[step] = made
        return made

    def values(self) -> Iterator[sql.Composable]:
        """Yield what must not all be null for the element to stand there."""
        yield from (cell.text for _, cell in self.attributes)
        if self.text is not None:
            yield self.text.text
        for child in self.children.values():
            yield from child.values()
        yield from self.inner

    def written(self) -> sql.Composable:
        """Return its text; null where it has no values."""
        if self.text is not None and self.text.elements is not None:
            return self._repeated(self.text.elements)
        text = self.always_written()
        if self.place is not None:
            return text
        filled = any_of(sql.SQL("({}) IS NOT NULL").format(value) for value in self.values())
        return sql.SQL("CASE WHEN {} THEN {} END").format(filled, text)

    def always_written(self) -> sql.Composable:
        """Return its text, whether it has values or not."""
        pieces: list[sql.Composable] = [sql.Literal(f"<{self.name}{self.fixed}")]
        for name, cell in self.attributes:
            value = _escaped(cell, _IN_VALUE)
            pieces.append(
                _or_nothing(sql.SQL("{} || {} || '\"'").format(sql.Literal(f' {name}="'), value))
            )
        pieces.append(sql.Literal(">"))
        if self.text is not None:
            pieces.append(_or_nothing(_escaped(self.text, _IN_TEXT)))
        pieces += (_or_nothing(child.written()) for child in self.children.values())
        pieces += (_or_nothing(inner) for inner in self.inner)
        pieces.append(sql.Literal(f"</{self.name}>"))
        return sql.SQL(" || ").join(pieces)

    def _repeated(self, elements: sql.Composable) -> sql.Composable:
        """Return one element for each of a list."""
        each = sql.SQL("{} || {} || {}").format(
            sql.Literal(f"<{self.name}{self.fixed}>"),
            _replaced(sql.SQL("u.e"), _IN_TEXT),
            sql.Literal(f"</{self.name}>"),
        )
        return sql.SQL(
            "(SELECT string_agg({}, '' ORDER BY u.n) FROM unnest({}) WITH ORDINALITY u (e, n))"
        ).format(each, elements)


def record_element(name: str, fields: Iterable[Written], namespaces: Mapping[str, str]) -> Element:
    """Return the element of a record; fields of elements around it are left out.

    Args:
        name: In Clark notation.
        fields: Their sources are paths.
        namespaces: By prefix.
    """
    names = Names(namespaces)
    record = Element(names.written(name))
    for cell in fields:
        path = field_path(str(cell.source), namespaces)
        if not path.up:
            record.add(path, cell, names)
    return record


def surroundings(path: Sequence[str], namespaces: Mapping[str, str]) -> tuple[str, str]:
    """Return what stands before and behind the records: the prolog and the elements around them.

    Args:
        path: Names of the elements from the root to the records.
        namespaces: By prefix.
    """
    names = Names(namespaces)
    outer = [names.written(name) for name in path[:-1]]
    declared = declarations(namespaces)
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    start += "".join(
        f"<{name}{declared if number == 0 else ''}>\n" for number, name in enumerate(outer)
    )
    return start, "".join(f"</{name}>\n" for name in reversed(outer))


def declarations(namespaces: Mapping[str, str]) -> str:
    """Return the attributes of the root that say what prefixes stand for."""
    return "".join(
        f' xmlns{":" if prefix else ""}{prefix}="{_escaped_value(uri)}"'
        for prefix, uri in namespaces.items()
    )


def _escaped(cell: Written, table: Sequence[tuple[str, str]]) -> sql.Composable:
    """Return a field as XML has it; numbers and dates have nothing to escape."""
    text = sql.SQL("({})::text").format(cell.text)
    return _replaced(text, table) if cell.is_text else text


def _replaced(text: sql.Composable, table: Sequence[tuple[str, str]]) -> sql.Composable:
    for character, entity in table:
        text = sql.SQL("replace({}, {}, {})").format(
            text, sql.Literal(character), sql.Literal(entity)
        )
    return text


def _escaped_value(text: str) -> str:
    for character, entity in _IN_VALUE:
        text = text.replace(character, entity)
    return text


def _or_nothing(text: sql.Composable) -> sql.Composable:
    return sql.SQL("coalesce({}, '')").format(text)
