"""What the tables know of the health of imports and exports."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection

from impex.storage.named_queries import queries

_SQL = queries("health")


class Count(NamedTuple):
    """How many runs of a group are in which state, and since when the oldest."""

    group: str
    state: str
    number: int
    oldest: datetime


class DatabaseFacts(NamedTuple):
    """What is known of the database itself.

    Attributes:
        size_bytes: Of all of its tables and indexes.
        version: Of PostgreSQL.
        revision: Of the tables: the last migration.
    """

    size_bytes: int
    version: str
    revision: str


def open_jobs(connection: Connection) -> Iterator[Count]:
    """Yield imports that are not at their end; ``oldest``: since when nothing was heard of one."""
    for group, number, oldest in connection.execute(_SQL["open_jobs"]):
        yield Count(group, "open", number, oldest)


def failed_jobs(connection: Connection) -> Iterator[Count]:
    """Yield imports of the last day that were refused or failed."""
    yield from map(Count._make, connection.execute(_SQL["failed_jobs"]))


def exports(connection: Connection) -> Iterator[Count]:
    """Yield exports that are not at their end, and those of the last day that failed."""
    yield from map(Count._make, connection.execute(_SQL["exports"]))


def database_facts(connection: Connection) -> DatabaseFacts:
    """Return what is known of the database."""
    (row,) = connection.execute(_SQL["database"]).fetchall()
    return DatabaseFacts(*row)
