"""The rows of an export as COPY gives them: one message for each row of the file.

Text files come as PostgreSQL's CSV, made as the layout says. Documents and JSON come as one text for
each record, in the binary format, which escapes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from impex.domain.column import Column
from impex.domain.export import Export, Quoting
from impex.domain.formulas import ESCAPED, FORMULA
from impex.domain.issue_codes import Code
from impex.domain.issues import MASK, VALUE_LIMIT, Issue
from impex.domain.layout import Audience, Escape, Layout
from impex.storage.selection import Selection
from impex.storage.statements import listed
from impex.storage.written import Unwritable, Written

_HEADER_BYTES = 19
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
# Of a row with one field: the number of fields and the length of the field.
_BEFORE_FIELD = 6
_MOST_ISSUES = 10_000
# With a limit, PostgreSQL composes the items of a row when it has sorted it, and not before: it sorts
# less, and the first row comes sooner, see make_sort_input_target in its planner.
_ALL = sql.SQL("LIMIT 9223372036854775807")


@dataclass(frozen=True, slots=True)
class Published:
    """Where is kept how rows were published last."""

    group: str
    export: str


def header(selection: Selection) -> list[str]:
    """Return the names of the fields of a text file, in their order."""
    return [str(cell.source) for cell in placed(selection.fields)]


def placed(fields: Sequence[Written]) -> Sequence[Written]:
    """Return the fields in the order of the file: by their numbers where they have them."""
    numbers = {cell.source: cell for cell in fields if isinstance(cell.source, int)}
    if not numbers:
        return fields
    nothing = sql.SQL("NULL::text")
    return [
        numbers.get(n) or Written(n, fields[0].column, nothing, nothing)
        for n in range(1, max(numbers) + 1)
    ]


def text_items(selection: Selection, audience: Audience) -> list[sql.Composable]:
    """Return what the fields of a text file are.

    Where rows may be faulty, the first field is another one: true in those, else null.
    """
    cells = [_escaped(cell, selection.export, audience) for cell in placed(selection.fields)]
    if selection.may_be_faulty:
        cells.insert(0, sql.SQL("CASE WHEN {} THEN true END").format(selection.faulty))
    return cells


def whole(selection: Selection, record: sql.Composable) -> list[sql.Composable]:
    """Return a record as the only field: null where the file cannot hold it."""
    if not selection.may_be_faulty:
        return [record]
    return [sql.SQL("CASE WHEN NOT {} THEN {} END").format(selection.faulty, record)]


def rows(
    selection: Selection, items: Sequence[sql.Composable], published: Published | None = None
) -> sql.Composed:
    """Select the items, named ``f0`` and so on, in the order of the file.

    Args:
        selection: Which rows.
        items: Of each.
        published: Rows that were published so are left out.
    """
    names = [sql.Identifier(f"f{n}") for n in range(len(items))]
    named = [sql.SQL("{} AS {}").format(i, n) for i, n in zip(items, names, strict=True)]
    order = selection.order
    if published is None:
        ordering = sql.SQL(" ORDER BY {} {}").format(listed(order), _ALL) if order else sql.SQL("")
        return sql.SQL("{}{}").format(selection.rows(named), ordering)
    places = [sql.Identifier(f"o{n}") for n in range(len(order))]
    named += [sql.SQL("{} AS {}").format(o, n) for o, n in zip(order, places, strict=True)]
    return sql.SQL(
        "SELECT {names} FROM ({rows}) s WHERE NOT EXISTS (SELECT FROM impex.published_row p "
        "WHERE p.group_name = {group} AND p.export = {export} AND p.row_key = {key} "
        "AND p.row_hash = {hash}) ORDER BY {places}"
    ).format(
        names=listed(names),
        rows=selection.rows([*named, *_keys(selection)]),
        group=sql.Literal(published.group),
        export=sql.Literal(published.export),
        key=_key_hash(selection),
        hash=_hash(names),
        places=listed([*places, sql.SQL("s.k0")]),
    )


def hashes(
    selection: Selection, items: Sequence[sql.Composable], published: Published
) -> sql.Composed:
    """Select key and content of each row that the file can hold, and what was published, as hashes."""
    names = [sql.Identifier(f"f{n}") for n in range(len(items))]
    named = [sql.SQL("{} AS {}").format(i, n) for i, n in zip(items, names, strict=True)]
    faulty = sql.SQL("{} AS faulty").format(selection.faulty)
    rows = sql.SQL("SELECT {} AS row_key, {} AS row_hash FROM ({}) s WHERE NOT faulty").format(
        _key_hash(selection),
        _hash(names),
        selection.rows([*named, *_keys(selection), faulty]),
    )
    return sql.SQL(
        "SELECT n.*, p.row_hash AS before FROM ({}) n LEFT JOIN impex.published_row p "
        "ON p.group_name = {} AND p.export = {} AND p.row_key = n.row_key"
    ).format(rows, sql.Literal(published.group), sql.Literal(published.export))


def copy_text(select: sql.Composable, layout: Layout, quoted: Sequence[int] = ()) -> sql.Composed:
    """Return the statement that writes rows of ``text_items`` as text.

    Args:
        select: The rows.
        layout: Its marks count.
        quoted: Numbers of the items that always stand in quotes, counted from 0.
    """
    options = [
        sql.SQL("FORMAT csv"),
        sql.SQL("DELIMITER {}").format(sql.Literal(layout.delimiter)),
        sql.SQL("QUOTE {}").format(sql.Literal(layout.quote)),
    ]
    escape = layout.quote if layout.escape is Escape.DOUBLED else "\\"
    options.append(sql.SQL("ESCAPE {}").format(sql.Literal(escape)))
    if quoted:
        names = listed(sql.Identifier(f"f{n}") for n in quoted)
        options.append(sql.SQL("FORCE_QUOTE ({})").format(names))
    return sql.SQL("COPY ({}) TO STDOUT ({})").format(select, listed(options))


def always_quoted(selection: Selection, layout: Layout, quoting: Quoting) -> list[int]:
    """Return the numbers of the items that stand in quotes whatever is in them."""
    first = 1 if selection.may_be_faulty else 0
    cells = list(enumerate(placed(selection.fields), first))
    if quoting is Quoting.ALL:
        return [number for number, _ in cells]
    texts = [number for number, cell in cells if cell.is_text]
    if quoting is Quoting.TEXT:
        return texts
    # A line that begins as a comment does is none if that stands in quotes.
    return [first] if layout.comment else []


def copied(connection: Connection, statement: sql.Composed) -> Iterator[bytes]:
    """Yield the messages of a COPY, a row each."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield from map(bytes, copy)


def copied_records(connection: Connection, select: sql.Composable) -> Iterator[bytes | None]:
    """Yield the only field of each row; None where it is null."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select)
    messages = copied(connection, statement)
    for message in _without_header(messages):
        if message[:2] == _TRAILER:
            return
        yield None if message[2:] == _NULL else message[_BEFORE_FIELD:]


def newest(connection: Connection, selection: Selection) -> str | None:
    """Return the newest value of the watermark column that has been written by now; None without."""
    name = selection.export.increment.watermark
    if name is None:
        return None
    before = selection.since.watermark if selection.since else None
    mark = sql.SQL("max({})").format(sql.Identifier("t", name))
    if before is not None:
        mark = sql.SQL("greatest({}, {})").format(mark, sql.Literal(before))
    row = connection.execute(selection.table_rows([sql.SQL("({})::text").format(mark)])).fetchone()
    return row[0] if row else None


def horizon(connection: Connection) -> str:
    """Return the oldest transaction that is not over in what the connection sees."""
    row = connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    return str(row[0]) if row else ""


def explain(
    connection: Connection, selection: Selection, illegal: str | None = None
) -> Iterator[Issue]:
    """Yield what is wrong with the rows that the file cannot hold, at most ten thousand.

    Args:
        connection: Sees the rows that were written.
        selection: The rows.
        illegal: Regular expression of characters that the file cannot hold.
    """
    faults = [*selection.faults]
    if illegal is not None:
        faults += _illegal_texts(selection, illegal)
    if not faults:
        return
    checks = listed(
        sql.SQL("({}, {}, {}, {})").format(
            fault.where,
            sql.Literal(column.origin),
            sql.Literal(MASK) if column.pii else sql.SQL("({})::text").format(fault.shown),
            sql.Literal(fault.what),
        )
        for column, fault in faults
    )
    checked = sql.SQL("CROSS JOIN LATERAL (VALUES {}) c (bad, origin, value, what)").format(checks)
    items = [selection.key(), *map(sql.SQL, ("c.origin", "c.value", "c.what"))]
    found = selection.table_rows(items, beside=checked, where=[sql.SQL("c.bad")])
    statement = sql.SQL("{} LIMIT {}").format(found, sql.Literal(_MOST_ISSUES))
    for record, column, value, what in connection.execute(statement):
        yield Issue(
            Code.UNWRITABLE_VALUE,
            column=column,
            value=(value or "")[:VALUE_LIMIT],
            message=f"{column} {what}",
            key=record,
        )


def _illegal_texts(selection: Selection, illegal: str) -> Iterator[tuple[Column, Unwritable]]:
    for cell in selection.fields:
        if cell.column.explode:
            continue
        text = cell.text
        if cell.elements is not None:
            # What stands between elements is no character of the document.
            text = sql.SQL("array_to_string({}, ' ')").format(cell.elements)
        where = sql.SQL("coalesce(({})::text ~ {}, false)").format(text, sql.Literal(illegal))
        yield cell.column, Unwritable(where, "has a character that the file cannot hold", text)


def _keys(selection: Selection) -> list[sql.Composable]:
    """Name the columns that identify a row, behind the fields of a row."""
    return [
        sql.SQL("{} AS {}").format(key, sql.Identifier(f"k{n}"))
        for n, key in enumerate(selection.identity())
    ]


def _key_hash(selection: Selection) -> sql.Composable:
    return _hash([sql.Identifier(f"k{n}") for n in range(len(selection.identity()))])


def _hash(names: Sequence[sql.Identifier]) -> sql.Composable:
    """Return a hash of columns of ``s``, which tells null from empty text."""
    return sql.SQL("md5(ROW({})::text)::uuid").format(listed(names))


def _escaped(cell: Written, export: Export, audience: Audience) -> sql.Composable:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    And before texts that look as if that had been done, so that taking one away gives all texts back.
    """
    if not cell.is_text:
        return cell.text
    if audience is Audience.SPREADSHEET:
        pattern = FORMULA
    elif export.reversible:
        pattern = ESCAPED
    else:
        return cell.text
    return sql.SQL("CASE WHEN {0} ~ {1} THEN {2} || {0} ELSE {0} END").format(
        cell.text, sql.Literal(pattern), sql.Literal("'")
    )


def _without_header(messages: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out what stands before the first row: a message of its own, or the first one's begin."""
    for message in messages:
        rest = message[_HEADER_BYTES:]
        if rest:
            yield rest
        break
    yield from messages
