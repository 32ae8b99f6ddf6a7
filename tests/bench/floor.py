"""The floor: COPY of clean rows into staging and one MERGE in key order, in one transaction.

What a careful person would write by hand for rows that are known to be right: many go into an
unlogged table that is analysed, few into a temporary one. Needs psycopg only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from psycopg import Connection, sql

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class CleanTable:
    """A table's rows as a parser could have left them: clean, with resolved ids.

    Attributes:
        columns: Those that the rows fill, in their order.
        key: The columns that identify a row.
        rows: Path of a CSV file with a header.
        many: Whether there are as many as to make statistics worth their time.
    """

    schema: str
    name: str
    columns: Sequence[str]
    key: Sequence[str]
    rows: str
    many: bool = True

    @property
    def target(self) -> sql.Identifier:
        """The qualified name of the table."""
        return sql.Identifier(self.schema, self.name)

    @property
    def stage(self) -> sql.Identifier:
        """The name of the staging table; only that of many rows is seen by other sessions."""
        return sql.Identifier("impex_stage", "floor") if self.many else sql.Identifier("floor")


def blocks_of(table: CleanTable) -> Iterator[bytes]:
    """Yield the rows' CSV."""
    with Path(table.rows).open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def copy_and_merge(connection: Connection, table: CleanTable, blocks: Iterable[bytes]) -> None:
    """Bring rows as CSV with a header into their table, in one transaction."""
    with connection.transaction():
        create_stage(connection, table)
        statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER)").format(table.stage)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
        merge_stage(connection, table)


def create_stage(connection: Connection, table: CleanTable) -> None:
    """Create the staging table with the types of the target."""
    connection.execute(
        sql.SQL("CREATE {} TABLE {} AS SELECT {} FROM {} LIMIT 0").format(
            sql.SQL("UNLOGGED" if table.many else "TEMP"),
            table.stage,
            _names(table.columns),
            table.target,
        )
    )


def merge_stage(connection: Connection, table: CleanTable) -> None:
    """Merge the staged rows and drop the staging table."""
    if table.many:
        connection.execute(sql.SQL("ANALYZE {}").format(table.stage))
    connection.execute(merge(table, table.stage))
    connection.execute(sql.SQL("DROP TABLE {}").format(table.stage))


def merge(table: CleanTable, source: sql.Identifier) -> sql.Composed:
    """Build the MERGE of a relation that has the table's columns; rows that differ are updated."""
    others = [column for column in table.columns if column not in {*table.key, "id"}]
    update = sql.SQL("WHEN MATCHED AND ({}) THEN UPDATE SET {}").format(
        _each("t.{0} IS DISTINCT FROM s.{0}", others, " OR "), _each("{0} = s.{0}", others, ", ")
    )
    return sql.SQL(
        "MERGE INTO {target} t USING (SELECT * FROM {source} ORDER BY {key}) s ON {match} {update} "
        "WHEN NOT MATCHED THEN INSERT ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})"
    ).format(
        target=table.target,
        source=source,
        key=_names(table.key),
        match=_each("t.{0} = s.{0}", table.key, " AND "),
        update=update if others else sql.SQL(""),
        names=_names(table.columns),
        values=_each("s.{0}", table.columns, ", "),
    )


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _each(pattern: LiteralString, columns: Sequence[str], between: LiteralString) -> sql.Composed:
    """Write the pattern once for each column."""
    return sql.SQL(between).join(sql.SQL(pattern).format(sql.Identifier(c)) for c in columns)
