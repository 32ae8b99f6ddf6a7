"""Rows of the files of one descriptor that have the same key, found on staging in one statement."""

from collections.abc import Sequence

from psycopg import Connection, sql

from impex.domain.group import OnDuplicate
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect
from impex.storage.statements import Load, Statements, listed

# Of rows with the same key. A file that is merged decides for those after it: where repeating a
# key is an error, the row of the earlier file stands.
_LEFT_OUT = {
    OnDuplicate.ERROR: sql.SQL("NOT (place = first[1] AND in_file = 1)"),
    OnDuplicate.FIRST: sql.SQL("position <> first"),
    OnDuplicate.LAST: sql.SQL("position <> last"),
}

# Whether keys are repeated, or two of them happen to have the same hash: sorting numbers, in
# parallel, takes half the time of grouping keys.
_SUSPECT = sql.SQL(
    "SELECT count(DISTINCT hash) < count(*) FROM "
    "(SELECT hash_record_extended(ROW({cells}), 0) AS hash FROM {keys} s ORDER BY hash) h"
)

_MESSAGE = sql.SQL(
    "CASE WHEN first[1] < last[1] THEN concat('the same key stands in ', "
    "(%(names)s::text[])[first[1]], ', line ', first[2], ', and in ', "
    "(%(names)s::text[])[last[1]], ', line ', last[2]) "
    "WHEN first[2] < last[2] THEN concat('the same key stands on lines ', first[2], ' to ', "
    "last[2]) ELSE concat('the same key stands several times on line ', first[2]) END"
)


def find(connection: Connection, loads: Sequence[Load]) -> dict[int, int]:
    """Leave the rows that do not count in the temporary table ``repeated``, each with an issue.

    Returns:
        The number of such rows by the id of their file; empty if no key is repeated, and then
        there may be no table.
    """
    keys = _keys(loads)
    cells = listed(sql.Identifier(cell) for cell in _key_cells(loads[0].statements))
    row = connection.execute(_SUSPECT.format(cells=cells, keys=keys)).fetchone()
    if row == (False,):
        return {}
    policy = loads[0].statements.descriptor.on_duplicate
    connection.execute(_repeated(keys, cells, policy))
    values = {
        "files": [load.file.id for load in loads],
        "names": [load.file.name for load in loads],
        "effect": _effect(policy).value,
        "code": Code.DUPLICATE_KEY.value,
        "limit": VALUE_LIMIT,
    }
    return dict(connection.execute(_told(loads[0].statements), values).fetchall())


def _effect(policy: OnDuplicate) -> Effect:
    return Effect.REJECTED if policy is OnDuplicate.ERROR else Effect.SKIPPED


def others(statements: Statements, place: int) -> sql.Composed:
    """Return the condition that a row of staging is not left out.

    Args:
        statements: Of the file.
        place: Of the file among those of the descriptor, from 1.
    """
    same = (
        sql.SQL(" AND r.{0} = s.{0}").format(sql.Identifier(column))
        for column in statements.identity
    )
    return sql.SQL("NOT EXISTS (SELECT FROM repeated r WHERE r.place = {}{})").format(
        place, sql.SQL("").join(same)
    )


def _keys(loads: Sequence[Load]) -> sql.Composed:
    """Return the staged keys of all files under the names that they have in the first."""
    names = _key_cells(loads[0].statements)
    files = [
        sql.SQL("SELECT {}, line, {} FROM {}").format(
            listed([sql.SQL("{} AS place").format(place), *_named(load.statements, names)]),
            sql.SQL("part") if load.statements.has_parts else sql.SQL("0::bigint AS part"),
            load.staging,
        )
        for place, load in enumerate(loads, 1)
    ]
    return sql.SQL("({})").format(sql.SQL(" UNION ALL ").join(files))


def _named(statements: Statements, names: Sequence[str]) -> list[sql.Composed]:
    return [
        sql.SQL("{} AS {}").format(sql.Identifier(cell), sql.Identifier(name))
        for cell, name in zip(_key_cells(statements), names, strict=True)
    ]


def _key_cells(statements: Statements) -> list[str]:
    return [cell for field in statements.keys for cell in field.cells]


def _repeated(keys: sql.Composed, cells: sql.Composed, policy: OnDuplicate) -> sql.Composed:
    """Collect the rows that do not count, with the first and last position of their key."""
    return sql.SQL(
        "CREATE TEMP TABLE repeated ON COMMIT DROP AS SELECT * FROM ("
        "SELECT s.*, position, min(position) OVER same AS first, max(position) OVER same AS last, "
        "count(*) OVER (PARTITION BY {cells}, place) AS in_file "
        "FROM {keys} s JOIN (SELECT {cells} FROM {keys} k GROUP BY {cells} HAVING count(*) > 1) g "
        "USING ({cells}) CROSS JOIN LATERAL (SELECT ARRAY[place, line, part]) p (position) "
        "WINDOW same AS (PARTITION BY {cells})) r WHERE {left_out}"
    ).format(keys=keys, cells=cells, left_out=_LEFT_OUT[policy])


def _told(statements: Statements) -> sql.Composed:
    """Write an issue for each such row and count them by file."""
    return sql.SQL(
        "WITH told AS (INSERT INTO impex.issue "
        "(file_id, effect, code, line, column_name, value, message, record_key) "
        "SELECT (%(files)s::bigint[])[place], %(effect)s, %(code)s, line, '', '', {message}, "
        "left({key}, %(limit)s) FROM repeated r ORDER BY position RETURNING file_id) "
        "SELECT file_id, count(*) FROM told GROUP BY file_id"
    ).format(message=_MESSAGE, key=statements.record_key("r"))
