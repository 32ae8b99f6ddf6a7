"""Which rows are inside a scope: that of a group, or that of a full feed.

A scope names columns of the target and what they hold. A column that the descriptor looks up is
given by its code, as in the file; any other by its own value.
"""

from collections.abc import Iterable, Iterator, Sequence

from psycopg import sql

from impex.domain.column import Column
from impex.storage.fields import Field, given, literal, resolved, told
from impex.storage.statements import Statements, all_of, constants, table_name

_DIFFERS = sql.SQL("({} AND {} IS DISTINCT FROM {})")


def inside(
    settings: Iterable[tuple[str, str]], columns: Sequence[Column], alias: str
) -> Iterator[sql.Composed]:
    """Yield the conditions that a row of the target is inside: all hold, and none is null.

    Args:
        settings: Columns of the target and what they hold, such as ``[scope.setting]``.
        columns: All columns of the descriptor; those of the scope may be missing.
        alias: Of the target, in a statement that is executed with parameters.
    """
    for name, text in settings:
        meant = _meant(name, text, columns)
        yield sql.SQL("{} = {}").format(sql.Identifier(alias, name), meant)


def held_outside(statements: Statements, alias: str) -> Iterator[sql.Composed]:
    """Yield the condition that a row of the target is outside of the group's scope, if it has one."""
    for setting in statements.settings:
        for condition in inside([setting], statements.columns, alias):
            yield sql.SQL("({}) IS NOT TRUE").format(condition)


def said_outside(statements: Statements, source: str) -> Iterator[tuple[Field, sql.Composed]]:
    """Yield the field that names the scope of a row, with the condition that it is another one."""
    for name, text in statements.settings:
        field = _field(statements, name)
        if field:
            meant = _meant(name, text, statements.columns)
            cell = resolved(field, source)
            yield field, _DIFFERS.format(given(field, source), cell, meant)


def left_outside(statements: Statements) -> Iterator[sql.Composed]:
    """Yield the conditions that a row of the delta names no scope and so would be outside."""
    for name, text in statements.settings:
        field, meant = _field(statements, name), _meant(name, text, statements.columns)
        if statements.mode.inserts:
            value = statements.default(statements.target[name]) or sql.SQL("NULL")
            value = told(field, "d", value) if field else value
            yield _DIFFERS.format(sql.SQL("NOT d.known"), value, meant)
        if field and statements.mode.updates and [field] in statements.written():
            yield _DIFFERS.format(sql.SQL("d.known"), told(field, "d", meant), meant)


def _field(statements: Statements, name: str) -> Field | None:
    return next((field for field in statements.fields if field.to == name), None)


def _meant(name: str, text: str, columns: Sequence[Column]) -> sql.Composable:
    """Return the value that the text of a scope stands for; null if a lookup does not find it."""
    lookup = next((column.lookup for column in columns if column.to == name), None)
    if lookup is None:
        return literal(text)
    code = [(lookup.by[0], text), *lookup.where]
    return sql.SQL("(SELECT {} FROM {} l WHERE {})").format(
        sql.Identifier("l", lookup.value), table_name(lookup.table), all_of(constants(code, "l"))
    )
