"""Pictures of the life cycles, in the language of Mermaid."""

from orders.domain.moves import TABLES, Move
from orders.domain.states import Machine


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


def _first(machine: Machine) -> str:
    moves = list(TABLES[machine])
    results = {move.dest for move in moves}
    return next(move.source for move in moves if move.source not in results)


def _label(move: Move) -> str:
    return f"{move.trigger} ⚑ {move.raises_flag}" if move.raises_flag else move.trigger
