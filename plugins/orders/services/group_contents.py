"""What messages say where an export of a data group writes them: many from one COPY.

Each row comes with the number of its order, which tells the message that it belongs to. So no order
may be in two messages of one COPY: those that share one are written one after the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from psycopg import Connection, errors, sql

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.domain.layout import Audience, Format
from impex.formats.record_writer import ILLEGAL
from impex.services.export_content import Divisible, divisible_of
from impex.services.export_plan import Ground, selections
from impex.storage import catalog, export_rows
from impex.storage.selection import Selection
from orders.config.group_exports import Pattern
from orders.domain.content import Content, Unwritable
from orders.domain.export_item import Part
from orders.services.rendering import Rendering, Rows
from orders.storage.part_rows import ORDER, narrowed

_Parts = Mapping[int, Part]
_Made = dict[int, Content | Unwritable]


def group_contents(
    connection: Connection, files: UserFiles, pattern: Pattern, parts: Sequence[Part]
) -> list[Content | Unwritable]:
    """Return what an export writes for each part, in their order.

    Args:
        connection: In the transaction that has locked the orders; stays usable.
        files: Where queries and schemas are.
        pattern: What the parts are written as.
        parts: Of one exporter.

    Raises:
        ConfigError: The export does not fit the database, or its rows do not tell their order.
    """
    ground = Ground(connection, files, pattern.params)
    found = selections(ground, (nest.export for nest in pattern.nest.all()))
    outer = found[pattern.nest.export.name]
    if ORDER not in outer.source.columns:
        what = f"{outer.export.table or outer.export.query} has no column {ORDER}."
        hint = (
            "Messages find their rows by it. Views that have it are orders.export_line and others."
        )
        raise ConfigError([Problem(f"export {pattern.name}", what, hint)])
    writer = _Writer(connection, files, pattern, found)
    writer.check(parts[0])
    made: _Made = {}
    for some in _rounds(parts):
        made |= writer.made(some)
    return [made[number] for number in range(len(parts))]


def _rounds(parts: Sequence[Part]) -> list[dict[int, Part]]:
    """Return the parts by their numbers, those that share an order in different rounds."""
    turns: dict[int, int] = {}
    rounds: list[dict[int, Part]] = []
    for number, part in enumerate(parts):
        orders = part.orders
        turn = max(turns.get(order, 0) for order in orders)
        turns |= dict.fromkeys(orders, turn + 1)
        if turn == len(rounds):
            rounds.append({})
        rounds[turn][number] = part
    return rounds


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes parts.

    Attributes:
        found: The rows of the exports by their names, of all orders.
    """

    connection: Connection
    files: UserFiles
    pattern: Pattern
    found: Mapping[str, Selection]

    def check(self, part: Part) -> None:
        """Let PostgreSQL look at the statement.

        Raises:
            ConfigError: It does not accept it.
        """
        _, select = self._selected([part])
        catalog.describe(self.connection, select, f"export {self.pattern.name}")

    def made(self, parts: _Parts) -> _Made:
        """Write parts, no two of the same order; halves of them where PostgreSQL fails at a row."""
        try:
            with self.connection.transaction():
                return self._written(parts)
        except (errors.DataError, errors.ProgrammingError) as fault:
            # Only rows can do that: the statement was tried.
            reason = f"{self.pattern.name} cannot read it: {fault.diag.message_primary}"
        halves = [self.made(half) for half in _halves(parts)]
        if len(parts) > 1:
            return {number: made for half in halves for number, made in half.items()}
        [(number, part)] = parts.items()
        failed = [m for half in halves for m in half.values() if isinstance(m, Unwritable)]
        to_blame = frozenset(order for each in failed for order in each.orders)
        return {number: Unwritable(reason, to_blame or frozenset(part.orders))}

    def _written(self, parts: _Parts) -> _Made:
        content, select = self._selected(parts.values())
        owners = {order: number for number, part in parts.items() for order in part.orders}
        rows: defaultdict[int, Rows] = defaultdict(Rows)
        for message in content.messages(self.connection, select):
            order, row = content.unmarked(message)
            rows[owners[order]].add(order, row)
        rendering = Rendering(self.pattern, self.files, content)
        explained = cache(lambda: self._explained(parts.values()))
        return {
            number: rendering.render(part, rows[number], explained)
            for number, part in parts.items()
        }

    def _selected(self, parts: Iterable[Part]) -> tuple[Divisible, sql.Composed]:
        """Return what parts are made into, and the statement with their rows."""
        chosen = self._chosen(parts)
        content = divisible_of(self.pattern.nest, chosen, Audience.SYSTEM)
        outer = chosen[self.pattern.nest.export.name]
        return content, export_rows.rows(outer, content.marked(sql.Identifier("t", ORDER)))

    def _chosen(self, parts: Iterable[Part], *, by_order: bool = False) -> dict[str, Selection]:
        """Return the rows of some parts.

        Args:
            parts: What they must be about.
            by_order: Whether people are told the order of a row, and nothing else, as its key.
        """
        items = [item for part in parts for item in part.items]
        chosen = {}
        for name, each in self.found.items():
            export = replace(each.export, key=(ORDER,), sort=()) if by_order else each.export
            source = narrowed(each.source, items)
            chosen[name] = Selection(export, source, each.tables, each.params)
        return chosen

    def _explained(self, parts: Iterable[Part]) -> Mapping[int, list[str]]:
        """Return why rows cannot be written, by order, where rows tell it."""
        chosen = self._chosen(parts, by_order=True)
        divisible_of(self.pattern.nest, chosen, Audience.SYSTEM)
        is_xml = self.pattern.nest.export.layout.format is Format.XML
        reasons: defaultdict[int, list[str]] = defaultdict(list)
        for selection in chosen.values():
            if ORDER not in selection.source.columns:
                continue
            for issue in export_rows.explain(
                self.connection, selection, ILLEGAL if is_xml else None
            ):
                order = (issue.key or "").removeprefix(f"{ORDER}=")
                if order.isdigit():
                    reasons[int(order)].append(issue.message)
        return reasons


def _halves(parts: _Parts) -> list[_Parts]:
    """Return two halves of parts, or of the orders of the only one; nothing of the only order."""
    if len(parts) > 1:
        numbers = list(parts)
        middle = len(numbers) // 2
        return [{n: parts[n] for n in some} for some in (numbers[:middle], numbers[middle:])]
    [(number, part)] = parts.items()
    if len(part.orders) == 1:
        return []
    middle = len(part.orders) // 2
    return [{number: part.about(*some)} for some in (part.orders[:middle], part.orders[middle:])]
