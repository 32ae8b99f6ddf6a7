"""The delta applied: one MERGE that writes the target, the journal and the counts."""

from collections.abc import Iterator

from psycopg import Connection, errors, sql

from impex.domain.group import Mode, OnAbsent
from impex.domain.issues import MASK
from impex.domain.report import Counts
from impex.storage import scopes
from impex.storage.fields import Field, literal, new_value, resolved
from impex.storage.statements import Statements, any_of, listed

DELTA = sql.SQL("delta")

_NO_NUMBER_YET = "(new)"

_MERGE = sql.SQL(
    "WITH merged AS (MERGE INTO {target} t USING (SELECT d.* FROM {delta} d ORDER BY {order}) d "
    "ON {match} {actions} "
    "RETURNING merge_action() AS action, {absent} AS absent, d.line, {key} AS record_key, "
    "{changes} AS changes, {outside} AS outside), "
    "journal AS (INSERT INTO impex.change "
    "(file_id, table_name, record_key, line, action, changes) "
    "SELECT %(file)s, %(table)s, record_key, line, action, changes FROM merged) "
    "SELECT count(*) FILTER (WHERE action = 'INSERT'), "
    "count(*) FILTER (WHERE action = 'UPDATE' AND NOT absent), "
    "count(*) FILTER (WHERE action = 'DELETE' AND NOT absent), "
    "count(*) FILTER (WHERE absent), count(*) FILTER (WHERE outside) FROM merged"
)


def apply(
    connection: Connection, statements: Statements, file_id: int, delta: sql.Composable = DELTA
) -> Counts:
    """Apply rows of the delta and journal every change.

    Args:
        connection: In the transaction that has made the delta.
        statements: Of the file.
        file_id: Of the file.
        delta: The table, or a query in brackets, that holds the rows.

    Returns:
        Rows inserted, updated, deleted and absent, as the MERGE itself counted them.

    Raises:
        psycopg.Error: The table refuses rows, or a row is outside of the group's scope by now:
            another program has moved it since it was compared, or a trigger has changed it.
    """
    values = {"file": file_id, "table": str(statements.descriptor.table)}
    row = connection.execute(_merge(statements, delta), values).fetchone()
    inserted, updated, deleted, absent, outside = row or (0, 0, 0, 0, 0)
    if outside:
        own = f"the scope of the group, {statements.scope}"
        raise errors.IntegrityError(f"no row may be, or come, outside of {own}")
    return Counts(inserted=inserted, updated=updated, deleted=deleted, absent=absent)


def order(statements: Statements) -> sql.Composed:
    """Return the order in which rows are applied: as in the key's index, what disappears first."""
    keys = [resolved(field, "d") for field in statements.keys]
    return listed([sql.SQL("d.absent DESC"), *keys] if statements.judges_absence else keys)


def _merge(statements: Statements, delta: sql.Composable) -> sql.Composed:
    return _MERGE.format(
        target=statements.target_name,
        delta=delta,
        order=order(statements),
        match=statements.match("d"),
        actions=sql.SQL(" ").join(_actions(statements)),
        absent=sql.SQL("d.absent" if statements.judges_absence else "false"),
        key=statements.json_key("t"),
        changes=_changes(statements),
        outside=_outside(statements),
    )


def _actions(statements: Statements) -> Iterator[sql.Composable]:
    """Yield what happens to rows with and without a counterpart in the target."""
    feed = statements.descriptor.full_feed
    if feed.on_absent is OnAbsent.DELETE:
        yield sql.SQL("WHEN MATCHED AND d.absent THEN DELETE")
    elif feed.on_absent is OnAbsent.DEACTIVATE:
        inactive = (
            sql.SQL("{} = {}").format(sql.Identifier(name), literal(text))
            for name, text in feed.inactive
        )
        yield sql.SQL("WHEN MATCHED AND d.absent THEN UPDATE SET {}").format(listed(inactive))
    if statements.mode is Mode.DELETE:
        yield sql.SQL("WHEN MATCHED THEN DELETE")
        return
    if statements.mode is not Mode.INSERT_ONLY:
        yield _update(statements)
    if statements.mode is not Mode.UPDATE_ONLY:
        yield _insert(statements)


def _update(statements: Statements) -> sql.Composable:
    assignments = [
        sql.SQL("{} = {}").format(sql.Identifier(fields[0].to), new_value(fields, "d"))
        for fields in statements.written()
    ]
    if not assignments:
        return sql.SQL("WHEN MATCHED THEN DO NOTHING")
    return sql.SQL("WHEN MATCHED THEN UPDATE SET {}").format(listed(assignments))


def _insert(statements: Statements) -> sql.Composable:
    first = list(statements.first_values())
    numbered = statements.rehearsing or statements.self_lookups
    return sql.SQL("WHEN NOT MATCHED{} THEN INSERT ({}) {} VALUES ({})").format(
        sql.SQL(" AND NOT d.absent" if statements.judges_absence else ""),
        listed(sql.Identifier(name) for name, _ in first),
        sql.SQL("OVERRIDING SYSTEM VALUE" if numbered else ""),
        listed(value for _, value in first),
    )


def _outside(statements: Statements) -> sql.Composable:
    """Return the condition that a row was, or has come, outside of the group's scope."""
    old, new = (any_of(scopes.held_outside(statements, alias)) for alias in ("old", "new"))
    return sql.SQL(
        "CASE merge_action() WHEN 'INSERT' THEN {new} WHEN 'DELETE' THEN {old} "
        "ELSE {old} OR {new} END"
    ).format(old=old, new=new)


def _changes(statements: Statements) -> sql.Composable:
    """Return ``{column: [before, after]}`` of what an update changed, or of all that was deleted."""
    return sql.SQL(
        "CASE merge_action() WHEN 'UPDATE' THEN {} WHEN 'DELETE' THEN {} ELSE '{{}}' END"
    ).format(_updated(statements), _deleted(statements))


def _updated(statements: Statements) -> sql.Composable:
    names = {fields[0].to: fields for fields in statements.written()}
    for name, _ in statements.descriptor.full_feed.inactive:
        names.setdefault(name, [])
    parts = [
        sql.SQL(
            "{name}: CASE WHEN {old} IS DISTINCT FROM {new} "
            "THEN jsonb_build_array({before}, {after}) END"
        ).format(
            old=sql.Identifier("old", name),
            new=sql.Identifier("new", name),
            name=literal(name),
            before=_told(sql.Identifier("old", name), fields),
            after=_after(statements, name, fields),
        )
        for name, fields in names.items()
    ]
    if not parts:
        return sql.SQL("'{}'::jsonb")
    return sql.SQL("JSON_OBJECT({} ABSENT ON NULL RETURNING jsonb)").format(listed(parts))


def _deleted(statements: Statements) -> sql.Composable:
    pairs = (
        sql.SQL("{}: jsonb_build_array({}, NULL)").format(
            literal(fields[0].to), _told(sql.Identifier("old", fields[0].to), fields)
        )
        for fields in statements.by_target()
    )
    return sql.SQL("JSON_OBJECT({} RETURNING jsonb)").format(listed(pairs))


def _after(statements: Statements, name: str, fields: list[Field]) -> sql.Composable:
    """Return a value for the journal; a row that a rehearsal has made has no number yet."""
    value = _told(sql.Identifier("new", name), fields)
    lookup = fields[0].column.lookup if fields else None
    numbers = lookup and statements.rehearsal_of(statements.tables[lookup.table][lookup.value])
    if not numbers:
        return value
    return sql.SQL(
        "CASE WHEN {} >= pg_sequence_last_value({}) THEN to_jsonb({}::text) ELSE to_jsonb({}) END"
    ).format(sql.Identifier("new", name), literal(numbers), literal(_NO_NUMBER_YET), value)


def _told(value: sql.Composable, fields: list[Field]) -> sql.Composable:
    """Return a value for the journal, which keeps nothing personal."""
    if not any(field.column.pii for field in fields):
        return value
    return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(value, literal(MASK))
