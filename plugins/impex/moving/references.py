"""What queries of a descriptor mean: which cell a gap is, and which row a query finds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from impex.moving.columns import Column, Options, cell, typed
from impex.moving.notes import Notes
from impex.moving.queries import Condition, Gap, Literal, Operand, QueryError, Select
from impex.moving.source import Node
from impex.moving.tables import Table, Tables

SOURCE: Final = ("position", "constant", "type", "format", "trim", "regex", "group", "template")
"""Options that say where a value comes from, and what is made of it before it is looked up."""

# What gaps mean that are no columns.
_FACTS: Final = {"GUID": "${uuid}", "NOW": "${now}", "INSTANT": "${now}", "DATE": "${today}"}
SHOP: Final = ("contextShop", "contextShopId")
"""Gaps that are the shop of the context."""

MASTER: Final = ("masterObject", "masterObjectId")
"""Gaps that are the row around an inner descriptor."""

_CODE_OF_SHOP: Final = "contextShopCode"


@dataclass(frozen=True, slots=True)
class Master:
    """The row that the rows of an inner descriptor belong to, and the columns that identify it."""

    table: Table
    key: Sequence[Column]


@dataclass(slots=True)
class Scope:
    """What names in one descriptor can mean.

    Attributes:
        columns: The column descriptors by name.
        shop: The code of the shop, or the column descriptor that has it; empty if none is told.
        used: Names that a gap has asked for.
    """

    tables: Tables
    columns: Mapping[str, Node]
    shop: str | Node = ""
    master: Master | None = None
    used: set[str] = field(default_factory=set)
    _met: dict[str, Table] = field(default_factory=dict)

    def entity(self, name: str) -> Table:
        """Return the table of an entity, always the same one."""
        return self._same(self.tables.of_entity(name))

    def statement(self, name: str) -> Table:
        """Return the table that an SQL statement names."""
        known = (table for table in self._met.values() if table.is_called(name))
        return next(known, None) or self._same(self.tables.of_statement(name))

    def called(self, name: str) -> Table | None:
        """Return the table of that schema and name, if an entity is known to be it."""
        found = self._met.get(name) or self.tables.called(name)
        return self._same(found) if found else None

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield what has got its name by a rule: as the descriptor calls it, and the name."""
        for table in self._met.values():
            yield from table.named.items()

    def value(self, operand: Operand, notes: Notes) -> Options:
        """Return the options of the cell, or the constant, that a value of a query is.

        Raises:
            QueryError: It is neither.
        """
        match operand:
            case Literal(text) if text is not None:
                return {"constant": text}
            case Gap(name):
                return self._gap(name, notes)
            case _:
                raise QueryError("one of its values is put together, or nothing")

    def master_row(self) -> Options:
        """Return the options of a column that refers to the row around an inner descriptor.

        Raises:
            QueryError: There is none, or it cannot be looked up by one cell.
        """
        if self.master is None:
            raise QueryError("it stands within no other descriptor")
        if len(self.master.key) != 1 or "lookup" in self.master.key[0].options:
            raise QueryError(f"a row of {self.master.table.name} is not known by a single cell")
        (key,) = self.master.key
        source: Options = {name: key.options[name] for name in SOURCE if name in key.options}
        return {**source, "lookup": {"table": self.master.table.name, "by": key.to}}

    def row(self, query: Select, table: Table, notes: Notes) -> Options:
        """Return the options of a column that refers to the row that a query finds.

        Args:
            query: Of the table.
            table: As this descriptor knows it.
            notes: Gets what there is to know of the cell.

        Raises:
            QueryError: No lookup finds it.
        """
        given = [c for c in query.conditions if not isinstance(c.value, Literal)]
        if len(given) > 1:
            raise QueryError(
                "it compares several cells, which a lookup knows by their headers only"
            )
        first = (given or list(query.conditions))[:1]
        if not first:
            raise QueryError("it does not say which row")
        where = [c for c in query.conditions if c is not first[0]]
        if asks_for(first[0], MASTER):
            found = self.master_row()
        else:
            source = self.value(first[0].value, notes)
            found = {
                **source,
                "lookup": {"table": table.name, "by": self._compared(first[0], table)},
            }
        if where:
            found["lookup"]["where"] = {self._compared(c, table): self._plain(c) for c in where}
        if query.wanted and not (len(query.wanted) == 1 and table.is_number(query.wanted[0])):
            found["lookup"]["value"] = self._column(query.wanted, table)
        return found

    def reference(self, table: Table, first: str, second: str) -> Options:
        """Return the column that refers to a row, with a lookup by a field of that row.

        Args:
            table: That has the column.
            first: The field that refers.
            second: The field of the row that is referred to.

        Raises:
            QueryError: There is no such column.
        """
        options = table.reference(first)
        if options is None:
            raise QueryError(f"{table.name} has no column for {first}")
        lookup = options.get("lookup")
        other = self.called(lookup["table"]) if lookup else None
        other = other or self.entity(first[:1].upper() + first[1:])
        return {
            "to": options["to"],
            "lookup": {"table": other.name, "by": self._column((second,), other)},
        }

    def _compared(self, condition: Condition, table: Table) -> str:
        """Return the column that a condition is about; the number of a shop stands for its code."""
        if asks_for(condition, SHOP) and table.is_number(condition.path[-1]):
            return self._column(("code",), table)
        return self._column(condition.path, table)

    def _column(self, path: Sequence[str], table: Table) -> str:
        options = table.field(path[0]) if len(path) == 1 else None
        if options is None or "lookup" in options or "language" in options:
            raise QueryError(f"{table.name} has no column of its own for {'.'.join(path)}")
        return str(options["to"])

    def _plain(self, condition: Condition) -> str:
        if not isinstance(condition.value, Literal) or condition.value.text is None:
            raise QueryError(f"{'.'.join(condition.path)} is compared with nothing")
        return condition.value.text

    def _gap(self, name: str, notes: Notes) -> Options:
        self.used.add(name)
        if name in self.columns:
            node = self.columns[name]
            found = cell(node, notes)
            if found is None:
                raise QueryError(f"{{{name}}} has no cell")
            return {**found, **typed(node, found, notes)}
        if name in _FACTS:
            return {"constant": _FACTS[name]}
        shop = cell(self.shop, notes) if isinstance(self.shop, Node) else {"constant": self.shop}
        if name in {*SHOP, _CODE_OF_SHOP} and self.shop and shop:
            return shop
        raise QueryError(f"nothing says what {{{name}}} is")

    def _same(self, table: Table) -> Table:
        return self._met.setdefault(table.name, table)


def asks_for(condition: Condition, names: Sequence[str]) -> bool:
    """Tell whether a condition compares with one of some gaps."""
    return isinstance(condition.value, Gap) and condition.value.name in names
