"""Removes what the inbox and the outbox keep for a time only."""

from collections.abc import Callable
from typing import Final

from psycopg import Connection

from impex.storage.connection import Database
from orders.storage import inbox, outbox

BATCH: Final = 5000


def remove_raw_events(database: Database, days: int) -> int:
    """Remove the bytes of events that came so many days ago; what they say stays.

    Returns:
        Of how many events.
    """
    return _remove(database, days, inbox.remove_raw)


def remove_sent_messages(database: Database, days: int) -> int:
    """Remove the bytes of messages that ended so many days ago; what became of them stays.

    Returns:
        Of how many messages.
    """
    return _remove(database, days, outbox.forget)


def _remove(
    database: Database, days: int, remove_some: Callable[[Connection, int, int], int]
) -> int:
    removed = 0
    while True:
        with database.transaction() as connection:
            number = remove_some(connection, days, BATCH)
        removed += number
        if number < BATCH:
            return removed
