"""References between rows of one file.

A new row that others of the file may refer to has its number set aside in the delta, as ``fresh``.
So one MERGE inserts parents and children, whatever their order.
"""

from collections.abc import Sequence

from psycopg import Connection, sql

from impex.domain.column import Lookup, OnMissing
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect
from impex.domain.report import Counts
from impex.storage.fields import Field, found, literal, missing_message, resolved, shown
from impex.storage.statements import Statements, all_of, any_of, listed

# Parents that were taken out of the delta, and all rows below them. The fence, OFFSET 0, keeps the
# index in use: a hash of the whole delta for each generation would be quadratic.
_ORPHANS = sql.SQL(
    "WITH RECURSIVE lost AS ({lost}), "
    "orphan AS (SELECT d.ctid AS row, d.fresh FROM delta d WHERE {below_lost} "
    "UNION SELECT c.row, c.fresh FROM orphan o CROSS JOIN LATERAL "
    "(SELECT c.ctid AS row, c.fresh FROM delta c WHERE {below_orphan} OFFSET 0) c), "
    "parent AS (SELECT number FROM lost "
    "UNION ALL SELECT fresh FROM orphan WHERE fresh IS NOT NULL), "
    "gone AS (DELETE FROM delta d USING orphan o WHERE d.ctid = o.row RETURNING d.*), "
    "judged AS (SELECT d.*, {below} FROM gone d {parents}), "
    "told AS (INSERT INTO impex.issue "
    "(file_id, effect, code, line, column_name, value, message, record_key) "
    "SELECT %(file)s, f.effect, %(code)s, d.line, f.column_name, left(f.value, %(limit)s), "
    "f.message, left({key}, %(limit)s) FROM judged d CROSS JOIN LATERAL (VALUES {reasons}) "
    "f (place, hit, effect, column_name, value, message) WHERE f.hit ORDER BY d.line, f.place) "
    "SELECT count(*) FILTER (WHERE {rejecting}), count(*) FROM judged d"
)

References = Sequence[tuple[Field, Lookup]]


def resolve_within(connection: Connection, statements: Statements) -> None:
    """Let rows of the delta refer to new rows of the same delta."""
    by_target = {field.to: field for field in statements.fields}
    for field, lookup in statements.self_lookups:
        codes = [sql.Identifier("d", cell) for cell in field.cells]
        wanted = [*codes, *(literal(text) for _, text in lookup.where)]
        names = (*lookup.by, *(name for name, _ in lookup.where))
        same = (
            sql.SQL("{} = {}").format(resolved(by_target[name], "p"), value)
            for name, value in zip(names, wanted, strict=True)
        )
        statement = sql.SQL(
            "UPDATE delta d SET {} = p.fresh FROM delta p "
            "WHERE {} IS NULL AND {} AND p.fresh IS NOT NULL"
        ).format(sql.Identifier(field.found), found(field, lookup, "d"), all_of(same))
        connection.execute(statement, {})


def take_out_orphans(connection: Connection, statements: Statements, file_id: int) -> Counts:
    """Take rows out whose parents were taken out, and their children in turn; count them.

    A reference that may be empty, or that creates what it misses, is only cut.
    """
    strict = [
        (field, lookup)
        for field, lookup in statements.self_lookups
        if lookup.on_missing in (OnMissing.REJECT, OnMissing.SKIP_ROW)
    ]
    counts = _delete_orphans(connection, statements, strict, file_id) if strict else Counts()
    for field, lookup in statements.self_lookups:
        if (field, lookup) not in strict:
            connection.execute(
                sql.SQL("UPDATE delta d SET {} = NULL WHERE {}").format(
                    sql.Identifier(field.found), _dangles(statements, field, lookup)
                ),
                {},
            )
    return counts


def _delete_orphans(
    connection: Connection, statements: Statements, strict: References, file_id: int
) -> Counts:
    for field, _ in strict:
        connection.execute(
            sql.SQL("CREATE INDEX ON delta ({})").format(sql.Identifier(field.found))
        )
    values = {"file": file_id, "code": Code.LOOKUP_MISSING.value, "limit": VALUE_LIMIT}
    row = connection.execute(_orphans(statements, strict), values).fetchone()
    rejected, gone = row or (0, 0)
    return Counts(rejected=rejected, skipped=gone - rejected)


def _orphans(statements: Statements, strict: References) -> sql.Composed:
    return _ORPHANS.format(
        lost=sql.SQL(" UNION ").join(_lost(statements, *reference) for reference in strict),
        below_lost=any_of(
            sql.SQL("{} IN (SELECT number FROM lost)").format(found(*reference, "d"))
            for reference in strict
        ),
        below_orphan=any_of(
            sql.SQL("{} = o.fresh").format(found(*reference, "c")) for reference in strict
        ),
        below=listed(
            sql.SQL("{}.number IS NOT NULL AS {}").format(_parent(field), _is_below(field))
            for field, _ in strict
        ),
        parents=sql.SQL(" ").join(
            sql.SQL("LEFT JOIN parent {0} ON {0}.number = {1}").format(
                _parent(field), found(field, lookup, "d")
            )
            for field, lookup in strict
        ),
        key=statements.record_key("d"),
        reasons=listed(_reason(place, *reference) for place, reference in enumerate(strict)),
        rejecting=any_of(
            _is_below(field) for field, lookup in strict if lookup.on_missing is OnMissing.REJECT
        ),
    )


def _lost(statements: Statements, field: Field, lookup: Lookup) -> sql.Composed:
    """Select the numbers of parents that were taken out."""
    return sql.SQL("SELECT {} AS number FROM delta d WHERE {}").format(
        found(field, lookup, "d"), _dangles(statements, field, lookup)
    )


def _dangles(statements: Statements, field: Field, lookup: Lookup) -> sql.Composed:
    """Return the condition that a reference is to a new row that is not in the delta any more."""
    return sql.SQL(
        "{reference} IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM delta p WHERE p.fresh = {reference}) "
        "AND NOT EXISTS (SELECT FROM {target} t WHERE {number} = {reference})"
    ).format(
        reference=found(field, lookup, "d"),
        target=statements.target_name,
        number=sql.Identifier("t", lookup.value),
    )


def _parent(field: Field) -> sql.Identifier:
    """Return the alias of the lost parents that the field may refer to."""
    return sql.Identifier(f"parent of {field.name}")


def _is_below(field: Field) -> sql.Identifier:
    """Return the column that tells whether the field refers to one of them."""
    return sql.Identifier(f"{field.name} is below")


def _reason(place: int, field: Field, lookup: Lookup) -> sql.Composed:
    """Return a row of VALUES: that the row a field refers to is not there."""
    effect = Effect.SKIPPED if lookup.on_missing is OnMissing.SKIP_ROW else Effect.REJECTED
    return sql.SQL("({}, {}, {}, {}, {}, {})").format(
        place,
        _is_below(field),
        literal(effect),
        literal(field.column.origin),
        shown(field, "d"),
        missing_message(field, lookup),
    )
