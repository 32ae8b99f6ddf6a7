"""What the SQL of one descriptor is made of. Names go through ``psycopg.sql`` only.

In every statement ``s`` is the staging table, ``d`` the delta, ``t`` the target and ``l<n>`` the
table that column n looks up. Staging and delta call the descriptor's columns ``c1`` … ``cn``, see
``impex.storage.staging``; the delta adds

* ``r<n>``: what the lookup of column n found,
* ``known``: whether the target has a row with this key,
* ``elsewhere``: for groups with a scope, that the target has this row outside of it,
* ``fresh``: an id set aside for a new row, where other rows of the file may refer to it,
* ``absent``: for full feeds, that the row is in the target and not in the file.

All statements are executed with parameters, so a ``%`` in them is doubled.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from psycopg import sql

from impex.domain.column import Column, Lookup, OnEmpty
from impex.domain.group import Descriptor, Mode, OnAbsent, Scope
from impex.domain.issues import MASK
from impex.domain.job import PlannedFile
from impex.domain.table import Table
from impex.storage.catalog import Columns, TableColumn, Tables
from impex.storage.fields import (
    Field,
    fields_of,
    first_value,
    literal,
    looked_up,
    new_value,
    resolved,
    shown_cells,
)

_NUMBERS = ("smallint", "integer", "bigint", "numeric")


def table_name(table: Table) -> sql.Identifier:
    """Return the qualified name of a table."""
    return sql.Identifier(table.schema, table.name)


def staging_name(name: str) -> sql.Identifier:
    """Return the qualified name of a staging table."""
    return sql.Identifier("impex_stage", name)


def any_of(conditions: Iterable[sql.Composable]) -> sql.Composed:
    """Join conditions of which one must hold; none never holds."""
    return sql.SQL("({})").format(sql.SQL(" OR ").join([*conditions, sql.SQL("false")]))


def all_of(conditions: Iterable[sql.Composable]) -> sql.Composed:
    """Join conditions that must hold."""
    return sql.SQL(" AND ").join(conditions)


def listed(items: Iterable[sql.Composable]) -> sql.Composed:
    """Join with commas."""
    return sql.SQL(", ").join(items)


class Statements:
    """The pieces of SQL that the statements of one descriptor share, made for real tables."""

    def __init__(
        self,
        descriptor: Descriptor,
        tables: Tables,
        *,
        absent: Collection[str] = (),
        scope: Scope | None = None,
        rehearsing: bool = False,
    ) -> None:
        """Resolve the columns.

        Args:
            descriptor: It has passed ``table_checks``.
            tables: The real ones.
            absent: Names of its columns that the file does not have.
            scope: Of the group.
            rehearsing: Whether all is rolled back: new rows then get numbers that no sequence of
                the database misses later.
        """
        self.columns = descriptor.columns
        self.descriptor = descriptor = descriptor.without(absent)
        self.tables = tables
        self.target = tables[descriptor.table]
        self.scope = scope
        self.rehearsing = rehearsing
        columns = [_as_the_mode_says(column, descriptor.mode) for column in descriptor.columns]
        self.fields = [
            field
            for number, column in enumerate(columns, 1)
            for field in fields_of(number, column, self.target, nil=descriptor.has_nils)
        ]
        self.keys = [self._field_of(name) for name in descriptor.key]

    @property
    def has_parts(self) -> bool:
        """Whether one line of the file can be several rows."""
        return self.descriptor.has_parts

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that identify a row of staging."""
        return ("line", "part") if self.has_parts else ("line",)

    @property
    def mode(self) -> Mode:
        """What the rows do."""
        return self.descriptor.mode

    @property
    def judges_absence(self) -> bool:
        """Whether the file says something about the rows that it does not have."""
        return self.descriptor.full_feed.on_absent is not OnAbsent.IGNORE

    @property
    def settings(self) -> list[tuple[str, str]]:
        """What the scope of the group says of a row: a column and what it holds, or nothing."""
        return [self.scope.setting] if self.scope else []

    @property
    def target_name(self) -> sql.Identifier:
        """The qualified name of the target."""
        return table_name(self.descriptor.table)

    @property
    def compared(self) -> list[Field]:
        """The fields that have a say: all, or key and scope where rows are only deleted."""
        if self.mode is not Mode.DELETE:
            return self.fields
        named = {*self.descriptor.key, *(name for name, _ in self.settings)}
        return [field for field in self.fields if field.to in named]

    @property
    def lookups(self) -> list[tuple[Field, Lookup]]:
        """The fields that look something up."""
        return [(f, f.column.lookup) for f in self.compared if f.column.lookup]

    @property
    def self_lookups(self) -> list[tuple[Field, Lookup]]:
        """The fields that may refer to other rows of the same file.

        Possible where the looked-up value is the target's own number and all that it is looked up
        by comes from the file.
        """
        if not self.mode.inserts:
            return []
        targets = {field.to for field in self.fields}
        own = [
            (field, lookup)
            for field, lookup in self.lookups
            if lookup.table == self.descriptor.table
            and self.target[lookup.value].sequence
            and targets.issuperset((*lookup.by, *(name for name, _ in lookup.where)))
        ]
        return [(field, lookup) for field, lookup in own if lookup.value == own[0][1].value]

    def by_target(self) -> list[list[Field]]:
        """Return the fields by target column: one, or all languages of a translated text."""
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.to, []).append(field)
        return list(grouped.values())

    def written(self) -> list[list[Field]]:
        """Return the target columns that an update may touch."""
        return [
            fields
            for fields in self.by_target()
            if fields[0] not in self.keys and not fields[0].column.insert_only
        ]

    def inserted(self) -> list[list[Field]]:
        """Return the target columns that a new row gets from the file."""
        return [
            fields
            for fields in self.by_target()
            if fields[0] in self.keys or not fields[0].column.update_only
        ]

    def lookup_joins(self, fields: Iterable[Field], source: str) -> sql.Composed:
        """Join what the fields look up."""
        joins = []
        for field in fields:
            if field.column.lookup:
                table = table_name(field.column.lookup.table)
                alias = looked_up(field)
                joins.append(
                    sql.SQL("LEFT JOIN {} {} ON {}").format(
                        table,
                        sql.Identifier(alias),
                        self.finds(field, field.column.lookup, alias, source),
                    )
                )
        return sql.SQL(" ").join(joins)

    def finds(self, field: Field, lookup: Lookup, alias: str, source: str) -> sql.Composed:
        """Return the condition that a row of the looked-up table is the one that is meant."""
        codes = (
            sql.SQL("{} = {}").format(sql.Identifier(alias, name), sql.Identifier(source, cell))
            for name, cell in zip(lookup.by, field.cells, strict=True)
        )
        return all_of([*codes, *constants(lookup.where, alias)])

    def match(self, source: str) -> sql.Composed:
        """Return the condition that a row has the key of a row of the target."""
        return all_of(
            sql.SQL("{} = {}").format(sql.Identifier("t", field.to), resolved(field, source))
            for field in self.keys
        )

    def changes(self, source: str) -> Iterator[sql.Composable]:
        """Yield the conditions under which a row changes the row of the target."""
        for fields in self.written():
            if not fields[0].varies:
                yield sql.SQL("{} IS DISTINCT FROM {}").format(
                    sql.Identifier("t", fields[0].to), new_value(fields, source)
                )

    @property
    def keys_in_the_file(self) -> list[Field]:
        """The key's fields that have a cell in the file, in the order of the columns."""
        return [f for f in self.fields if f in self.keys and f.column.constant is None]

    def record_key(self, source: str) -> sql.Composed:
        """Return the key as it stands in the file: ``sku=A-1, currency=EUR``."""
        pairs = [
            sql.SQL("{} || {}").format(literal(f"{field.to}="), cell)
            for field in self.keys_in_the_file
            for cell in shown_cells(field, source)
        ]
        return sql.SQL("concat_ws(', ', {})").format(listed(pairs or [literal("")]))

    def absent_key(self, source: str) -> sql.Composed:
        """Return the key of a row that is only in the target, as a person reads it."""
        pairs = (
            sql.SQL("{} || {}").format(
                literal(f"{field.to}="),
                literal(MASK) if field.column.pii else resolved(field, source),
            )
            for field in self.keys
        )
        return sql.SQL("concat_ws(', ', {})").format(listed(pairs))

    def json_key(self, alias: str) -> sql.Composed:
        """Return the key as it stands in the target."""
        pairs = (
            sql.SQL("{}, {}").format(
                literal(field.to),
                literal(MASK) if field.column.pii else sql.Identifier(alias, field.to),
            )
            for field in self.keys
        )
        return sql.SQL("jsonb_build_object({})").format(listed(pairs))

    def first_values(self) -> Iterator[tuple[str, sql.Composable]]:
        """Yield the columns of a new row with their values."""
        for _, lookup in self.self_lookups[:1]:
            yield lookup.value, sql.SQL("d.fresh")
        for fields in self.inserted():
            yield fields[0].to, first_value(fields, self.default(fields[0].real))
        given = {fields[0].to for fields in self.inserted()}
        given |= {lookup.value for _, lookup in self.self_lookups}
        yield from self.rehearsed(self.target, given)

    def rehearsed(
        self, columns: Columns, given: Iterable[str]
    ) -> Iterator[tuple[str, sql.Composable]]:
        """Yield the numbers that sequences would give, where sequences must not notice."""
        for real in columns.values():
            if real.name not in given and self.rehearsal_of(real):
                yield real.name, self.next_number(real)

    def rehearsal_of(self, real: TableColumn) -> str:
        """Return the sequence that stands in for that of a column; empty if none does."""
        numbered = self.rehearsing and _is_numbered(real)
        return f"pg_temp.rehearsed_{real.type}" if numbered else ""

    def default(self, real: TableColumn) -> sql.Composable | None:
        """Return the table's own default of a column."""
        if _is_numbered(real) and (self.rehearsing or real.default_value is None):
            return self.next_number(real)
        # The expression comes from the catalogue; a % in it is no placeholder.
        return sql.SQL(real.default_value.replace("%", "%%")) if real.default_value else None

    def next_number(self, real: TableColumn) -> sql.Composable:
        """Return the next number of a column that a sequence fills."""
        sequence = self.rehearsal_of(real) or real.sequence or ""
        return sql.SQL("nextval({})").format(literal(sequence))

    def _field_of(self, target: str) -> Field:
        return next(field for field in self.fields if field.to == target)


@dataclass(frozen=True, slots=True)
class Load:
    """A staged file with the statements of its descriptor."""

    file: PlannedFile
    statements: Statements

    @property
    def staging(self) -> sql.Identifier:
        """The qualified name of the staging table."""
        return staging_name(self.file.staged_as or "")


def constants(settings: Iterable[tuple[str, str]], alias: str) -> Iterator[sql.Composed]:
    """Yield the conditions that columns hold what is set."""
    for name, text in settings:
        yield sql.SQL("{} = {}").format(sql.Identifier(alias, name), literal(text))


def numbers_for_rehearsals() -> sql.SQL:
    """Create the sequences of a rehearsal; they count down from the end that nothing reaches."""
    return sql.SQL(
        "CREATE TEMP SEQUENCE rehearsed_smallint AS smallint INCREMENT -1 MINVALUE 1 "
        "MAXVALUE 32767; "
        "CREATE TEMP SEQUENCE rehearsed_integer AS integer INCREMENT -1 MINVALUE 1 "
        "MAXVALUE 2147483647; "
        "CREATE TEMP SEQUENCE rehearsed_bigint INCREMENT -1 MINVALUE 1 "
        "MAXVALUE 9223372036854775807; "
        "CREATE TEMP SEQUENCE rehearsed_numeric INCREMENT -1 MINVALUE 1 MAXVALUE 999999999"
    )


def _is_numbered(real: TableColumn) -> bool:
    counts = real.sequence is not None or "nextval(" in (real.default_value or "")
    return counts and real.type in _NUMBERS


def _as_the_mode_says(column: Column, mode: Mode) -> Column:
    """Where a file replaces rows, what it leaves empty is empty."""
    if mode is Mode.REPLACE and column.on_empty is OnEmpty.KEEP and not column.required:
        return replace(column, on_empty=OnEmpty.CLEAR)
    return column
