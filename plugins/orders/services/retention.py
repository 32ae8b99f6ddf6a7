"""Removes what is kept for a time only: of the inbox, of the outbox, and previews."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from impex.services.resources import FileStore
from impex.storage.connection import Database
from orders.services.preview_archive import PREVIEWS
from orders.storage import inbox, outbox

BATCH: Final = 5000
_PREVIEWS_KEPT: Final = timedelta(days=1)


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


def remove_previews(store: FileStore, now: datetime) -> int:
    """Remove what dry runs have shown a day ago; return how many files."""
    old = [file.key for file in store.files(PREVIEWS) if now - file.modified > _PREVIEWS_KEPT]
    for key in old:
        store.delete(key)
    return len(old)


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
