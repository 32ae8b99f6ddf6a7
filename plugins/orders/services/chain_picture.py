"""The chain of exporters with what is where in it, stage by stage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from orders.domain.chain import stages
from orders.domain.destination import kind
from orders.domain.export_item import ItemState
from orders.domain.exporter import Exporter

_WITHOUT_EXPORTER: Final = (ItemState.WAITING, ItemState.UNMATCHED)


@dataclass(frozen=True, slots=True)
class Box:
    """An exporter, and how many flags are where in it.

    Attributes:
        exporter: The exporter.
        kind: Of its target: file, email, http, table, python, manual.
        counts: How many flags it has by state, without states that none is in.
    """

    exporter: Exporter
    kind: str
    counts: Mapping[str, int]


@dataclass(slots=True)
class Stage:
    """Exporters that work beside each other, and the flags that they take.

    Attributes:
        flags: For each flag how many of it wait or are unmatched, by state.
        boxes: The exporters, as they are tried.
    """

    flags: dict[str, dict[str, int]] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chain.

    Attributes:
        stages: In the order of their work.
        untaken: Flags that no exporter takes, how many of each by state.
        gone: Exporters that are gone and have flags still, how many of each by state.
    """

    stages: Sequence[Stage]
    untaken: Mapping[str, Mapping[str, int]]
    gone: Mapping[str, Mapping[str, int]]


def picture(exporters: Iterable[Exporter], counts: Sequence[Mapping[str, Any]]) -> Picture:
    """Draw a chain.

    Args:
        exporters: All of it.
        counts: As ``orders.storage.export_items.counts`` has them.
    """
    chain = stages(exporters)
    of_exporters = _sums((row["exporter"], row) for row in counts if row["exporter"])
    of_flags = _sums(
        (row["flag"], row) for row in counts if ItemState(row["state"]) in _WITHOUT_EXPORTER
    )
    found = []
    for each in chain:
        stage = Stage()
        for exporter in each:
            stage.flags[exporter.flag] = of_flags.pop(
                exporter.flag, stage.flags.get(exporter.flag, {})
            )
            counted = of_exporters.pop(exporter.name, {})
            stage.boxes.append(Box(exporter, kind(exporter.destination), counted))
        found.append(stage)
    return Picture(found, of_flags, of_exporters)


def _sums(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, dict[str, int]]:
    """Add up how many items are in which state, by a name."""
    found: dict[str, dict[str, int]] = {}
    for name, row in rows:
        states = found.setdefault(name, {})
        states[row["state"]] = states.get(row["state"], 0) + row["items"]
    return found
