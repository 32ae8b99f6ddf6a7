"""Rows of the target that no file of a full feed has: found, limited, and put into a delta."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from impex.domain.column import ColumnType
from impex.domain.errors import FileFaultError
from impex.domain.group import OnAbsent
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect, Issue
from impex.domain.policy import Limit
from impex.storage import scopes
from impex.storage.fields import Field, literal, resolved
from impex.storage.statements import (
    Load,
    Statements,
    all_of,
    any_of,
    listed,
    table_name,
)

_BUILT_IN = "pg_catalog"


@dataclass(frozen=True, slots=True)
class Absence:
    """What the files say about the rows that they do not have.

    Attributes:
        rows: In the temporary table ``absent``.
        note: Why nothing counts as absent; empty if nothing hinders that.
    """

    rows: int = 0
    note: str = ""


def find(connection: Connection, loads: Sequence[Load], unread: Sequence[str]) -> Absence:
    """Look for rows of the scope that no file has, before anything is changed.

    Args:
        connection: In a transaction.
        loads: All staged files of the descriptor.
        unread: Names of its files that are not staged.

    Raises:
        FileFaultError: There are more than ``max_absent`` allows.
    """
    statements = loads[0].statements
    if not statements.judges_absence:
        return Absence()
    descriptor = statements.descriptor
    unknown = _unknown(connection, loads, unread)
    if unknown:
        return Absence(note=f"no row of {descriptor.table} counts as absent, because {unknown}")
    rows = connection.execute(_absent(loads), _values(loads)).rowcount
    if rows:
        _guard(connection, statements, rows)
    return Absence(rows)


def add_to_delta(connection: Connection, statements: Statements) -> None:
    """Let the MERGE of a file delete or deactivate the rows that were found."""
    cells = [sql.Identifier(_key_cell(field)) for field in statements.keys]
    columns = [sql.Identifier(field.to) for field in statements.keys]
    connection.execute(
        sql.SQL(
            "INSERT INTO delta (line, {}, known, absent) SELECT 0, {}, true, true FROM absent"
        ).format(listed(cells), listed(columns)),
        {},
    )


def _key_cell(field: Field) -> str:
    """Return the column of the delta that is compared with the key column of the target."""
    return field.found if field.column.lookup else field.name


def _unknown(connection: Connection, loads: Sequence[Load], unread: Sequence[str]) -> str:
    """Say why it is not known which rows the files have; empty if it is."""
    if unread:
        return f"{', '.join(unread)} could not be read"
    rejected = sum(load.file.rows_rejected for load in loads)
    if rejected == 0:
        return ""
    if _keys_stand_as_they_are(loads[0].statements):
        row = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT file_id, line FROM impex.issue "
            "WHERE file_id = ANY(%s) AND effect = 'rejected' AND line > 0 "
            "AND record_key <> '' AND record_key !~ '=(,|$)') known",
            [[load.file.id for load in loads]],
        ).fetchone()
        if row == (rejected,):
            return ""
    return f"the keys of rejected rows ({rejected:,}) are not known for sure"


def _keys_stand_as_they_are(statements: Statements) -> bool:
    """Tell whether the keys of rejected rows can be read off their issues."""
    if statements.descriptor.transform or statements.has_parts:
        return False
    return all(_stands_as_it_is(statements, field) for field in statements.keys)


def _stands_as_it_is(statements: Statements, field: Field) -> bool:
    """Tell whether what is compared with the table is the text of the cell itself."""
    column, real = field.column, field.real
    if column.lookup:
        real = statements.tables[column.lookup.table][column.lookup.by[0]]
    # Only collations that somebody has made may find different texts equal.
    exact = real.type != "citext" and real.collation is not None and real.collation[0] == _BUILT_IN
    changed = column.trim or column.regex or column.transform or column.pii
    own = column.type is ColumnType.TEXT and field.name.removeprefix("c").isdigit()
    return exact and own and not changed and len(column.sources) <= 1


def _values(loads: Sequence[Load]) -> dict[str, object]:
    return {
        "files": [load.file.id for load in loads],
        "limit": VALUE_LIMIT,
        "effect": Effect.REJECTED.value,
    }


def _absent(loads: Sequence[Load]) -> sql.Composed:
    """Collect the keys of those rows."""
    statements = loads[0].statements
    conditions = [*_spoken_for(statements), *_still_active(statements)]
    conditions.append(_in_no_file(loads))
    if any(load.file.rows_rejected for load in loads):
        conditions.append(_not_rejected(statements))
    keys = listed(sql.Identifier("t", field.to) for field in statements.keys)
    return sql.SQL(
        "CREATE TEMP TABLE absent ON COMMIT DROP AS SELECT {} FROM {} t WHERE {}"
    ).format(keys, statements.target_name, all_of(conditions))


def _spoken_for(statements: Statements) -> Iterator[sql.Composed]:
    """Yield the conditions under which the files speak for a row."""
    settings = statements.descriptor.full_feed.within(statements.scope)
    return scopes.inside(settings, statements.columns, "t")


def _still_active(statements: Statements) -> Iterator[sql.Composed]:
    """Yield the condition that a row is not deactivated already."""
    feed = statements.descriptor.full_feed
    if feed.on_absent is OnAbsent.DEACTIVATE:
        yield any_of(
            sql.SQL("{} IS DISTINCT FROM {}").format(sql.Identifier("t", name), literal(text))
            for name, text in feed.inactive
        )


def _in_no_file(loads: Sequence[Load]) -> sql.Composed:
    """Return the condition that no file has the row, not even among its bad rows."""
    keys = [field.to for field in loads[0].statements.keys]
    same = (
        sql.SQL("{} = {}").format(sql.Identifier("t", name), sql.Identifier("p", name))
        for name in keys
    )
    files = sql.SQL(" UNION ALL ").join(_present(load) for load in loads)
    return sql.SQL("NOT EXISTS (SELECT FROM ({}) p WHERE {})").format(files, all_of(same))


def _present(load: Load) -> sql.Composed:
    """Select the keys of a file as they stand in the target."""
    statements = load.statements
    keys = (
        sql.SQL("{} AS {}").format(resolved(field, "s"), sql.Identifier(field.to))
        for field in statements.keys
    )
    return sql.SQL("SELECT {} FROM {} s {}").format(
        listed(keys), load.staging, statements.lookup_joins(statements.keys, "s")
    )


def _not_rejected(statements: Statements) -> sql.Composed:
    """Return the condition that no row with this key was rejected while the files were read."""
    pairs = [
        sql.SQL("{} || {}").format(literal(f"{field.to}="), _code(field))
        for field in statements.keys_in_the_file
    ]
    return sql.SQL(
        "left(concat_ws(', ', {}), %(limit)s) NOT IN (SELECT record_key FROM impex.issue "
        "WHERE file_id = ANY(%(files)s) AND effect = %(effect)s AND record_key <> '')"
    ).format(listed(pairs))


def _code(field: Field) -> sql.Composable:
    """Return what the file has for a key column of the target."""
    column, lookup = sql.Identifier("t", field.to), field.column.lookup
    if lookup is None:
        return column
    return sql.SQL("(SELECT {} FROM {} l WHERE {} = {})").format(
        sql.Identifier("l", lookup.by[0]),
        table_name(lookup.table),
        sql.Identifier("l", lookup.value),
        column,
    )


def _guard(connection: Connection, statements: Statements, rows: int) -> None:
    """Refuse to go on if too many rows are absent."""
    feed = statements.descriptor.full_feed
    scope = [*_spoken_for(statements), sql.SQL("true")]
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {} t WHERE {}").format(statements.target_name, all_of(scope)),
        {},
    ).fetchone()
    of = row[0] if row else 0
    if not feed.max_absent.allows(rows, of):
        table = statements.descriptor.table
        settings = feed.within(statements.scope)
        within = ", ".join(f"{name} {text}" for name, text in settings)
        raise FileFaultError(
            Issue(
                Code.TOO_MANY_ABSENT,
                message=f"{rows:,} of {of:,} rows of {table}{f' ({within})' if within else ''} "
                f"are not in the file; max_absent allows {_allowed(feed.max_absent)}. "
                "Nothing was changed",
            )
        )


def _allowed(limit: Limit) -> str:
    if limit.share is not None:
        return f"{limit.share:.6%}".rstrip("%").rstrip("0").rstrip(".") + " %"
    return f"{limit.count:,}"
