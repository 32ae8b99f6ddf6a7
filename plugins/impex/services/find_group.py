"""Finds the groups that take files, by the names of the files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from impex.domain.group import Group
from impex.formats.archive import is_archive


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group that takes at least one of some files.

    Attributes:
        name: Of the group.
        title: What people call it.
        takes: The files that it takes. Of an archive nobody knows before it is opened: every group
            takes it.
        leaves: Those that it does not take.
    """

    name: str
    title: str
    takes: tuple[str, ...]
    leaves: tuple[str, ...]


def candidates(groups: Iterable[Group], names: Sequence[str]) -> list[Candidate]:
    """Return the groups that take at least one of the files, those that take most first.

    Args:
        groups: Those that the person may run.
        names: Of the files, without folders.
    """
    found = [_candidate(group, names) for group in groups if group.descriptors and group.dag]
    taking = [each for each in found if each.takes]
    return sorted(taking, key=lambda each: (-len(each.takes), each.title or each.name))


def _candidate(group: Group, names: Sequence[str]) -> Candidate:
    takes = tuple(name for name in names if is_archive(name) or group.takers(name))
    leaves = tuple(name for name in names if name not in takes)
    return Candidate(group.name, group.title or group.name, takes, leaves)
