"""What an import descriptor does with the rows of a file, whichever file it is."""

from collections.abc import Sequence
from typing import Final

from impex.moving.columns import Column
from impex.moving.drafts import Draft
from impex.moving.inserts import insert_columns
from impex.moving.keys import find_key, settle_key
from impex.moving.notes import shown
from impex.moving.queries import QueryError, read_delete, read_insert, read_select, statements
from impex.moving.references import Scope
from impex.moving.row_columns import INNER, read_columns
from impex.moving.source import Node

_MODES: Final = {
    "": "merge",
    "MERGE": "merge",
    "INSERT_ONLY": "insert_only",
    "UPDATE_ONLY": "update_only",
    "DELETE": "delete",
}
_OF_CONSTANTS: Final = ("to", "constant", "type", "language", "lookup", "insert_only",
                        "update_only")  # fmt: skip


def read_rows(node: Node, name: str, scope: Scope) -> Draft:
    """Translate all of a descriptor but its file.

    Args:
        node: The descriptor.
        name: What it is called.
        scope: Knows the tables, the shop, and the row around; gets the columns.
    """
    entity = node.said("entity-type")
    draft = Draft(node, name, scope.entity(entity or name), scope)
    if not entity:
        draft.notes.open(node, "entity-type is missing.", "Write the table.")
    nodes = node.columns("import-columns")
    scope.columns = {n.said("name"): n for n in nodes if n.said("name")}
    _read_mode(draft)
    insert = node.one("insert-sql", "insert-cmd")
    if insert is not None and insert.read().strip():
        _read_insert(draft, insert, nodes)
    else:
        read_columns(draft, nodes)
    _read_key(draft, insert)
    _complete(draft)
    return draft


def _read_mode(draft: Draft) -> None:
    mode = draft.node.said("mode").upper()
    if mode not in _MODES:
        draft.notes.open(draft.node, f"mode {shown(mode)} is not known.", "Write a `mode`.")
    draft.options["mode"] = _MODES.get(mode, "merge")


def _read_insert(draft: Draft, query: Node, nodes: Sequence[Node]) -> None:
    """Translate an SQL statement that writes a row."""
    *before, last = statements(query.text)
    _read_before(draft, query, before)
    try:
        insert = read_insert(last)
    except QueryError as fault:
        what = f"{shown(query.text)}: {fault}."
        draft.notes.open(query, what, "Write the columns that it fills.")
        read_columns(draft, nodes)
        return
    insert_columns(draft, query, insert)
    for node in nodes:
        if node.said("field-type").upper() in INNER:
            draft.inner.append(node)
        elif node.said("name") not in draft.scope.used:
            what = f"{shown(node.said('name'))} is not used by insert-sql; it is left out."
            draft.notes.assumed(node, what)
            node.pass_over()
        node.pass_over_children("language")


def _read_before(draft: Draft, query: Node, before: Sequence[str]) -> None:
    """Take statements in front of an INSERT: what deletes a row first, writes it anew each time."""
    for statement in before:
        try:
            read_delete(statement)
            draft.options["mode"] = "merge"
        except QueryError as fault:
            draft.notes.open(query, f"{shown(statement)}: {fault}.", "Look whether it is needed.")


def _read_key(draft: Draft, insert: Node | None) -> None:
    """Find out which rows are the same."""
    select = draft.node.one("select-sql", "select-cmd")
    deletes = draft.options["mode"] == "delete"
    delete = draft.node.one("delete-sql", "delete-cmd") if deletes else None
    by_statement = delete is not None and bool(delete.read().strip())
    if by_statement and select is not None:
        select.pass_over()
    query = delete if by_statement else select
    text = query.read().strip() if query else ""
    if query is None or not text:
        settle_key(draft, query or insert or draft.node, _written_out(draft))
        return
    try:
        conditions = (read_delete if by_statement else read_select)(text).conditions
    except QueryError as fault:
        draft.notes.open(query, f"{shown(text)}: {fault}.", "Write the columns into `key`.")
        settle_key(draft, query, ())
        return
    find_key(draft, query, conditions)


def _written_out(draft: Draft) -> list[str]:
    """Return what rows within another row are known by: that row, and what is the same in all."""
    master = draft.scope.master
    if master is None or draft.table.key:
        return []
    table = master.table.name
    own = [c for c in draft.columns if c.options.get("lookup", {}).get("table") == table]
    constant = [c for c in draft.columns if "constant" in c.options]
    key = [column.to for column in (*own, *constant)] if own and constant else []
    if key:
        what = f"rows are taken to be known by {', '.join(key)}."
        draft.notes.assumed(draft.node, what, "The table needs a unique constraint on that.")
    return key


def _complete(draft: Draft) -> None:
    """Add what goes without saying on the platform, and what the table needs."""
    mode = draft.options["mode"]
    draft.options["on_duplicate"] = "first" if mode == "insert_only" else "last"
    if mode in {"merge", "insert_only"}:
        for to, text in draft.table.constants.items():
            if draft.column(to) is None:
                _add_constant(draft, to, text)
    for column in draft.columns:
        _tell_of_empty_cells(column, is_key=column.to in draft.options["key"])
    if not draft.columns:
        stand_in = Column({"position": 1, "to": draft.options["key"][0]}, draft.node)
        stand_in.notes.open(draft.node, "no column is left.", "Write the columns.")
        draft.columns.append(stand_in)


def _tell_of_empty_cells(column: Column, *, is_key: bool) -> None:
    """An empty cell empties the value, as on the platform, where nothing else is said."""
    options = column.options
    if "constant" in options:
        column.options = {n: v for n, v in options.items() if n in _OF_CONSTANTS}
    elif options.get("required"):
        options.pop("on_empty", None)
    elif not is_key and not {"on_empty", "default"} & options.keys():
        options["on_empty"] = "clear"


def _add_constant(draft: Draft, to: str, text: str) -> None:
    column = Column({"constant": text, "to": to, "insert_only": True}, draft.node)
    written = shown(text) if text else "an empty text"
    what = f"new rows of {draft.table.name} get {written} for {to}, which the descriptor does not have."
    column.notes.assumed(draft.node, what, "If the file has it, write its `position`.")
    draft.columns.append(column)
