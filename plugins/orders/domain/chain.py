"""Exporters in sequence: each takes flags, and raises those that others take.

Flags lead from exporter to exporter and never back: ``orders.config`` refuses loops.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from typing import Protocol, TypeVar

from orders.domain.conditions import Subject
from orders.domain.exporter import Exporter


class Hop(Protocol):
    """What a chain consists of; a flag that is not named is empty."""

    @property
    def name(self) -> str:
        """Of the exporter."""

    @property
    def flag(self) -> str:
        """What it takes."""

    @property
    def next_flag(self) -> str:
        """What it raises."""


AnyHop = TypeVar("AnyHop", bound=Hop)


def stages(exporters: Iterable[Exporter]) -> list[list[Exporter]]:
    """Return the exporters in the order in which they work.

    Returns:
        Lists, each exporter in one behind those of all that raise its flag; within a list by flag,
        then as they are tried.

    Raises:
        CycleError: Their flags lead back to where they came from.
    """
    by_name = {exporter.name: exporter for exporter in exporters}
    sorter = TopologicalSorter(
        {
            name: [other.name for other in by_name.values() if other.next_flag == exporter.flag]
            for name, exporter in by_name.items()
        }
    )
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        found.append(sorted((by_name[name] for name in ready), key=lambda e: (e.flag, *_turn(e))))
    return found


def choose(
    exporters: Iterable[Exporter], flag: str, subject: Subject
) -> Exporter | dict[str, list[str]]:
    """Return who takes a flag of an order or of one of its deliveries.

    Returns:
        The first exporter by priority that takes it; or, if none does, for each exporter of the
        flag why it does not, in the order of their priority.
    """
    refusals = {}
    for exporter in sorted((e for e in exporters if e.flag == flag), key=_turn):
        reasons = exporter.refusals(subject)
        if not reasons:
            return exporter
        refusals[exporter.name] = reasons
    return refusals


def loop_of(first: AnyHop, hops: Sequence[AnyHop]) -> list[AnyHop]:
    """Return the shortest way on which the flag that a hop raises comes back to it.

    Returns:
        The hops, from the given one to the one that raises its flag; empty if none comes back.
    """
    ways, seen = deque([[first]]), {first.name}
    while ways:
        way = ways.popleft()
        raised = way[-1].next_flag
        if raised == first.flag:
            return way
        following = [hop for hop in hops if raised and hop.flag == raised and hop.name not in seen]
        seen.update(hop.name for hop in following)
        ways.extend([*way, hop] for hop in following)
    return []


def _turn(exporter: Exporter) -> tuple[int, str]:
    return exporter.priority, exporter.name
