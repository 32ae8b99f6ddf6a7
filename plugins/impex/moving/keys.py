"""Which columns identify a row: from the query that finds it, or the statement that deletes it."""

from collections.abc import Sequence
from typing import Final

from impex.moving.columns import Column, Options
from impex.moving.drafts import Draft
from impex.moving.notes import Notes
from impex.moving.queries import Condition, QueryError, Select
from impex.moving.references import MASTER, SHOP, asks_for
from impex.moving.source import Node

_CELL: Final = ("position", "constant")
# What a key never is: empty, or told in several languages.
_NOT_FOR_KEYS: Final = ("required", "on_empty", "default")


def find_key(draft: Draft, query: Node, conditions: Sequence[Condition]) -> None:
    """Say which columns identify a row, and add those that no column descriptor has.

    Args:
        draft: Has all other columns.
        query: The element with the conditions; notes are about it.
        conditions: What must be equal in a row that is found.
    """
    key: list[str] = []
    for condition in conditions:
        notes = Notes()
        try:
            column = _identifying(draft, query, condition, notes)
        except QueryError as fault:
            what = f"that rows are known by {'.'.join(condition.path)}: {fault}."
            draft.notes.open(query, what, "Add the column, and its name to `key`.")
            continue
        draft.notes += notes
        key.append(column.to)
    settle_key(draft, query, list(dict.fromkeys(key)))


def settle_key(draft: Draft, query: Node, key: Sequence[str]) -> None:
    """Take a key for that of the rows, or the key that the table is known to have.

    Args:
        draft: Gets the key.
        query: Where the descriptor says what its key is.
        key: The columns that it names; none if nobody knows.
    """
    known, chosen = draft.table.key, list(key)
    if known and all(draft.column(name) for name in known):
        chosen = list(known)
    if known and set(key) != set(known):
        _compare(draft, query, key, chosen)
    if not chosen:
        plain = (c.to for c in draft.columns if "language" not in c.options)
        chosen = [next(plain, "fill_in")]
        what = f"nothing says which rows are the same; `{chosen[0]}` stands in for the key."
        draft.notes.open(query, what, "Write the columns of a unique constraint into `key`.")
    draft.options["key"] = chosen
    for column in draft.columns:
        if column.to in chosen:
            _as_key(column)


def _compare(draft: Draft, query: Node, key: Sequence[str], chosen: Sequence[str]) -> None:
    """Tell of a key that is not that of the table."""
    table, known = draft.table.name, ", ".join(draft.table.key)
    told = ", ".join(key) or "nothing"
    if list(chosen) != list(key):
        what = f"rows of {table} are known by {known}; the descriptor finds them by {told}."
        draft.notes.assumed(query, what)
        return
    what = f"rows are found by {told}, and {table} is unique by {known} only."
    draft.notes.open(query, what, "Add the columns that are missing, or choose another table.")


def _as_key(column: Column) -> None:
    """Remove what a key cannot have, as it is never empty."""
    for name in _NOT_FOR_KEYS:
        column.options.pop(name, None)
    lookup = column.options.get("lookup", {})
    if lookup.get("on_missing") == "null":
        del lookup["on_missing"]


def _identifying(draft: Draft, query: Node, condition: Condition, notes: Notes) -> Column:
    """Return the column that a condition is about; it is added if there is none."""
    wanted = _wanted(draft, condition, notes)
    column = draft.column(wanted["to"])
    if column is None:
        column = Column(wanted, query)
        draft.columns.append(column)
        return column
    for name in _CELL:
        if column.options.get(name) != wanted.get(name):
            raise QueryError(f"it comes from another cell than {column.to} gets its value from")
    by, own = (options.get("lookup", {}).get("by") for options in (wanted, column.options))
    if by != own and (len(condition.path) > 1 or isinstance(condition.value, Select)):
        raise QueryError(f"it is compared by {by}, and {column.to} is found by {own or 'itself'}")
    return column


def _wanted(draft: Draft, condition: Condition, notes: Notes) -> Options:
    """Return the options that a column of the key must have."""
    table, scope, value = draft.table, draft.scope, condition.value
    first, *rest = condition.path
    refers = bool(rest) or isinstance(value, Select) or asks_for(condition, (*MASTER, *SHOP))
    options = table.reference(first) if refers else table.field(first)
    if options is None or len(rest) > 1:
        raise QueryError(f"{table.name} has no column for it")
    if isinstance(value, Select):
        return {"to": options["to"], **scope.row(value, scope.statement(value.source), notes)}
    if asks_for(condition, MASTER):
        return {"to": options["to"], **scope.master_row()}
    if refers:
        by = rest[0] if rest else "code"
        return {**scope.reference(table, first, by), **scope.value(value, notes)}
    return {**options, **scope.value(value, notes)}
