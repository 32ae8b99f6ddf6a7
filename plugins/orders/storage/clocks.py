"""The book of what was in a state for too long."""

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.clock import Clock

_SQL = queries("clocks", "orders.storage")


def notice(connection: Connection, clock: Clock) -> int:
    """Note what has been in the state for too long and is not noted yet; return how many."""
    values = {"state": clock.state, "longer_than": clock.longer_than}
    return connection.execute(_SQL[f"notice_{clock.machine}"], values).rowcount


def overdue(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return what was noted and is still in that state, the longest stays first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL["overdue"], {"limit": limit}).fetchall()
