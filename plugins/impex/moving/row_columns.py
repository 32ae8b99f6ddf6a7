"""The columns of rows that are imported: values as they are, and references to other rows."""

from collections.abc import Iterator, Sequence
from typing import Final

from impex.moving.columns import CELL, Column, Options, cell, described, is_yes
from impex.moving.drafts import Draft
from impex.moving.notes import Notes, shown
from impex.moving.queries import QueryError, read_select
from impex.moving.source import Node
from impex.moving.tables import ADD_COLUMN, simple

INNER: Final = ("SLAVE_INLINE_FIELD", "SLAVE_TUPLE_FIELD")
"""Kinds of columns that are descriptors of their own."""


def read_columns(draft: Draft, nodes: Sequence[Node]) -> None:
    """Translate column by column; fields before references, as the platform sets them."""
    fields: list[Column] = []
    references: list[Column] = []
    for node in nodes:
        kind = node.said("field-type").upper()
        if kind in INNER:
            draft.inner.append(node)
        elif kind == "FIELD":
            fields += _field(draft, node)
        elif kind == "FK_FIELD":
            references += _reference(draft, node)
        else:
            what = f"field-type {shown(kind)} of {shown(node.said('name'))} is not known; it is left out."
            draft.notes.open(node, what, "Write the column, or a descriptor of its own.")
            node.pass_over()
    draft.columns += _last_written(draft, [*fields, *references])


def _last_written(draft: Draft, columns: Sequence[Column]) -> Iterator[Column]:
    """Yield the columns without those that a later one writes over, in the order of the file."""
    last = {(c.to, c.options.get("language")): c for c in columns}
    translated = {column.to: column for column in columns if "language" in column.options}
    for column in sorted(columns, key=lambda c: c.node.line):
        winner = last[column.to, column.options.get("language")]
        if "language" not in column.options:
            winner = translated.get(column.to, winner)
        if winner is column:
            yield column
            continue
        name = shown(column.node.said("name"))
        what = f"{name} is written over by line {winner.node.line}: both are {column.to}."
        draft.notes.open(column.node, what, "Keep one of them.")


def _field(draft: Draft, node: Node) -> list[Column]:
    """Translate a column that is written as it is."""
    name = node.said("name")
    if not name:
        draft.notes.assumed(node, "a column without a name is written nowhere; it is left out.")
        node.pass_over()
        return []
    known = draft.table.field(name)
    if known is None:
        return _left_out(
            draft, node, f"{draft.table.name} has no column for {shown(name)}", ADD_COLUMN
        )
    column = Column({}, node, comments=node.told())
    source = cell(node, column.notes)
    if source is None:
        draft.notes += column.notes
        what = f"{shown(name)} has neither a cell nor a constant"
        return _left_out(draft, node, what, "Write where its value comes from.")
    column.options = {**source, **described(node, source, known, column.notes), **_flags(node)}
    return [column]


def _reference(draft: Draft, node: Node) -> list[Column]:
    """Translate a column that refers to another row."""
    name = node.said("name")
    known = draft.table.reference(name) if name else None
    if known is None:
        what = f"{draft.table.name} has no column for the reference {shown(name)}"
        return _left_out(draft, node, what, ADD_COLUMN)
    column = Column({}, node, comments=node.told())
    entity, skips = node.said("entity-type"), is_yes(node, "update-skip-unresolved")
    try:
        found = _found(draft, node, entity, column.notes)
    except QueryError as fault:
        query = node.one("lookup-query")
        text = query.text if query else "lookup-query is missing"
        column.notes.open(query or node, f"{shown(text)}: {fault}.", "Write the `lookup`.")
        found = cell(node, column.notes) or {}
    if not {"position", "constant"} & found.keys():
        draft.notes += column.notes
        return _left_out(
            draft, node, f"{shown(name)} has no cell", "Write where its value comes from."
        )
    node.pass_over_children(*CELL, "data-type", "context", "language", "lookup-query")
    column.options = {**found, **known, **_flags(node)}
    if "lookup" in found:
        column.options["lookup"] = dict(found["lookup"])
    _on_missing(column, entity=bool(entity), skips=skips)
    return [column]


def _found(draft: Draft, node: Node, entity: str, notes: Notes) -> Options:
    """Return the options that find the row that is referred to.

    Raises:
        QueryError: No lookup finds it.
    """
    if is_yes(node, "use-master-object"):
        return draft.scope.master_row()
    query = read_select(node.said("lookup-query"))
    if entity and simple(entity) != simple(query.source):
        what = f"the row is one of {query.source}, as the query says, not of {entity}."
        notes.assumed(node, what)
    return draft.scope.row(query, draft.scope.entity(query.source), notes)


def _on_missing(column: Column, *, entity: bool, skips: bool) -> None:
    """Say what becomes of a row whose reference leads nowhere."""
    options = column.options
    lookup = options.get("lookup")
    if skips and lookup:
        lookup["on_missing"] = "skip_row"
        if "position" in options:
            column.notes.assumed(column.node, "a row whose cell is empty is not skipped.")
    elif not entity and lookup:
        lookup["on_missing"] = "null"
    elif entity and "position" in options:
        options["required"] = True


def _left_out(draft: Draft, node: Node, what: str, hint: str) -> list[Column]:
    draft.notes.open(node, f"{what}; it is left out.", hint)
    node.pass_over()
    return []


def _flags(node: Node) -> Options:
    names = ("insert-only", "update-only")
    return {name.replace("-", "_"): True for name in names if is_yes(node, name)}
