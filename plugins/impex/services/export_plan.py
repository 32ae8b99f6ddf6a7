"""What the SQL of an export is made of, in one database and for one run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import Connection, sql

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.domain.export import Export
from impex.storage import catalog, export_checks
from impex.storage.catalog import Tables
from impex.storage.query_text import bound
from impex.storage.selection import Selection, Source, query_source, table_source


@dataclass(frozen=True, slots=True)
class Ground:
    """The tables of a database, and what a run is given.

    Attributes:
        connection: To the database that has the tables.
        files: Where queries are.
        params: By name.
    """

    connection: Connection
    files: UserFiles
    params: Mapping[str, str]

    def selection(self, export: Export) -> Selection:
        """Return the rows of an export.

        Raises:
            ConfigError: It does not fit the tables.
        """
        tables = catalog.read_tables(self.connection, [export])
        source = self._source(export, tables)
        problems = export_checks.verify(export, source, tables)
        if problems or source is None:
            raise ConfigError(problems)
        return Selection(export, source, tables, self.params)

    def _source(self, export: Export, tables: Tables) -> Source | None:
        if export.table is not None:
            if export.table not in tables:
                return None
            plain = catalog.has_versions(self.connection, export.table)
            return table_source(export.table, tables, has_versions=plain)
        text = sql.SQL(self._query(export))
        where = f"the query {export.query}"
        return query_source(text, catalog.describe(self.connection, text, where))

    def _query(self, export: Export) -> str:
        """Read the query and put the parameters in, as literals."""
        path = self.files.queries / (export.query or "")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise ConfigError([Problem(str(path), f"cannot be read: {fault}.")]) from fault
        try:
            return bound(text, catalog.literals(self.connection, self.params))
        except ValueError as fault:
            raise ConfigError([Problem(str(path), f"{fault}.")]) from fault


def selections(ground: Ground, exports: Iterable[Export]) -> dict[str, Selection]:
    """Return the rows of several exports, by their names."""
    return {export.name: ground.selection(export) for export in exports}
