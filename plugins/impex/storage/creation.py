"""Rows that a lookup creates for codes that its table does not have."""

from collections.abc import Iterator

from psycopg import Connection, sql

from impex.domain.column import Lookup, OnMissing
from impex.domain.errors import DataError
from impex.domain.issues import MASK
from impex.storage.fields import Field, complete, found, given, literal, shown
from impex.storage.statements import Statements, all_of, listed, table_name

_CREATE = sql.SQL(
    "WITH wanted AS (SELECT {cells}, min(line) AS line FROM delta d "
    "WHERE {complete} AND {found} IS NULL GROUP BY {cells}), "
    "created AS (INSERT INTO {table} ({columns}) {overriding} SELECT {values} FROM wanted "
    "ORDER BY {cells} ON CONFLICT DO NOTHING RETURNING {codes}), "
    "journal AS (INSERT INTO impex.change "
    "(file_id, table_name, record_key, line, action, changes) "
    "SELECT %(file)s, %(table)s, jsonb_build_object({key}), w.line, 'INSERT', '{{}}' "
    "FROM created n JOIN wanted w ON {same} ORDER BY w.line) "
    "SELECT (SELECT count(*) FROM wanted), (SELECT count(*) FROM created)"
)


def create_missing(connection: Connection, statements: Statements, file_id: int) -> list[str]:
    """Create the rows that lookups may create, with their codes only, and journal them.

    Returns:
        What there is to say about it, in sentences.

    Raises:
        DataError: A table has no row with a code even now, because of a rule of its own.
    """
    notes = []
    for field, lookup in statements.lookups:
        if lookup.on_missing is not OnMissing.CREATE:
            continue
        values = {"file": file_id, "table": str(lookup.table)}
        row = connection.execute(_create(statements, field, lookup), values).fetchone()
        wanted, created = row or (0, 0)
        if wanted:
            _find(connection, statements, field, lookup)
        if created:
            notes.append(f"rows of {lookup.table} created for {field.column.origin}: {created:,}")
    return notes


def _create(statements: Statements, field: Field, lookup: Lookup) -> sql.Composed:
    """Insert the codes that the delta misses, in their order; count the missing and the created."""
    cells = listed(sql.Identifier(cell) for cell in field.cells)
    given_names = {*lookup.by, *(name for name, _ in lookup.where)}
    numbered = list(statements.rehearsed(statements.tables[lookup.table], given_names))
    fixed = [*((name, literal(text)) for name, text in lookup.where), *numbered]
    codes = [sql.Identifier(name) for name in lookup.by]
    return _CREATE.format(
        cells=cells,
        complete=complete(field, "d"),
        found=found(field, lookup, "d"),
        table=table_name(lookup.table),
        columns=listed([*codes, *(sql.Identifier(name) for name, _ in fixed)]),
        overriding=sql.SQL("OVERRIDING SYSTEM VALUE" if numbered else ""),
        values=listed([cells, *(value for _, value in fixed)]),
        codes=listed(codes),
        key=listed(_key(field, lookup)),
        same=all_of(
            sql.SQL("{} = {}").format(sql.Identifier("n", name), sql.Identifier("w", cell))
            for name, cell in zip(lookup.by, field.cells, strict=True)
        ),
    )


def _key(field: Field, lookup: Lookup) -> Iterator[sql.Composable]:
    """Yield names and values of a new row for the journal."""
    for name, cell in zip(lookup.by, field.cells, strict=True):
        value = literal(MASK) if field.column.pii else sql.Identifier("w", cell)
        yield sql.SQL("{}, {}").format(literal(name), value)
    for name, text in lookup.where:
        yield sql.SQL("{}, {}").format(literal(name), literal(text))


def _find(connection: Connection, statements: Statements, field: Field, lookup: Lookup) -> None:
    """Let the delta refer to the rows that are there now."""
    connection.execute(
        sql.SQL("UPDATE delta d SET {} = {} FROM {} l WHERE {} IS NULL AND {}").format(
            sql.Identifier(field.found),
            sql.Identifier("l", lookup.value),
            table_name(lookup.table),
            found(field, lookup, "d"),
            statements.finds(field, lookup, "l", "d"),
        ),
        {},
    )
    missing = connection.execute(
        sql.SQL("SELECT {} FROM delta d WHERE {} AND {} IS NULL ORDER BY line LIMIT 1").format(
            shown(field, "d"), given(field, "d"), found(field, lookup, "d")
        ),
        {},
    ).fetchone()
    if missing:
        raise DataError(
            f"{lookup.table} takes no row for '{missing[0]}' of {field.column.origin}: a rule of "
            "that table finds it equal to a row with another code"
        )
