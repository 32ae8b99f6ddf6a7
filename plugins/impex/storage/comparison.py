"""Staging compared with the target: the delta holds the rows that may change something.

It is a temporary table and is made before anything is written: guards, policies and references
between its rows look at it, and the MERGE applies what is left.
"""

from collections.abc import Iterator

from psycopg import Connection, sql

from impex.domain.column import Lookup, OnMissing
from impex.domain.group import Mode
from impex.storage import scopes
from impex.storage.fields import Field, found, given
from impex.storage.statements import Load, Statements, all_of, any_of, listed


def make_delta(connection: Connection, load: Load, taken: sql.Composable | None) -> int:
    """Compare a staged file with the target; return the number of rows in the delta.

    Args:
        connection: In a transaction.
        load: The file.
        taken: Condition that a row of staging counts; None if all do.
    """
    statements = load.statements
    conditions = [c for c in (taken, _differs(statements)) if c is not None]
    where = sql.SQL(" WHERE {}").format(all_of(conditions)) if conditions else sql.SQL("")
    statement = sql.SQL(
        "CREATE TEMP TABLE delta ON COMMIT DROP AS SELECT {columns} FROM {stage} s {joins} "
        "LEFT JOIN {target} t ON {match}{where}"
    ).format(
        columns=listed(_columns(statements)),
        stage=load.staging,
        joins=statements.lookup_joins(statements.compared, "s"),
        target=statements.target_name,
        match=statements.match("s"),
        where=where,
    )
    return connection.execute(statement, {}).rowcount


def drop_unchanged(connection: Connection, statements: Statements) -> int:
    """Take rows out that are there for a reference and change nothing after all; count them."""
    open_ends = (
        sql.SQL("{} AND {} IS NULL").format(given(field, "d"), found(field, lookup, "d"))
        for field, lookup in statements.lookups
        if lookup.on_missing is OnMissing.CREATE
    )
    return connection.execute(
        sql.SQL("DELETE FROM delta d USING {} t WHERE {} AND NOT {}").format(
            statements.target_name,
            statements.match("d"),
            any_of([*statements.changes("d"), *open_ends]),
        ),
        {},
    ).rowcount


def _columns(statements: Statements) -> Iterator[sql.Composable]:
    yield sql.SQL("s.*")
    for field, lookup in statements.lookups:
        yield sql.SQL("{} AS {}").format(found(field, lookup, "s"), sql.Identifier(field.found))
    yield sql.SQL("{} IS NOT NULL AS known").format(_key_of_target(statements))
    for outside in _elsewhere(statements):
        yield sql.SQL("{} AS elsewhere").format(outside)
    if statements.judges_absence:
        yield sql.SQL("false AS absent")
    for _, lookup in statements.self_lookups[:1]:
        yield sql.SQL("CASE WHEN {} IS NULL THEN {} END AS fresh").format(
            _key_of_target(statements), statements.next_number(statements.target[lookup.value])
        )


def _differs(statements: Statements) -> sql.Composed | None:
    """Return the condition that a row belongs into the delta; None if every one does."""
    if statements.mode in (Mode.INSERT_ONLY, Mode.DELETE):
        return None
    unresolved = (
        sql.SQL("({} AND {} IS NULL)").format(given(field, "s"), found(field, lookup, "s"))
        for field, lookup in statements.lookups
        if _matters(statements, field, lookup)
    )
    is_new = sql.SQL("{} IS NULL").format(_key_of_target(statements))
    said = (condition for _, condition in scopes.said_outside(statements, "s"))
    return any_of([is_new, *statements.changes("s"), *unresolved, *said, *_elsewhere(statements)])


def _elsewhere(statements: Statements) -> Iterator[sql.Composed]:
    """Yield the condition that the target has a row, and outside of the group's scope."""
    for outside in scopes.held_outside(statements, "t"):
        yield sql.SQL("({} IS NOT NULL AND {})").format(_key_of_target(statements), outside)


def _matters(statements: Statements, field: Field, lookup: Lookup) -> bool:
    """Tell whether a row that exists needs a look where the lookup of a column finds nothing."""
    if lookup.on_missing is OnMissing.CREATE and field.column.insert_only:
        return False
    within = (field, lookup) in statements.self_lookups
    return within or lookup.on_missing is not OnMissing.NULL


def _key_of_target(statements: Statements) -> sql.Identifier:
    return sql.Identifier("t", statements.keys[0].to)
