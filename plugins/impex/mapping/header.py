"""The header of a file: its names, found as people write them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from impex.domain.issues import APPENDED

_DELIMITERS = ";\t|,"
_NAMES_LISTED = 30


class Header:
    """The names of a file's fields.

    Attributes:
        names: As they stand in the file; none if it has no header.
        width: Number of fields.
        line: On which the header, or the first record, stands.
    """

    def __init__(self, names: Sequence[str], width: int, line: int) -> None:
        """Take the names and the number of fields."""
        self.names = names
        self.width = width
        self.line = line
        self._written: defaultdict[str, list[int]] = defaultdict(list)
        self._folded: defaultdict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(names, 1):
            self._written[name].append(number)
            self._folded[_folded(name)].append(number)

    def fields(self, source: str | int, aliases: Iterable[str]) -> list[int]:
        """Return the numbers of the fields that may be meant.

        A name as it is written wins over one that differs in case or blanks, and both over an
        alias.
        """
        if isinstance(source, int):
            return [source] if source <= self.width else []
        return self._called([source]) or self._called(aliases)

    def others(self, numbers: Collection[int]) -> list[str]:
        """Return the names of all other fields, each once, but for those of a reject file."""
        names = (name for number, name in enumerate(self.names, 1) if number not in numbers)
        return list(dict.fromkeys(n for n in names if n.strip() and not n.startswith(APPENDED)))

    def matching(self, masks: Iterable[str]) -> set[int]:
        """Return the numbers of the fields whose names match one of the masks."""
        folded = [_folded(mask) for mask in masks]
        return {
            number
            for number, name in enumerate(self.names, 1)
            if any(fnmatchcase(_folded(name), mask) for mask in folded)
        }

    def unique_names(self) -> tuple[str, ...]:
        """Return a name for each field: its own, or its number if that is not clear."""
        times = Counter(self.names)
        names = [*self.names, *[""] * (self.width - len(self.names))]
        clear = (times[n] == 1 and n.strip() and not n.isdigit() and n != "_line" for n in names)
        return tuple(
            name if own else str(number)
            for number, (name, own) in enumerate(zip(names, clear, strict=True), 1)
        )

    def other_delimiter(self, delimiter: str) -> str | None:
        """Return what seems to separate the names, if all of them stand in one field."""
        if len(self.names) != 1:
            return None
        others = [mark for mark in _DELIMITERS if mark != delimiter and mark in self.names[0]]
        return max(others, key=self.names[0].count, default=None)

    def _called(self, names: Iterable[str]) -> list[int]:
        wanted = dict.fromkeys(names)
        written = [number for name in wanted for number in self._written.get(name, ())]
        folded = dict.fromkeys(_folded(name) for name in wanted)
        return written or [n for name in folded for n in self._folded.get(name, ())]


def listed(names: Sequence[str]) -> str:
    """Return names for a message, the first of them if they are many."""
    rest = len(names) - _NAMES_LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(names[:_NAMES_LISTED]) + more


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
