"""The product's own statements, watched on their way to the database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Self

from psycopg import Connection, Copy, Cursor, sql
from psycopg.abc import Query

from impex.storage.connection import Database

Watch = Callable[[str, Connection[Any]], AbstractContextManager[None]]


def watched(dsn: str, watch: Watch) -> Database:
    """Return a database all of whose statements, COMMIT among them, run inside of ``watch``.

    It gets the text of the statement and the connection.
    """

    class WatchedCursor(Cursor[Any]):
        def execute(self, query: Query, *args: Any, **options: Any) -> Self:
            with watch(_text(query), self.connection):
                return super().execute(query, *args, **options)

        @contextmanager
        def copy(self, statement: Query, *args: Any, **options: Any) -> Iterator[Copy]:
            with (
                watch(_text(statement), self.connection),
                super().copy(statement, *args, **options) as copy,
            ):
                yield copy

    class WatchedDatabase(Database):
        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            with ExitStack() as commit, super().transaction() as connection:
                connection.cursor_factory = WatchedCursor
                yield connection
                commit.enter_context(watch("COMMIT", connection))

    return WatchedDatabase(dsn)


def _text(query: Query) -> str:
    if isinstance(query, sql.Composable):
        return query.as_string()
    return query.decode() if isinstance(query, bytes) else str(query)
