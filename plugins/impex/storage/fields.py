"""One column of a descriptor in SQL: how it is staged, and what it writes.

``source`` is the alias of the table that holds the cells: ``s`` for staging, ``d`` for the delta.
"""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from impex.domain.group import Column, ColumnType, OnEmpty
from impex.storage.catalog import TableColumn, Tables

_STAGED_AS: dict[ColumnType, LiteralString] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.DECIMAL: "numeric",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.JSON: "jsonb",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the descriptor with its number and what it feeds."""

    number: int
    column: Column
    real: TableColumn

    @property
    def cell(self) -> sql.Identifier:
        """The column's name in staging and delta."""
        return sql.Identifier(f"c{self.number}")

    @property
    def always_filled(self) -> bool:
        """Whether a staged cell is never null."""
        column = self.column
        filled = column.required or column.constant is not None
        return filled or column.on_empty in (OnEmpty.DEFAULT, OnEmpty.ERROR)


def staged_type(field: Field, tables: Tables) -> sql.Composable:
    """Return the staging type; text takes the collation of the column it is compared with."""
    column, real = field.column, field.real
    if column.lookup:
        real = tables[column.lookup.table][column.lookup.by]
    if column.type is ColumnType.TIMESTAMP:
        return sql.SQL("timestamptz" if real.type.endswith("with time zone") else "timestamp")
    name = sql.SQL(_STAGED_AS[column.type])
    if column.type is ColumnType.TEXT and real.collation and not column.language:
        return sql.SQL("{} COLLATE {}").format(name, sql.Identifier(*real.collation))
    return name


def resolved(field: Field, source: str) -> sql.Composable:
    """Return the value to write: the cell, or what the lookup found for it."""
    lookup = field.column.lookup
    if lookup is None:
        return sql.Identifier(source, f"c{field.number}")
    if source == "s":
        return sql.Identifier(f"l{field.number}", lookup.value)
    return sql.Identifier(source, f"r{field.number}")


def new_value(fields: list[Field], source: str) -> sql.Composable:
    """Return what an existing row's column becomes."""
    field = fields[0]
    if field.column.language:
        return new_translations(fields, source)
    value = resolved(field, source)
    if field.always_filled or field.column.on_empty is not OnEmpty.KEEP:
        return value
    return sql.SQL("CASE WHEN {} IS NULL THEN {} ELSE {} END").format(
        sql.Identifier(source, f"c{field.number}"), sql.Identifier("t", field.column.to), value
    )


def new_translations(fields: list[Field], source: str) -> sql.Composable:
    """Merge the file's languages into the stored ones; languages not in the file stay."""
    stored = sql.SQL("coalesce({}, '{{}}')").format(sql.Identifier("t", fields[0].column.to))
    cleared = [f for f in fields if f.column.on_empty is OnEmpty.CLEAR]
    kept = [f for f in fields if f.column.on_empty is not OnEmpty.CLEAR]
    value = stored
    if kept:
        value = sql.SQL("{} || jsonb_strip_nulls({})").format(value, texts(kept, source))
    if cleared:
        value = sql.SQL("jsonb_strip_nulls({} || {})").format(value, texts(cleared, source))
    return value


def texts(fields: list[Field], source: str) -> sql.Composable:
    """Return a jsonb of language → text; null where a cell was empty."""
    pairs = [
        sql.SQL("{}, {}").format(
            sql.Literal(field.column.language), sql.Identifier(source, f"c{field.number}")
        )
        for field in fields
    ]
    return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))
