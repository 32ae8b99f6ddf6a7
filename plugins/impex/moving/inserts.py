"""From an SQL statement that writes a row to the columns that it fills."""

import re
from collections.abc import Iterator
from typing import Final

from impex.moving.columns import Column, Options
from impex.moving.drafts import Draft
from impex.moving.notes import Notes, shown
from impex.moving.queries import Filled, Gap, Insert, Literal, Operand, QueryError, Select, gaps
from impex.moving.source import Node

# Numbers that the platform keeps for itself.
_ITS_OWN: Final = "VERSION"
_MASTER: Final = (Gap("masterObject"), Gap("masterObjectId"))
# ``de#~#{a}#~#en#~#{b}#~#``: one text in several languages.
_BETWEEN: Final = "#~#"
_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def insert_columns(draft: Draft, query: Node, insert: Insert) -> None:
    """Add the columns that a statement fills.

    Args:
        draft: Gets them.
        query: The element that the statement stands in.
        insert: The statement.
    """
    table = draft.scope.tables.of_statement(insert.table)
    if table.name != draft.table.name and not draft.table.is_called(insert.table):
        what = f"rows go into {draft.table.name}; {insert.table} is taken to be the same."
        draft.notes.assumed(query, what)
    for name, value in insert.values:
        if name.upper() == _ITS_OWN or value == Literal(None):
            continue
        try:
            draft.columns.extend(_columns(draft, query, name, value))
        except QueryError as fault:
            what = f"{name} in {shown(insert.table)}: {fault}; it is left out."
            draft.notes.open(query, what, "Write the column, if it is needed.")


def _columns(draft: Draft, query: Node, name: str, value: Operand) -> Iterator[Column]:
    """Yield the column that a value goes into, or one for each of its languages.

    Raises:
        QueryError: There is no such column, or the value is none that a column can have.
    """
    refers = isinstance(value, Select) or value in _MASTER
    known = draft.table.reference(name) if refers else draft.table.field(name)
    if known is None and value == Gap("GUID"):
        return
    if known is None:
        raise QueryError(f"{draft.table.name} has no column for it")
    if isinstance(value, Filled):
        for code, gap in _translations(value):
            column = _column(draft, query, known, gap)
            column.options["language"] = code
            yield column
    else:
        yield _column(draft, query, known, value)


def _column(draft: Draft, query: Node, known: Options, value: Operand) -> Column:
    nodes = [draft.scope.columns[gap] for gap in gaps(value) if gap in draft.scope.columns]
    node = nodes[0] if nodes else query
    column = Column({}, node, comments=node.told() if nodes else ())
    source = _source(draft, value, column.notes)
    if "type" in known or "language" in known:
        source.pop("type", None)
        source.pop("format", None)
    column.options = {**known, **source}
    return column


def _source(draft: Draft, value: Operand, notes: Notes) -> Options:
    scope = draft.scope
    if value in _MASTER:
        return scope.master_row()
    if isinstance(value, Select):
        return {**scope.row(value, scope.statement(value.source), notes), "required": True}
    return scope.value(value, notes)


def _translations(value: Filled) -> Iterator[tuple[str, Gap]]:
    """Yield the languages of a text with the gap of each."""
    for text, name in zip(value.parts[::2], value.parts[1::2], strict=False):
        code = text.removeprefix(_BETWEEN).removesuffix(_BETWEEN)
        if not _CODE.fullmatch(code) or not text.endswith(_BETWEEN):
            raise QueryError(f"{shown(''.join(value.parts))} is put together")
        yield code, Gap(name)
    if value.parts[-1] not in {"", _BETWEEN}:
        raise QueryError(f"{shown(''.join(value.parts))} is put together")
