"""The fields of a record in JSON: what is asked of its members, and which others it has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from impex.domain.issues import VALUE_LIMIT
from impex.formats.batch import MOST_COLUMNS
from impex.formats.json_values import Members, Value, cell, listed
from impex.formats.wanted import Wanted


@dataclass(slots=True)
class _Object:
    """An object in which fields are looked for.

    Attributes:
        path: Names on the way to it; none for the record itself.
        known: Names that are asked for or lead further, and what they hold if there is ``null`` in
            place of the object.
        seen: Names that were met; so many and so long as the memory should hold.
        replaced: Whether something else was met in its place.
    """

    path: tuple[str, ...]
    known: Members = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    replaced: bool = False

    def members(self, value: Value) -> Members:
        """Return the members of what stands in a record, and note their names."""
        if isinstance(value, dict):
            if not self.seen.issuperset(value):
                self._note(value)
            return value
        if value is None:
            return self.known
        self.replaced |= value != ""
        return {}

    def others(self) -> Iterable[str]:
        """Yield the paths of what was met and is not known."""
        if self.replaced:
            yield ".".join(self.path)
        yield from (".".join((*self.path, name)) for name in self.seen.difference(self.known))

    def is_within(self, paths: Collection[str]) -> bool:
        """Tell whether it, or something around it, is asked for as a whole."""
        return any(".".join(self.path[:depth]) in paths for depth in range(1, len(self.path) + 1))

    def _note(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self.seen) >= MOST_COLUMNS + len(self.known):
                return
            self.seen.add(name if name in self.known else name[:VALUE_LIMIT])


class _Field(NamedTuple):
    """Where a field is: the number of the object, the name in it, and the path to it."""

    place: int
    name: str
    path: str
    repeated: bool


class Fields:
    """Takes the fields out of records.

    A path is the name of a member or leads, point by point, through objects to one. A member whose
    own name holds all of the path is meant first.
    """

    def __init__(self, wanted: Wanted) -> None:
        """Compile the paths."""
        self._objects: list[_Object] = []
        self._inner: list[tuple[_Object, int, str]] = []
        self._place(())
        self._asked = [self._field(path, path in wanted.repeated) for path in wanted.fields]
        self._dotted = {path: n for n, path in enumerate(wanted.fields) if "." in path}
        self._objects[0].known.update(dict.fromkeys(self._dotted))

    def cells(self, record: Members) -> list[str]:
        """Return the fields of a record, and note which members it has besides.

        Called for each record: a call more for each field is a tenth of an import's time.

        Raises:
            RecordFaultError: A list has an element that cannot be one.
        """
        found = [self._objects[0].members(record)]
        for inner, around, name in self._inner:
            found.append(inner.members(found[around].get(name, "")))
        cells = [
            value
            if isinstance(value := found[place].get(name, ""), str) and not repeated
            else _cell(value, path, repeated=repeated)
            for place, name, path, repeated in self._asked
        ]
        if not self._dotted.keys().isdisjoint(record.keys()):
            for path in self._dotted.keys() & record.keys():
                number = self._dotted[path]
                cells[number] = _cell(record[path], path, repeated=self._asked[number].repeated)
        return cells

    def others(self) -> list[str]:
        """Return the paths of members that were met and that nobody asks for."""
        asked = {field.path for field in self._asked}
        noted = [known for known in self._objects if not known.is_within(asked)]
        return sorted({name for known in noted for name in known.others()})

    def _field(self, path: str, repeated: bool) -> _Field:
        *around, name = path.split(".")
        place = self._place(tuple(around))
        self._objects[place].known[name] = None
        return _Field(place, name, path, repeated)

    def _place(self, path: tuple[str, ...]) -> int:
        """Return the number of the object that a path leads to; those around it come before it."""
        for number, known in enumerate(self._objects):
            if known.path == path:
                return number
        added = _Object(path)
        if path:
            *around, name = path
            outer = self._place(tuple(around))
            self._objects[outer].known[name] = None
            self._inner.append((added, outer, name))
        self._objects.append(added)
        return len(self._objects) - 1


def _cell(value: Value, path: str, *, repeated: bool) -> str:
    return listed(value, path) if repeated else cell(value)
