"""What people ask of orders and of the inbox: rows by the names of their columns."""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.verdict import EventState

Row = dict[str, Any]

_SQL = queries("story", "orders.storage")
_PARTS: Final = ("deliveries", "lines", "parcels", "history", "flags", "events")


def order_story(connection: Connection, order_id: int) -> dict[str, Any]:
    """Return what is known of an order: itself, and its parts as lists."""
    story: dict[str, Any] = {"order": _rows(connection, "order", id=order_id)[0]}
    return story | {part: _rows(connection, part, id=order_id) for part in _PARTS}


def events_in(connection: Connection, states: Sequence[EventState], limit: int) -> list[Row]:
    """Return events of the inbox in these states, the oldest first."""
    return _rows(connection, "inbox", states=[state.value for state in states], limit=limit)


def conflicts(connection: Connection, limit: int) -> list[Row]:
    """Return what contradicts an event, beside what was kept."""
    return _rows(connection, "conflicts", limit=limit)


def refusals(connection: Connection, limit: int) -> list[Row]:
    """Return messages that could not be read, the oldest first."""
    return _rows(connection, "refusals", limit=limit)


def _rows(connection: Connection, name: str, **values: object) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[name], values).fetchall()
