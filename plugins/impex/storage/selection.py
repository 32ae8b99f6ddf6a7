"""The rows of an export as a SELECT: which rows, joined with what, in which order.

``t`` is the table or what the query finds, ``l<n>`` the table that column n looks up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from impex.domain.column import Column, ColumnType
from impex.domain.constants import pieces
from impex.domain.export import Export
from impex.domain.issues import MASK
from impex.domain.params import filled
from impex.domain.table import Table
from impex.storage.catalog import Columns, Tables
from impex.storage.statements import all_of, any_of, listed, table_name
from impex.storage.written import Unwritable, Written, looked_up, written

_NOTHING = sql.SQL("")
_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL)


@dataclass(frozen=True, slots=True)
class Source:
    """What rows are taken from.

    Attributes:
        name: As it stands behind FROM.
        columns: By name.
        has_versions: Whether PostgreSQL tells which transaction has written a row: of tables.
    """

    name: sql.Composable
    columns: Columns
    has_versions: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """What was published before.

    Attributes:
        watermark: The newest value of the watermark column.
        horizon: The oldest transaction that the snapshot of then did not see to its end.
    """

    watermark: str
    horizon: str


@dataclass(frozen=True, slots=True)
class Within:
    """What stands within each row: something of the rows of another table, as one.

    Attributes:
        alias: Of the joined rows, with ``content`` and ``faulty``.
        rows: With ``link`` as well.
        outer: The column of the outer row that is equal to ``link``.
    """

    alias: sql.Identifier
    rows: sql.Composable
    outer: str


@dataclass(slots=True)
class Selection:
    """The rows of an export, and what each of its fields is.

    Attributes:
        params: What queries and filters are given.
        since: Rows that are older are left out.
        within: What stands within each row.
        fields: In the order of the columns, each source once.
        faults: What rows hold that the file cannot, with the column it is about.
    """

    export: Export
    source: Source
    tables: Tables
    params: Mapping[str, str] = field(default_factory=dict)
    since: Since | None = None
    within: list[Within] = field(default_factory=list)
    fields: list[Written] = field(init=False, default_factory=list)
    faults: list[tuple[Column, Unwritable]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Compile the columns."""
        first: dict[str | int, Written] = {}
        for number, column in enumerate(self.export.columns, 1):
            for cell in self._written(number, column):
                self.faults += ((column, fault) for fault in cell.faults)
                if cell.source not in first:
                    first[cell.source] = cell
                    self.fields.append(cell)
                elif self.export.reversible:
                    self.faults.append((column, _other(cell, first[cell.source])))

    @property
    def exploded(self) -> Written | None:
        """The field that takes the values of several rows."""
        return next((cell for cell in self.fields if cell.column.explode), None)

    @property
    def faulty(self) -> sql.Composable:
        """The condition that the file cannot hold the row."""
        inner = (sql.SQL("coalesce({}.faulty, false)").format(w.alias) for w in self.within)
        condition = any_of([*(fault.where for _, fault in self.faults), *inner])
        return sql.SQL("bool_or({})").format(condition) if self.exploded else condition

    @property
    def may_be_faulty(self) -> bool:
        """Whether there can be rows that the file cannot hold."""
        return bool(self.faults or self.within)

    @property
    def order(self) -> list[sql.Composable]:
        """What the rows are ordered by."""
        exploded = self.exploded
        many = exploded.column.to if exploded else None
        names = self.export.sort or self.export.key
        return [sql.Identifier("t", name) for name in names if name != many]

    def rows(self, items: Iterable[sql.Composable]) -> sql.Composed:
        """Select something of each row of the file, in no order; where rows become one, of these."""
        select = self.table_rows(items)
        if self.exploded is None:
            return select
        common = [
            cell.value
            for cell in self.fields
            if cell is not self.exploded and cell.column.constant is None
        ]
        common += [*self.order, *self.identity()]
        return sql.SQL("{} GROUP BY {}").format(select, listed(_once(common)))

    def table_rows(
        self,
        items: Iterable[sql.Composable],
        *,
        beside: sql.Composable = _NOTHING,
        where: Iterable[sql.Composable] = (),
    ) -> sql.Composed:
        """Select something of each row that the file is about, in no order.

        Args:
            items: Behind SELECT.
            beside: A further join.
            where: Further conditions.
        """
        return sql.SQL("SELECT {items} FROM {source} t {joins} {beside} WHERE {where}").format(
            items=listed(items),
            source=self.source.name,
            joins=sql.SQL(" ").join(self._joins()),
            beside=beside,
            where=all_of([*self._conditions(), *where, sql.SQL("true")]),
        )

    def key(self) -> sql.Composable:
        """Return what identifies a row, for people."""
        names = self.export.key or self.export.sort
        cells = {
            cell.column.to: sql.Literal(MASK) if cell.column.pii else cell.text
            for cell in self.fields
            if not cell.column.explode
        }
        parts = (
            sql.SQL("{} || '=' || coalesce(({})::text, '')").format(
                sql.Literal(name), cells.get(name, sql.Identifier("t", name))
            )
            for name in names
        )
        return sql.SQL("concat_ws(', ', {})").format(listed([*parts, sql.SQL("NULL")]))

    def identity(self) -> list[sql.Composable]:
        """Return the columns that identify a row of the file."""
        exploded = self.exploded
        many = exploded.column.to if exploded else None
        return [sql.Identifier("t", name) for name in self.export.key if name != many]

    def _written(self, number: int, column: Column) -> Iterator[Written]:
        if column.constant is not None:
            kind = "numeric" if column.type in _NUMBERS else "text"
            text = sql.SQL("{}::{}").format(sql.Literal(column.constant), sql.Identifier(kind))
            yield from (Written(source, column, text, text) for source in column.sources)
            return
        lookup = column.lookup
        code = [self.tables[lookup.table][name] for name in lookup.by] if lookup else []
        real = self.source.columns[column.to]
        yield from written(number, column, real, code, reversible=self.export.reversible)

    def _joins(self) -> Iterator[sql.Composable]:
        for number, column in enumerate(self.export.columns, 1):
            lookup = column.lookup
            if lookup is None:
                continue
            alias = looked_up(number)
            on = [
                sql.SQL("{}.{} = {}").format(
                    alias, sql.Identifier(lookup.value), sql.Identifier("t", column.to)
                ),
                *(
                    sql.SQL("{}.{} = {}").format(alias, sql.Identifier(name), sql.Literal(text))
                    for name, text in lookup.where
                ),
            ]
            yield sql.SQL("LEFT JOIN {} {} ON {}").format(
                table_name(lookup.table), alias, all_of(on)
            )
        for within in self.within:
            yield sql.SQL("LEFT JOIN ({}) {} ON {}.link = {}").format(
                within.rows, within.alias, within.alias, sql.Identifier("t", within.outer)
            )

    def _conditions(self) -> Iterator[sql.Composable]:
        """Yield which rows the file is about."""
        for number, column in enumerate(self.export.columns, 1):
            yield from self._belonging(number, column)
        numbers = {c.to: n for n, c in enumerate(self.export.columns, 1) if c.lookup}
        for name, texts in self.export.where:
            cell: sql.Composable = sql.Identifier("t", name)
            lookup = self.export.columns[numbers[name] - 1].lookup if name in numbers else None
            if lookup is not None:
                cell = sql.SQL("{}.{}").format(
                    looked_up(numbers[name]), sql.Identifier(lookup.by[0])
                )
            yield _is_one_of(cell, [t if t is None else filled(t, self.params) for t in texts])
        if self.since is not None:
            yield self._newer(self.since)

    def _belonging(self, number: int, column: Column) -> Iterator[sql.Composable]:
        """Yield what a column says of the rows that the file is about.

        A constant, and a lookup among some rows only, would be the same for all rows of the file if
        it were imported.
        """
        cell: sql.Composable = sql.Identifier("t", column.to)
        lookup = column.lookup
        if lookup is not None and lookup.where:
            yield sql.SQL("({} IS NULL OR {}.{} IS NOT NULL)").format(
                cell, looked_up(number), sql.Identifier(lookup.value)
            )
        if column.constant is None or column.sources or len(pieces(column.constant)) > 1:
            return
        if lookup is not None:
            cell = sql.SQL("{}.{}").format(looked_up(number), sql.Identifier(lookup.by[0]))
        elif column.language is not None:
            cell = sql.SQL("{} ->> {}").format(cell, sql.Literal(column.language))
        yield sql.SQL("{} = {}").format(cell, sql.Literal(column.constant))

    def _newer(self, since: Since) -> sql.Composable:
        """Return the condition that a row was written, or seen, only after the last export.

        Its watermark may be older: a transaction tells the time of its beginning, and others see
        what it wrote at its end. Which transactions those are is told by the version of the row.
        """
        mark = sql.Identifier("t", self.export.increment.watermark or "")
        last = sql.Literal(since.watermark)
        return sql.SQL("({} > {} OR age(t.xmin) <= age({}::xid8::xid))").format(
            mark, last, sql.Literal(since.horizon)
        )


def query_source(text: sql.Composable, columns: Columns) -> Source:
    """Return the rows of a query.

    Args:
        text: Without placeholders.
        columns: Of its result.
    """
    # A comment at its end must not swallow the bracket.
    return Source(sql.SQL("({}\n)").format(text), columns)


def table_source(table: Table, tables: Tables, *, has_versions: bool) -> Source:
    """Return the rows of a table or view."""
    return Source(table_name(table), tables[table], has_versions)


def _other(cell: Written, first: Written) -> Unwritable:
    """Return the fault that two columns share a field and have different values."""
    where = sql.SQL("({}) IS DISTINCT FROM ({})").format(cell.text, first.text)
    shown = sql.SQL("coalesce(({})::text, '')").format(cell.text)
    return Unwritable(where, f"is not the same as {first.column.name}", shown)


def _is_one_of(cell: sql.Composable, texts: Sequence[str | None]) -> sql.Composable:
    conditions: list[sql.Composable] = []
    known = [text for text in texts if text is not None]
    if known:
        conditions.append(sql.SQL("{} IN ({})").format(cell, listed(map(sql.Literal, known))))
    if None in texts:
        conditions.append(sql.SQL("{} IS NULL").format(cell))
    return any_of(conditions)


def _once(items: Iterable[sql.Composable]) -> list[sql.Composable]:
    """Return each of the items once; equal ones are written alike."""
    return list({item.as_string(): item for item in items}.values())
