"""What people ask of orders and of the inbox: rows by the names of their columns."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.verdict import EventState

Row = dict[str, Any]

_SQL = queries("story", "orders.storage")
NEWEST: Final = 2**63 - 1
"""Higher than every id."""

_PARTS: Final = (
    "deliveries",
    "lines",
    "parcels",
    "history",
    "flags",
    "exports",
    "messages",
    "decisions",
    "holds",
    "events",
)


@dataclass(frozen=True, slots=True)
class Search:
    """Which orders a person looks for; what is empty is not asked for.

    Attributes:
        number: What the number of the order begins with; or the number of a delivery or parcel.
        status: Of the order.
        shop: Code of the shop.
        on_hold: Only orders that are on hold.
        before: Only orders with a lower id.
    """

    number: str = ""
    status: str = ""
    shop: str = ""
    on_hold: bool = False
    before: int = NEWEST


def order_story(connection: Connection, order_id: int) -> dict[str, Any]:
    """Return what is known of an order: itself, and its parts as lists."""
    story: dict[str, Any] = {"order": _rows(connection, "order", id=order_id)[0]}
    return story | {part: _rows(connection, part, id=order_id) for part in _PARTS}


def search(connection: Connection, wanted: Search, limit: int) -> list[Row]:
    """Return orders that a person looks for, the newest first."""
    return _rows(connection, "search", **asdict(wanted), limit=limit)


def event(connection: Connection, number: int) -> Row | None:
    """Return an event of the inbox with what it says; None if there is none of that number."""
    return next(iter(_rows(connection, "event", id=number)), None)


def events_in(
    connection: Connection, states: Sequence[EventState], limit: int, past: int = 0
) -> list[Row]:
    """Return events of the inbox in these states with higher numbers than ``past``, in order."""
    values = [state.value for state in states]
    return _rows(connection, "inbox", states=values, limit=limit, past=past)


def conflicts(connection: Connection, limit: int, past: int = 0) -> list[Row]:
    """Return what contradicts events, by the number of the event, beside what was kept.

    All that contradicts the last event is returned, so there may be more than ``limit``.
    """
    return _rows(connection, "conflicts", limit=limit, past=past)


def refusals(connection: Connection, limit: int, past: int = 0) -> list[Row]:
    """Return messages that could not be read, the oldest first."""
    return _rows(connection, "refusals", limit=limit, past=past)


def _rows(connection: Connection, name: str, **values: object) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[name], values).fetchall()
