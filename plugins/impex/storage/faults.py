"""What keeps rows of the delta out of the target: all reasons of a row, found in one statement."""

from collections.abc import Iterator
from typing import NamedTuple

from psycopg import Connection, sql

from impex.domain.column import Lookup, OnEmpty, OnMissing
from impex.domain.group import Mode
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect
from impex.domain.report import Counts
from impex.storage import scopes
from impex.storage.fields import (
    Field,
    complete,
    empty,
    found,
    given,
    literal,
    missing_message,
    shown,
)
from impex.storage.statements import Statements, any_of, listed

_NOTHING = sql.SQL("''")


class _Fault(NamedTuple):
    """One reason; conditions and texts are SQL over the delta."""

    hit: sql.Composable
    code: Code
    column: str
    value: sql.Composable
    message: sql.Composable
    effect: Effect = Effect.REJECTED


def take_out(connection: Connection, statements: Statements, file_id: int) -> Counts:
    """Take rows that cannot be applied out of the delta, with all their issues; count them."""
    faults = _faults(statements)
    if not faults:
        return Counts()
    statement = sql.SQL(
        "WITH gone AS (DELETE FROM delta d WHERE {any} RETURNING d.*), "
        "told AS (INSERT INTO impex.issue "
        "(file_id, effect, code, line, column_name, value, message, record_key) "
        "SELECT %(file)s, f.effect, f.code, d.line, f.column_name, left(f.value, %(limit)s), "
        "f.message, left({key}, %(limit)s) FROM gone d CROSS JOIN LATERAL (VALUES {faults}) "
        "f (place, hit, effect, code, column_name, value, message) WHERE f.hit "
        "ORDER BY d.line, f.place) "
        "SELECT count(*) FILTER (WHERE {rejecting}), count(*) FROM gone d"
    ).format(
        any=any_of(fault.hit for fault in faults),
        key=statements.record_key("d"),
        faults=listed(_row(place, fault) for place, fault in enumerate(faults)),
        rejecting=any_of(f.hit for f in faults if f.effect is Effect.REJECTED),
    )
    row = connection.execute(statement, {"file": file_id, "limit": VALUE_LIMIT}).fetchone()
    rejected, gone = row or (0, 0)
    return Counts(rejected=rejected, skipped=gone - rejected)


def _faults(statements: Statements) -> list[_Fault]:
    """Return all reasons.

    What else is wrong with a row that is none of the group's, or is left out on purpose, is
    nobody's concern.
    """
    faults: list[_Fault] = []
    before: list[sql.Composable] = []
    for kind in (*_outside(statements), [*_left_out(statements)], [*_wrong(statements)]):
        aside = any_of(before)
        faults += [f._replace(hit=sql.SQL("NOT {} AND {}").format(aside, f.hit)) for f in kind]
        before += [fault.hit for fault in kind]
    return faults


def _outside(statements: Statements) -> Iterator[list[_Fault]]:
    """Yield why a row is outside of the group's scope; the first reason that holds is enough."""
    scope, table = statements.scope, statements.descriptor.table
    if scope is None:
        return
    code, own = Code.OUTSIDE_SCOPE, f"the scope of the group, {scope}"
    for field, hit in scopes.said_outside(statements, "d"):
        text = literal(f"the row is outside of {own}")
        yield [_Fault(hit, code, field.column.origin, shown(field, "d"), text)]
    text = literal(f"{table} has a row with this key, which is outside of {own}")
    yield [_Fault(sql.SQL("d.elsewhere"), code, scope.column, _NOTHING, text)]
    text = literal(f"without a value of {scope.column} the row would be outside of {own}")
    yield [
        _Fault(hit, code, scope.column, _NOTHING, text) for hit in scopes.left_outside(statements)
    ]


def _left_out(statements: Statements) -> Iterator[_Fault]:
    """Yield why a mode leaves rows out."""
    table, mode = statements.descriptor.table, statements.mode
    known = sql.SQL("d.known")
    if mode is Mode.INSERT_ONLY:
        text = literal(f"{table} has the row already, and mode {mode} leaves it as it is")
        yield _Fault(known, Code.ROW_EXISTS, "", _NOTHING, text, Effect.SKIPPED)
    elif mode in (Mode.UPDATE_ONLY, Mode.DELETE):
        text = literal(f"{table} has no such row, and mode {mode} makes none")
        unknown = sql.SQL("NOT {}").format(known)
        yield _Fault(unknown, Code.ROW_UNKNOWN, "", _NOTHING, text, Effect.SKIPPED)


def _wrong(statements: Statements) -> Iterator[_Fault]:
    """Yield what may be wrong with rows that are to be written."""
    if statements.mode is Mode.DELETE:
        return
    for field, lookup in statements.lookups:
        yield from _unresolved(field, lookup)
    if statements.mode.inserts:
        yield from _empty_in_new_rows(statements)
    if statements.mode.updates:
        yield from _emptied(statements)


def _unresolved(field: Field, lookup: Lookup) -> Iterator[_Fault]:
    """Yield that a code is not in the table it is looked up in."""
    if lookup.on_missing is OnMissing.NULL:
        return
    hit = sql.SQL("({} AND {} IS NULL)").format(given(field, "d"), found(field, lookup, "d"))
    if lookup.on_missing is OnMissing.CREATE:
        # A row with half a code cannot be created.
        hit = sql.SQL("({} AND NOT ({}))").format(hit, complete(field, "d"))
    skips = lookup.on_missing is OnMissing.SKIP_ROW
    yield _Fault(
        hit,
        Code.LOOKUP_MISSING,
        field.column.origin,
        shown(field, "d"),
        missing_message(field, lookup),
        Effect.SKIPPED if skips else Effect.REJECTED,
    )


def _empty_in_new_rows(statements: Statements) -> Iterator[_Fault]:
    """Yield where a new row would be empty and the table needs a value."""
    inserted = {fields[0].to: fields[0] for fields in statements.inserted()}
    table = statements.descriptor.table
    for real in statements.target.values():
        field = inserted.get(real.name)
        if field is None and real.needs_value:
            text = literal(f"the file has no column for {real.name}, which {table} needs")
            yield _Fault(_for_known(known=False), Code.EMPTY_VALUE, real.name, _NOTHING, text)
        elif field and not real.nullable and not field.column.language:
            defaulted = field.column.on_empty is OnEmpty.KEEP and not real.needs_value
            yield from _empty(statements, field, known=False, cell=not defaulted)


def _emptied(statements: Statements) -> Iterator[_Fault]:
    """Yield where a row that exists would be emptied and the table needs a value."""
    for fields in statements.written():
        field = fields[0]
        if not field.real.nullable and not field.column.language:
            clears = field.column.on_empty is OnEmpty.CLEAR
            yield from _empty(statements, field, known=True, cell=clears)


def _empty(statements: Statements, field: Field, *, known: bool, cell: bool) -> Iterator[_Fault]:
    """Yield that a column would become null.

    Args:
        statements: Of the descriptor.
        field: Of the column.
        known: For rows that exist, or for new ones.
        cell: Whether an empty cell makes it null.
    """
    rows, lookup = _for_known(known=known), field.column.lookup
    needs = f"{statements.descriptor.table}.{field.to} must not be empty"
    if cell and not field.always_filled:
        hit = sql.SQL("({} AND {})").format(rows, empty(field, "d"))
        text: sql.Composable = literal(f"{field.column.origin} is empty, but {needs}")
        yield _Fault(hit, Code.EMPTY_VALUE, field.column.origin, _NOTHING, text)
    if lookup and lookup.on_missing is OnMissing.NULL:
        hit = sql.SQL("({} AND {} AND {} IS NULL)").format(
            rows, given(field, "d"), found(field, lookup, "d")
        )
        text = sql.SQL("concat({}, {})").format(
            missing_message(field, lookup), literal(f", but {needs}")
        )
        yield _Fault(hit, Code.EMPTY_VALUE, field.column.origin, shown(field, "d"), text)


def _for_known(*, known: bool) -> sql.SQL:
    return sql.SQL("d.known") if known else sql.SQL("NOT d.known")


def _row(place: int, fault: _Fault) -> sql.Composed:
    """Return a fault as a row of VALUES."""
    texts = (literal(fault.effect), literal(fault.code), literal(fault.column))
    return sql.SQL("({}, {}, {}, {}, {})").format(
        place, fault.hit, listed(texts), fault.value, fault.message
    )
