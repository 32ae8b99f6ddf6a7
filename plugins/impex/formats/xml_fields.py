"""The fields of a record, found in one walk over its element.

What is wanted is compiled from the paths once, so that an element is looked at once, however many
fields there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from impex.domain.marks import BETWEEN, NIL
from impex.domain.xml_path import WELL_KNOWN, FieldPath, Step

# The type of all elements has no other name.
Element: TypeAlias = etree._Element  # noqa: SLF001
# By the number of the field: nothing where the record does not have it, a list where it has several.
Cells: TypeAlias = list[str | list[str] | None]

_NIL = f"{{{WELL_KNOWN['xsi']}}}nil"
_TRUE = ("true", "1")


@dataclass(slots=True)
class Branch:
    """What is wanted of an element.

    Attributes:
        text: Number of the field that its text is.
        attributes: Names of attributes, with the numbers of the fields that they are.
        children: By name, what is wanted of the elements in it.
        leaves: By name, what is wanted of elements in it that have no elements themselves.
        others: Names of the elements that were met in it and are not wanted.
    """

    text: int | None = None
    attributes: list[tuple[str, int]] = field(default_factory=list)
    children: dict[str, "Choice"] = field(default_factory=dict)
    leaves: dict[str, "Leaf"] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def add(self, path: FieldPath, number: int) -> None:
        """Want a field; where its path goes up does not matter here."""
        branch = self
        for step in path.steps:
            branch = branch.children.setdefault(step.name, Choice()).branch(step)
        if path.attribute is not None:
            branch.attributes.append((path.attribute, number))
        else:
            branch.text = number

    def compile(self) -> None:
        """Know the leaves, as soon as all fields are added."""
        for name, choice in self.children.items():
            for branch in choice.all():
                branch.compile()
            leaf = choice.leaf()
            if leaf is not None:
                self.leaves[name] = leaf

    def fill(self, element: Element, cells: Cells) -> None:
        """Put what is wanted of an element into the cells.

        Called for each element of each record: a call more in it is a tenth of an import's time, so
        that elements which are a field and nothing else are looked at here.
        """
        for name, number in self.attributes:
            value = element.get(name)
            if value is not None:
                _put(cells, number, value)
        if self.text is not None:
            text = "".join(element.itertext()) if len(element) else element.text
            _put(cells, self.text, text or _nothing(element))
        if not self.children:
            return
        leaves = self.leaves
        for child in element:
            leaf = leaves.get(child.tag)
            if leaf is None or len(child):
                self._fill_within(child, cells)
            else:
                leaf.fill(child, cells)

    def _fill_within(self, child: Element, cells: Cells) -> None:
        """Put what is wanted of one element in this one into the cells, whatever it is."""
        choice = self.children.get(child.tag)
        if choice is None:
            self.others.add(child.tag)
        else:
            for branch in choice.met(child) if choice.conditional else choice.always:
                branch.fill(child, cells)

    def fill_from(self, child: Element, cells: Cells) -> None:
        """Put what is wanted of one element in this one into the cells."""
        for branch in self.children[child.tag].met(child):
            branch.fill(child, cells)


@dataclass(slots=True)
class Choice:
    """What is wanted of elements of one name.

    Attributes:
        always: What is wanted of each; one branch at most.
        by_value: By an attribute and its value, what is wanted of those that have it.
        by_place: By number, what is wanted of the one at that place.
        conditional: Whether an element must be looked at to know what is wanted of it.
    """

    always: list[Branch] = field(default_factory=list)
    by_value: dict[str, dict[str, Branch]] = field(default_factory=dict)
    by_place: dict[int, Branch] = field(default_factory=dict)
    conditional: bool = False

    def branch(self, step: Step) -> Branch:
        """Return what is wanted of the elements that meet a step's condition, to add to it."""
        self.conditional |= step.attribute is not None or step.place is not None
        if step.attribute is not None:
            name, value = step.attribute
            return self.by_value.setdefault(name, {}).setdefault(value, Branch())
        if step.place is not None:
            return self.by_place.setdefault(step.place, Branch())
        if not self.always:
            self.always.append(Branch())
        return self.always[0]

    def leaf(self) -> "Leaf | None":
        """Return what is wanted of an element without elements; None if that is not so simple."""
        branches = list(self.all())
        if self.by_place or len(self.by_value) > 1 or any(b.text is None for b in branches):
            return None
        if not self.by_value:
            return Leaf(branches[0].text or 0, branches[0].attributes)
        if self.always or any(branch.attributes for branch in branches):
            return None
        ((name, by_value),) = self.by_value.items()
        return Leaf(condition=name, numbers={v: b.text or 0 for v, b in by_value.items()})

    def all(self) -> Iterator[Branch]:
        """Yield what is wanted, whatever the condition."""
        yield from self.always
        for branches in self.by_value.values():
            yield from branches.values()
        yield from self.by_place.values()

    def met(self, element: Element) -> Iterator[Branch]:
        """Yield what is wanted of an element."""
        yield from self.always
        for name, branches in self.by_value.items():
            branch = branches.get(element.get(name))
            if branch is not None:
                yield branch
        if self.by_place:
            before = element.itersiblings(element.tag, preceding=True)
            branch = self.by_place.get(sum(1 for _ in before) + 1)
            if branch is not None:
                yield branch


@dataclass(slots=True)
class Leaf:
    """What is wanted of elements of one name that have no elements themselves.

    Attributes:
        number: Of the field that the text is.
        attributes: As of a branch.
        condition: The attribute that the number depends on instead.
        numbers: By the value of that attribute.
    """

    number: int = -1
    attributes: Sequence[tuple[str, int]] = ()
    condition: str | None = None
    numbers: Mapping[str | None, int] = field(default_factory=dict)

    def fill(self, element: Element, cells: Cells) -> None:
        """Put what is wanted of an element into the cells."""
        number = self.number
        if self.condition is not None:
            number = self.numbers.get(element.get(self.condition), -1)
            if number < 0:
                return
        text = element.text or _nothing(element)
        if cells[number] is None:
            cells[number] = text
        else:
            _put(cells, number, text)
        for name, at in self.attributes:
            value = element.get(name)
            if value is not None:
                _put(cells, at, value)


def joined(cells: Cells) -> tuple[str | None, ...]:
    """Return the cells, each as one text; an element without a value is an empty one of several."""
    return tuple(BETWEEN.join(c).replace(NIL, "") if isinstance(c, list) else c for c in cells)


def _put(cells: Cells, number: int, value: str) -> None:
    before = cells[number]
    if before is None:
        cells[number] = value
    elif isinstance(before, list):
        before.append(value)
    else:
        cells[number] = [before, value]


def _nothing(element: Element) -> str:
    """Return what stands for an element without text."""
    return NIL if element.get(_NIL) in _TRUE else ""
