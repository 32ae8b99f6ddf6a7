"""Says what a run of the feeds has done, as the tables have it."""

from datetime import datetime

from impex.storage.connection import Database
from orders.services.consume import ATTEMPTS
from orders.storage import work


def settlement(database: Database, since: datetime) -> dict[str, int]:
    """Count the events that were settled since a run began, and what is left.

    Runs follow one another, so what was settled meanwhile is theirs, unless somebody has consumed
    by hand.

    Returns:
        Counts and milliseconds by name, as ``orders.storage.work.settlement`` tells them.
    """
    with database.transaction() as connection:
        return work.settlement(connection, since, ATTEMPTS)
