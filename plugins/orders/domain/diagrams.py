"""Pictures of the life cycles and of the chain, in the language of Mermaid."""

from collections.abc import Iterable, Iterator

from orders.domain.chain import stages
from orders.domain.destination import kind
from orders.domain.exporter import Exporter
from orders.domain.moves import TABLES, Move
from orders.domain.states import Flag, Machine


def diagram(machine: Machine) -> str:
    """Return the picture of a machine: its states, and the triggers that lead from one to another."""
    table = TABLES[machine]
    labels: dict[tuple[str, str], list[str]] = {}
    for move in table:
        labels.setdefault((move.source, move.dest), []).append(_label(move))
    edges = [
        f"    {source} --> {dest}: {', '.join(dict.fromkeys(names))}"
        for (source, dest), names in labels.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {_first(machine)}", *edges, ""])


def chain_diagram(exporters: Iterable[Exporter]) -> str:
    """Return the picture of exporters: flags lead to those that take them, and these to flags.

    Gates, at which a person must agree, have six corners; what is disabled has a dashed border.
    """
    ordered = [exporter for stage in stages(exporters) for exporter in stage]
    named = [*Flag, *(e.flag for e in ordered), *(e.next_flag for e in ordered if e.next_flag)]
    flags = [f'    {_flag(flag)}(["⚑ {flag}"])' for flag in dict.fromkeys(map(str, named))]
    edges = [edge for exporter in ordered for edge in _edges(exporter)]
    style = "    classDef disabled stroke-dasharray: 4 4"
    return "\n".join(["flowchart LR", *flags, *map(_box, ordered), *edges, style, ""])


def _box(exporter: Exporter) -> str:
    off = "" if exporter.enabled else ", disabled"
    label = f'"{exporter.name}: {kind(exporter.destination)}{off}"'
    shape = f"{{{{{label}}}}}" if exporter.approval else f"[{label}]"
    return f"    {_node(exporter)}{shape}{'' if exporter.enabled else ':::disabled'}"


def _edges(exporter: Exporter) -> Iterator[str]:
    yield f"    {_flag(exporter.flag)} -->|{exporter.priority}| {_node(exporter)}"
    if exporter.next_flag:
        yield f"    {_node(exporter)} --> {_flag(exporter.next_flag)}"


def _flag(flag: str) -> str:
    return f"flag_{flag}"


def _node(exporter: Exporter) -> str:
    return f"exporter_{exporter.name.replace('-', '_')}"


def _first(machine: Machine) -> str:
    moves = list(TABLES[machine])
    results = {move.dest for move in moves}
    return next(move.source for move in moves if move.source not in results)


def _label(move: Move) -> str:
    return f"{move.trigger} ⚑ {move.raises_flag}" if move.raises_flag else move.trigger
