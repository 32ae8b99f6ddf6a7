"""The SQL of one descriptor: staging, compare, MERGE. Names go through ``psycopg.sql`` only.

In every statement ``s`` is the staging table, ``d`` the delta, ``t`` the target and ``l<n>`` the
table that column n looks up. Staging and delta call the descriptor's columns ``c1`` … ``cn``; the
delta adds ``r<n>``, the looked-up value, and ``fresh``, the id set aside for a new row that others
of the same file may refer to.
"""

from collections.abc import Iterator

from psycopg import sql

from impex.domain.group import Column, Descriptor, Lookup, OnEmpty, OnMissing, Table
from impex.storage.catalog import Tables
from impex.storage.fields import Field, new_value, resolved, staged_type, texts


def table_name(table: Table) -> sql.Identifier:
    """Return the qualified name of a table."""
    return sql.Identifier(table.schema, table.name)


def staging_name(name: str) -> sql.Identifier:
    """Return the qualified name of a staging table."""
    return sql.Identifier("impex_stage", name)


class Statements:
    """Builds the statements of one descriptor against real tables."""

    def __init__(self, descriptor: Descriptor, tables: Tables) -> None:
        """Resolve the columns; descriptor and tables must have passed ``catalog.verify``."""
        self._descriptor = descriptor
        self._tables = tables
        self._target = tables[descriptor.table]
        self._fields = [
            Field(number, column, self._target[column.to])
            for number, column in enumerate(descriptor.columns, 1)
        ]
        self._keys = [self._field_of(name) for name in descriptor.key]

    @property
    def lookups(self) -> list[tuple[int, Column, Lookup]]:
        """The columns that look something up, with their numbers."""
        return [(f.number, f.column, f.column.lookup) for f in self._fields if f.column.lookup]

    @property
    def self_lookups(self) -> list[tuple[int, int]]:
        """Numbers of columns that refer to rows of the same file: (referring, referred to).

        Possible where the looked-up value is the target's own generated id and the column it is
        looked up by is filled from the file.
        """
        pairs = []
        for number, _, lookup in self.lookups:
            same = lookup.table == self._descriptor.table
            by = next((f for f in self._fields if f.column.to == lookup.by), None)
            if same and by and self._target[lookup.value].sequence:
                pairs.append((number, by.number))
        return pairs

    def create_staging(self, name: str) -> sql.Composed:
        """Create the typed, unlogged staging table of one attempt at one file."""
        columns = [
            sql.SQL("{} {}").format(field.cell, staged_type(field, self._tables))
            for field in self._fields
        ]
        return sql.SQL("CREATE UNLOGGED TABLE {} (line bigint NOT NULL, {})").format(
            staging_name(name), sql.SQL(", ").join(columns)
        )

    def copy_in(self, name: str) -> sql.Composed:
        """Copy CSV rows of ``line, c1 … cn`` into staging; an empty unquoted cell is null."""
        return sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(staging_name(name))

    def analyze(self, name: str) -> sql.Composed:
        """Gather statistics of the staged columns that are joined: keys and lookups."""
        joined = [
            field.cell for field in self._fields if field in self._keys or field.column.lookup
        ]
        return sql.SQL("ANALYZE {} ({})").format(staging_name(name), sql.SQL(", ").join(joined))

    def has_repeated(self, name: str) -> sql.Composed:
        """Ask whether any key occurs more than once."""
        return sql.SQL("SELECT EXISTS (SELECT FROM {} GROUP BY {} HAVING count(*) > 1)").format(
            staging_name(name), sql.SQL(", ").join(field.cell for field in self._keys)
        )

    def repeated(self, name: str) -> sql.Composed:
        """Collect the rows whose key occurs more than once, with the first and last such line."""
        cells = sql.SQL(", ").join(field.cell for field in self._keys)
        return sql.SQL(
            "CREATE TEMP TABLE repeated ON COMMIT DROP AS "
            "SELECT s.line, g.first_line, g.last_line, "
            '{key} COLLATE "C" AS record_key FROM {stage} s JOIN ('
            "SELECT {cells}, min(line) AS first_line, max(line) AS last_line "
            "FROM {stage} GROUP BY {cells} HAVING count(*) > 1) g USING ({cells})"
        ).format(key=self._record_key("s"), stage=staging_name(name), cells=cells)

    def delta(self, name: str) -> sql.Composed:
        """Compare staging with the target: new, changed and unresolved rows."""
        found = [
            sql.SQL("{} AS {}").format(
                sql.Identifier(f"l{n}", lookup.value), sql.Identifier(f"r{n}")
            )
            for n, _, lookup in self.lookups
        ]
        columns = [sql.SQL("s.*"), *found, *self._fresh_id()]
        joins = [
            sql.SQL("LEFT JOIN {} {} ON {} = {}").format(
                table_name(lookup.table),
                sql.Identifier(f"l{n}"),
                sql.Identifier(f"l{n}", lookup.by),
                sql.Identifier("s", f"c{n}"),
            )
            for n, _, lookup in self.lookups
        ]
        return sql.SQL(
            "CREATE TEMP TABLE delta ON COMMIT DROP AS SELECT {columns} FROM {stage} s {joins} "
            "LEFT JOIN {target} t ON {match} WHERE {differs}"
        ).format(
            columns=sql.SQL(", ").join(columns),
            stage=staging_name(name),
            joins=sql.SQL(" ").join(joins),
            target=table_name(self._descriptor.table),
            match=self._match("s"),
            differs=sql.SQL(" OR ").join(self._differences()),
        )

    def _unresolved(self, number: int) -> sql.Composed:
        """Return the condition that column ``number`` of the delta refers to nothing that exists."""
        condition = sql.SQL("d.{} IS NOT NULL AND d.{} IS NULL").format(
            sql.Identifier(f"c{number}"), sql.Identifier(f"r{number}")
        )
        by = dict(self.self_lookups).get(number)
        if by is None:
            return condition
        return sql.SQL(
            "{} AND NOT EXISTS (SELECT FROM delta p WHERE p.{} = d.{} AND p.fresh IS NOT NULL)"
        ).format(condition, sql.Identifier(f"c{by}"), sql.Identifier(f"c{number}"))

    def drop_unresolved(self, number: int) -> sql.Composed:
        """Take unresolved rows out of the delta, each with an issue; count them.

        Parameters of the statement: ``file``, ``effect``, ``column`` and ``message``, in which
        ``{}`` stands for the value.
        """
        return sql.SQL(
            "WITH gone AS (DELETE FROM delta d WHERE {unresolved} "
            "RETURNING d.line, d.{cell}::text AS value, {key} AS record_key), "
            "noted AS (INSERT INTO impex.issue "
            "(file_id, effect, code, line, column_name, value, message, record_key) "
            "SELECT %(file)s, %(effect)s, 'lookup_missing', line, %(column)s, left(value, 200), "
            "replace(%(message)s, '{{}}', left(value, 200)), left(record_key, 200) "
            "FROM gone ORDER BY line) SELECT count(*) FROM gone"
        ).format(
            unresolved=self._unresolved(number),
            cell=sql.Identifier(f"c{number}"),
            key=self._record_key("d"),
        )

    def resolve_within(self, number: int, by: int) -> sql.Composed:
        """Let rows of the delta refer to new rows of the same delta."""
        return sql.SQL(
            "UPDATE delta d SET {found} = p.fresh FROM delta p "
            "WHERE d.{found} IS NULL AND p.{by} = d.{cell} AND p.fresh IS NOT NULL"
        ).format(
            found=sql.Identifier(f"r{number}"),
            by=sql.Identifier(f"c{by}"),
            cell=sql.Identifier(f"c{number}"),
        )

    def drop_unchanged(self) -> sql.Composed:
        """Take rows out of the delta that were there for a lookup and change nothing after all."""
        return sql.SQL("DELETE FROM delta d USING {} t WHERE {} AND NOT ({})").format(
            table_name(self._descriptor.table),
            self._match("d"),
            sql.SQL(" OR ").join([*self._changes_of("d"), sql.SQL("false")]),
        )

    def merge(self) -> sql.Composed:
        """Apply the delta, journal what changed and count by action.

        Parameters of the statement: ``file`` and ``table``.
        """
        return sql.SQL(
            "WITH merged AS (MERGE INTO {target} t USING "
            "(SELECT d.* FROM delta d ORDER BY {order}) d ON {match} {matched} "
            "WHEN NOT MATCHED THEN INSERT ({columns}) {overriding} VALUES ({values}) "
            "RETURNING merge_action() AS action, d.line, {key} AS record_key, "
            "CASE merge_action() WHEN 'UPDATE' THEN {changes} ELSE '{{}}' END AS changes), "
            "journal AS (INSERT INTO impex.change "
            "(file_id, table_name, record_key, line, action, changes) "
            "SELECT %(file)s, %(table)s, record_key, line, action, changes FROM merged) "
            "SELECT action, count(*) FROM merged GROUP BY action"
        ).format(
            target=table_name(self._descriptor.table),
            order=sql.SQL(", ").join(resolved(field, "d") for field in self._keys),
            match=self._match("d"),
            matched=self._when_matched(),
            columns=sql.SQL(", ").join(column for column, _ in self._inserted()),
            overriding=sql.SQL("OVERRIDING SYSTEM VALUE" if self.self_lookups else ""),
            values=sql.SQL(", ").join(value for _, value in self._inserted()),
            key=self._json_key(),
            changes=self._changes(),
        )

    def _field_of(self, target: str) -> Field:
        return next(field for field in self._fields if field.column.to == target)

    def _groups(self) -> Iterator[list[Field]]:
        """Yield the fields by target column: one, or all languages of a translated text."""
        by_target: dict[str, list[Field]] = {}
        for field in self._fields:
            by_target.setdefault(field.column.to, []).append(field)
        yield from by_target.values()

    def _written(self) -> Iterator[list[Field]]:
        """Yield the target columns that an update may touch."""
        for fields in self._groups():
            if fields[0] not in self._keys and not fields[0].column.insert_only:
                yield fields

    def _differences(self) -> Iterator[sql.Composable]:
        """Yield the conditions under which a staged row belongs into the delta."""
        yield sql.SQL("{} IS NULL").format(sql.Identifier("t", self._keys[0].column.to))
        yield from self._changes_of("s")
        within = dict(self.self_lookups)
        for number, _, lookup in self.lookups:
            if lookup.on_missing is not OnMissing.NULL or number in within:
                yield sql.SQL("({} IS NOT NULL AND {} IS NULL)").format(
                    sql.Identifier("s", f"c{number}"), sql.Identifier(f"l{number}", lookup.value)
                )

    def _changes_of(self, source: str) -> Iterator[sql.Composable]:
        """Yield the conditions under which a row changes the row of the target."""
        for fields in self._written():
            yield sql.SQL("{} IS DISTINCT FROM {}").format(
                sql.Identifier("t", fields[0].column.to), new_value(fields, source)
            )

    def _match(self, source: str) -> sql.Composed:
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier("t", field.column.to), resolved(field, source))
            for field in self._keys
        )

    def _when_matched(self) -> sql.Composable:
        assignments = [
            sql.SQL("{} = {}").format(sql.Identifier(fields[0].column.to), new_value(fields, "d"))
            for fields in self._written()
        ]
        if not assignments:
            return sql.SQL("WHEN MATCHED THEN DO NOTHING")
        return sql.SQL("WHEN MATCHED THEN UPDATE SET {}").format(sql.SQL(", ").join(assignments))

    def _fresh_id(self) -> Iterator[sql.Composable]:
        """Yield the column that sets an id aside for a new row, where others may refer to it."""
        for field in self._self_referring():
            real = self._target[field.value]
            yield sql.SQL("CASE WHEN {} IS NULL THEN nextval({}) END AS fresh").format(
                sql.Identifier("t", self._keys[0].column.to), sql.Literal(real.sequence)
            )

    def _self_referring(self) -> list[Lookup]:
        """Return the first lookup into rows of the same file, if there is one."""
        numbers = dict(self.self_lookups)
        return [lookup for number, _, lookup in self.lookups if number in numbers][:1]

    def _inserted(self) -> Iterator[tuple[sql.Composable, sql.Composable]]:
        """Yield the columns of a new row with their values."""
        for lookup in self._self_referring():
            yield sql.Identifier(lookup.value), sql.SQL("d.fresh")
        for fields in self._groups():
            if fields[0].column.language:
                value: sql.Composable = sql.SQL("jsonb_strip_nulls({})").format(texts(fields, "d"))
            else:
                value = self._first_value(fields[0])
            yield sql.Identifier(fields[0].column.to), value

    def _first_value(self, field: Field) -> sql.Composable:
        """Return what a new row gets; the table's own default where the file says nothing."""
        value, default = resolved(field, "d"), field.real.default_value
        if default is None or field.always_filled or field.column.on_empty is not OnEmpty.KEEP:
            return value
        # The expression comes from the catalogue; a % in it is no placeholder.
        return sql.SQL("CASE WHEN {} IS NULL THEN {} ELSE {} END").format(
            sql.Identifier("d", f"c{field.number}"), sql.SQL(default.replace("%", "%%")), value
        )

    def _record_key(self, source: str) -> sql.Composed:
        """Return the key as a person reads it: ``sku=A-1, currency=EUR``."""
        return sql.SQL("concat_ws(', ', {})").format(
            sql.SQL(", ").join(
                sql.SQL("{} || {}").format(
                    sql.Literal(f"{field.column.to}="), sql.Identifier(source, f"c{field.number}")
                )
                for field in self._keys
            )
        )

    def _json_key(self) -> sql.Composed:
        """Return the key as it stands in the target."""
        pairs = [
            sql.SQL("{}, {}").format(
                sql.Literal(field.column.to), sql.Identifier("new", field.column.to)
            )
            for field in self._keys
        ]
        return sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(pairs))

    def _changes(self) -> sql.Composable:
        """Return ``{column: [before, after]}`` of the columns that an update changed."""
        parts = [
            sql.SQL(
                "CASE WHEN {old} IS DISTINCT FROM {new} "
                "THEN jsonb_build_object({name}, jsonb_build_array({old}, {new})) ELSE '{{}}' END"
            ).format(
                old=sql.Identifier("old", fields[0].column.to),
                new=sql.Identifier("new", fields[0].column.to),
                name=sql.Literal(fields[0].column.to),
            )
            for fields in self._written()
        ]
        return sql.SQL(" || ").join(parts) if parts else sql.SQL("'{}'::jsonb")
