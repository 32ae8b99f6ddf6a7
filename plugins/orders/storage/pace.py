"""How many messages were sent to a target within the last minute."""

from typing import Final

from psycopg import Connection

from impex.storage.named_queries import queries

_SQL: Final = queries("pace", "orders.storage")


def may_send(connection: Connection, target: str, rate: int) -> bool:
    """Tell whether a target may get a message; no other sender is told so before the transaction ends.

    Args:
        connection: In a transaction.
        target: Name of its route.
        rate: How many messages a minute it may get.
    """
    connection.execute(_SQL["hold"], {"target": target})
    connection.execute(_SQL["forget"], {"target": target})
    ((sent,),) = connection.execute(_SQL["count"], {"target": target}).fetchall()
    return bool(sent < rate)


def note(connection: Connection, target: str) -> None:
    """Note that a target gets a message now."""
    connection.execute(_SQL["note"], {"target": target})
