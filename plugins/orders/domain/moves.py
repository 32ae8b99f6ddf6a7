"""The table of moves, derived from the machines: what bulk work decides by.

A look-up costs a ten-thousandth of what a machine for each order costs, see ``docs/orders.md``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from orders.domain.lifecycle import STATES, Cascade, FlaggedTransition, Lifecycle
from orders.domain.states import Flag, Machine


@dataclass(frozen=True, slots=True)
class Move:
    """One edge of a machine: where a trigger leads from a state, if its guards permit."""

    machine: Machine
    trigger: str
    source: str
    dest: str
    guards: tuple[str, ...]
    raises_flag: Flag | None
    then: Cascade | None


class MoveTable:
    """All moves of one machine."""

    def __init__(self, machine: Machine) -> None:
        """Derive the table from the machine."""
        self.machine = machine
        self._moves: dict[tuple[str, str], tuple[Move, ...]] = {}
        for move in _edges(machine):
            key = move.source, move.trigger
            self._moves[key] = (*self._moves.get(key, ()), move)
        self.triggers = tuple(dict.fromkeys(move.trigger for move in self))
        self._after: dict[str, frozenset[str]] = {
            state: self._closure(state) for state in STATES[machine]
        }

    def __iter__(self) -> Iterator[Move]:
        for moves in self._moves.values():
            yield from moves

    def moves(self, state: str, trigger: str) -> tuple[Move, ...]:
        """Return what the trigger may do in this state, in the order to be tried."""
        return self._moves.get((state, trigger), ())

    def from_state(self, state: str) -> tuple[str, ...]:
        """Return the triggers that the state knows."""
        return tuple(trigger for trigger in self.triggers if (state, trigger) in self._moves)

    def sources(self, trigger: str) -> frozenset[str]:
        """Return the states that know the trigger."""
        return frozenset(move.source for move in self if move.trigger == trigger)

    def is_ahead(self, state: str, trigger: str) -> bool:
        """Tell whether the state does not know the trigger yet, but may come to one that does."""
        return not self._after[state].isdisjoint(self.sources(trigger))

    def is_behind(self, state: str, trigger: str) -> bool:
        """Tell whether the state may be a consequence of the trigger."""
        results = {move.dest for move in self if move.trigger == trigger}
        return any(state == result or state in self._after[result] for result in results)

    def _closure(self, state: str) -> frozenset[str]:
        """Return the states that come after this one, by any number of moves."""
        after: set[str] = set()
        waiting = [state]
        while waiting:
            source = waiting.pop()
            fresh = {move.dest for move in self if move.source == source} - after
            after |= fresh
            waiting.extend(fresh)
        return frozenset(after)


def _edges(machine: Machine) -> Iterator[Move]:
    states = STATES[machine]
    for trigger, event in Lifecycle(machine).events.items():
        for source, transitions in event.transitions.items():
            for transition in cast("list[FlaggedTransition]", transitions):
                guards = tuple(str(condition.func) for condition in transition.conditions)
                yield Move(
                    machine,
                    trigger,
                    states(source),
                    states(str(transition.dest)),
                    guards,
                    transition.raises_flag,
                    transition.then,
                )


TABLES: Final[Mapping[Machine, MoveTable]] = {machine: MoveTable(machine) for machine in Machine}
