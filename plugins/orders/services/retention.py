"""Removes what the inbox keeps for a time only."""

from typing import Final

from impex.storage.connection import Database
from orders.storage import inbox

BATCH: Final = 5000


def remove_raw_events(database: Database, days: int) -> int:
    """Remove the bytes of events that came so many days ago; what they say stays.

    Returns:
        Of how many events.
    """
    removed = 0
    while True:
        with database.transaction() as connection:
            number = inbox.remove_raw(connection, days, BATCH)
        removed += number
        if number < BATCH:
            return removed
