"""One column of a descriptor in SQL: how it is staged, what it writes, and when it is empty.

``source`` is the alias of the table that holds the cells: ``s`` for staging, ``d`` for the delta.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import LiteralString

from psycopg import sql

from impex.domain.column import Column, ColumnType, Lookup, OnEmpty
from impex.domain.constants import varies
from impex.domain.issues import MASK, VALUE_LIMIT
from impex.storage.catalog import Columns, TableColumn, Tables

_STAGED_AS: dict[ColumnType, LiteralString] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.DECIMAL: "numeric",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.JSON: "jsonb",
    ColumnType.MONEY: "numeric",
    ColumnType.TIME: "time",
    ColumnType.UUID: "uuid",
    ColumnType.ENUM: "text",
}
_COLLATED = (ColumnType.TEXT, ColumnType.ENUM)


def literal(text: str) -> sql.Literal:
    """Return a text constant; every statement is executed with parameters, where ``%`` is doubled."""
    return sql.Literal(text.replace("%", "%%"))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the descriptor, or the currency of one, with what it feeds.

    Attributes:
        name: Of its first cell in staging and delta.
        found: In the delta: the column that holds what a lookup found.
        nil: Whether the file can say that the value is to be cleared.
    """

    name: str
    found: str
    column: Column
    real: TableColumn
    nil: bool = False

    @property
    def to(self) -> str:
        """The target column."""
        return self.column.to

    @property
    def cells(self) -> tuple[str, ...]:
        """Names of its cells in staging and delta; several for a lookup by several columns."""
        more = range(2, len(self.column.sources) + 1)
        return (self.name, *(f"{self.name}_{number}" for number in more))

    @property
    def always_filled(self) -> bool:
        """Whether a staged cell is never null."""
        column = self.column
        filled = column.required or column.constant is not None
        return filled or column.on_empty in (OnEmpty.DEFAULT, OnEmpty.ERROR)

    @property
    def varies(self) -> bool:
        """Whether a new value alone is no reason to write a row."""
        return varies(self.column)

    @property
    def is_list(self) -> bool:
        """Whether a cell holds a list that is not made into rows."""
        return self.column.split is not None and not self.column.explode


def fields_of(number: int, column: Column, target: Columns, *, nil: bool) -> Iterator[Field]:
    """Yield the field of the descriptor's column of that number, and the one of its currency."""
    name, found = f"c{number}", f"r{number}"
    yield Field(name, found, column, target[column.to], nil)
    if column.currency_to:
        currency = replace(
            column,
            to=column.currency_to,
            type=ColumnType.TEXT,
            currency_to=None,
            constant=None,
            lookup=None,
            required=False,
            # An amount may be cleared; its currency then stays, for the next amount.
            on_empty=OnEmpty.KEEP,
        )
        yield Field(f"{name}_currency", found, currency, target[column.currency_to])


def staged_columns(fields: Iterable[Field], tables: Tables) -> Iterator[sql.Composable]:
    """Yield the columns of the staging table behind ``line`` and ``part``."""
    for field in fields:
        lookup = field.column.lookup
        compared = [tables[lookup.table][name] for name in lookup.by] if lookup else [field.real]
        for cell, real in zip(field.cells, compared, strict=True):
            kind = _staged_type(field, real)
            yield sql.SQL("{} {}").format(sql.Identifier(cell), kind)


def _staged_type(field: Field, real: TableColumn) -> sql.Composable:
    """Return the type of a cell; text is equal to text as in the column it is compared with."""
    column = field.column
    if column.type is ColumnType.TIMESTAMP:
        return sql.SQL("timestamptz" if real.type.endswith("with time zone") else "timestamp")
    if field.is_list:
        return sql.SQL("jsonb")
    name = sql.SQL(_STAGED_AS[column.type])
    if column.type in _COLLATED and real.type == "citext":
        return sql.SQL("citext")
    if column.type in _COLLATED and real.collation and not column.language:
        return sql.SQL("{} COLLATE {}").format(name, sql.Identifier(*real.collation))
    return name


def given(field: Field, source: str) -> sql.Composed:
    """Return the condition that the cell is not empty; of several at least one."""
    return _joined(" OR ", "{} IS NOT NULL", field, source)


def empty(field: Field, source: str) -> sql.Composed:
    """Return the condition that the cell is empty; of several all."""
    return _joined(" AND ", "{} IS NULL", field, source)


def complete(field: Field, source: str) -> sql.Composed:
    """Return the condition that no cell is empty."""
    return _joined(" AND ", "{} IS NOT NULL", field, source)


def resolved(field: Field, source: str) -> sql.Composable:
    """Return the value to write: the cell, or what the lookup found for it."""
    cell = sql.Identifier(source, field.name)
    if field.column.lookup:
        return found(field, field.column.lookup, source)
    if not field.is_list or field.real.type == "jsonb":
        return cell
    elements = sql.SQL("ARRAY(SELECT jsonb_array_elements_text({}))").format(cell)
    if field.real.collation:
        elements = sql.SQL("{} COLLATE {}").format(elements, sql.Identifier(*field.real.collation))
    return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(cell, elements)


def found(field: Field, lookup: Lookup, source: str) -> sql.Identifier:
    """Return what a lookup found; null if it found nothing."""
    if source == "s":
        return sql.Identifier(looked_up(field), lookup.value)
    return sql.Identifier(source, field.found)


def looked_up(field: Field) -> str:
    """Return the alias of the table that the field looks up."""
    return f"l{field.name[1:]}"


def new_value(fields: list[Field], source: str) -> sql.Composable:
    """Return what an existing row's column becomes."""
    field = fields[0]
    if field.column.language:
        return _new_translations(fields, source)
    return told(field, source, sql.Identifier("t", field.to))


def first_value(fields: list[Field], default: sql.Composable | None) -> sql.Composable:
    """Return what a new row gets from the delta; the default where the file says nothing."""
    field = fields[0]
    if field.column.language:
        return sql.SQL("jsonb_strip_nulls({})").format(texts(fields, "d"))
    return resolved(field, "d") if default is None else told(field, "d", default)


def told(field: Field, source: str, otherwise: sql.Composable) -> sql.Composable:
    """Return the value that the file tells, or another one where it says nothing of it."""
    value = resolved(field, source)
    if field.always_filled or field.column.on_empty is not OnEmpty.KEEP:
        return value
    return sql.SQL("CASE WHEN {} THEN {} ELSE {} END").format(
        _untold(field, source), otherwise, value
    )


def texts(fields: list[Field], source: str) -> sql.Composable:
    """Return a jsonb of language → text; null where a cell was empty."""
    pairs = [
        sql.SQL("{}, {}").format(
            sql.Literal(field.column.language), sql.Identifier(source, field.name)
        )
        for field in fields
    ]
    return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))


def shown(field: Field, source: str) -> sql.Composable:
    """Return the text of the cell, or of several, for people."""
    cells = sql.SQL(", ").join(shown_cells(field, source))
    return sql.SQL("concat_ws(', ', {})").format(cells)


def shown_cells(field: Field, source: str) -> list[sql.Composable]:
    """Return the texts of the cells for people, unless they are personal."""
    if field.column.pii:
        return [literal(MASK) for _ in field.cells]
    return [
        sql.SQL("coalesce({}::text, '')").format(sql.Identifier(source, cell))
        for cell in field.cells
    ]


def missing_message(field: Field, lookup: Lookup) -> sql.Composed:
    """Say that the lookup of a row of the delta finds nothing."""
    pieces: list[sql.Composable] = [literal(f"{lookup.table} has no row whose ")]
    for name, text in zip(lookup.by, shown_cells(field, "d"), strict=True):
        value = sql.SQL("left({}, {})").format(text, VALUE_LIMIT)
        joint = " and " if len(pieces) > 1 else ""
        pieces += [literal(f"{joint}{name} is '"), value, literal("'")]
    pieces += [literal(f" and {name} is '{text}'") for name, text in lookup.where]
    return sql.SQL("concat({})").format(sql.SQL(", ").join(pieces))


def _new_translations(fields: list[Field], source: str) -> sql.Composable:
    """Merge the file's languages into the stored ones; languages not in the file stay."""
    stored: sql.Composable = sql.SQL("coalesce({}, '{{}}')").format(
        sql.Identifier("t", fields[0].to)
    )
    if fields[0].nil:
        languages = (
            sql.SQL("CASE WHEN {} THEN {} END").format(
                _is_nil(field, source), literal(field.column.language or "")
            )
            for field in fields
        )
        stored = sql.SQL("({} - ARRAY[{}]::text[])").format(stored, sql.SQL(", ").join(languages))
    cleared = [f for f in fields if f.column.on_empty is OnEmpty.CLEAR]
    kept = [f for f in fields if f.column.on_empty is not OnEmpty.CLEAR]
    value = stored
    if kept:
        value = sql.SQL("{} || jsonb_strip_nulls({})").format(value, texts(kept, source))
    if cleared:
        value = sql.SQL("jsonb_strip_nulls({} || {})").format(value, texts(cleared, source))
    return value


def _untold(field: Field, source: str) -> sql.Composable:
    """Return the condition that the file says nothing of the value."""
    if not field.nil:
        return empty(field, source)
    return sql.SQL("({} AND NOT {})").format(empty(field, source), _is_nil(field, source))


def _is_nil(field: Field, source: str) -> sql.Composable:
    """Return the condition that the file clears the value."""
    mark = literal(f",{field.name},")
    return sql.SQL("strpos({}, {}) > 0").format(sql.Identifier(source, "nil"), mark)


def _joined(
    operator: LiteralString, each: LiteralString, field: Field, source: str
) -> sql.Composed:
    conditions = (sql.SQL(each).format(sql.Identifier(source, cell)) for cell in field.cells)
    return sql.SQL("({})").format(sql.SQL(operator).join(conditions))
