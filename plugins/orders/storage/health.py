"""What the tables know of the health of orders: rows by the names of their columns."""

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries

Row = dict[str, Any]

_SQL = queries("health", "orders.storage")


def events(connection: Connection) -> list[Row]:
    """Return how many events of which feed wait, are parked or dead, and since when."""
    return _rows(connection, "events")


def contradictions(connection: Connection) -> Row:
    """Return how many conflicts and refusals there are."""
    return _rows(connection, "contradictions")[0]


def items(connection: Connection) -> list[Row]:
    """Return how many flags of which exporter are in which state that is no end, and since when."""
    return _rows(connection, "items")


def messages(connection: Connection) -> list[Row]:
    """Return how many messages to which target are in which state that is no end, and since when."""
    return _rows(connection, "messages")


def waits(connection: Connection) -> Row:
    """Return how many gates and holds there are, and since when the oldest."""
    return _rows(connection, "waits")[0]


def _rows(connection: Connection, name: str) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[name]).fetchall()
