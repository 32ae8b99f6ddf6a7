"""The fields of a record, found in one walk over its element.

What is wanted is compiled from the paths once, so that an element is looked at once, however many
fields there are.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from impex.domain.xml_path import BETWEEN, NIL, WELL_KNOWN, FieldPath, Step

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
        children: By name, what is wanted of the elements in it, and of which of them.
        others: Names of the elements that were met in it and are not wanted.
    """

    text: int | None = None
    attributes: list[tuple[str, int]] = field(default_factory=list)
    children: dict[str, list[tuple[Step, "Branch"]]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def add(self, path: FieldPath, number: int) -> None:
        """Want a field; where its path goes up does not matter here."""
        branch = self
        for step in path.steps:
            branch = branch._child(step)
        if path.attribute is not None:
            branch.attributes.append((path.attribute, number))
        else:
            branch.text = number

    def fill(self, element: Element, cells: Cells) -> None:
        """Put what is wanted of an element into the cells."""
        for name, number in self.attributes:
            value = element.get(name)
            if value is not None:
                _put(cells, number, value)
        if self.text is not None:
            _put(cells, self.text, _text(element))
        if self.children:
            for child in element:
                self.fill_from(child, cells)

    def fill_from(self, child: Element, cells: Cells) -> None:
        """Put what is wanted of an element in this one into the cells."""
        meant = self.children.get(child.tag)
        if meant is None:
            self.others.add(child.tag)
            return
        for step, branch in meant:
            if _is_meant(step, child):
                branch.fill(child, cells)

    def _child(self, step: Step) -> "Branch":
        known = self.children.setdefault(step.name, [])
        for other, branch in known:
            if other == step:
                return branch
        known.append((step, Branch()))
        return known[-1][1]


def joined(cells: Cells) -> list[str | None]:
    """Return the cells, each as one text."""
    return [BETWEEN.join(cell) if isinstance(cell, list) else cell for cell in cells]


def _put(cells: Cells, number: int, value: str) -> None:
    before = cells[number]
    if before is None:
        cells[number] = value
    elif isinstance(before, list):
        before.append(value)
    else:
        cells[number] = [before, value]


def _text(element: Element) -> str:
    """Return all text in an element, that of the elements in it included."""
    text = "".join(element.itertext()) if len(element) else element.text
    if text:
        return text
    return NIL if element.get(_NIL) in _TRUE else ""


def _is_meant(step: Step, element: Element) -> bool:
    """Tell whether an element of the right name meets the step's conditions."""
    if step.attribute is not None:
        name, value = step.attribute
        return bool(element.get(name) == value)
    if step.place is None:
        return True
    before = element.itersiblings(step.name, preceding=True)
    return sum(1 for _ in before) + 1 == step.place
