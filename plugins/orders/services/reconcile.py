"""Checks that nothing was lost on the way from flags to targets."""

from psycopg import Connection

from impex.domain.errors import DataError
from impex.storage.connection import Database
from orders.domain.export_item import ItemState
from orders.storage import export_items, outbox


def reconcile_run(database: Database, run: str) -> dict[ItemState, int]:
    """Return how many items that a run has taken are in which state.

    Args:
        database: Where the orders are.
        run: What the run is called.

    Raises:
        DataError: A flag has no item, or an item is not where its messages are.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        return _reconcile(connection, export_items.begin_run(connection, run))


def reconcile_all(database: Database) -> dict[ItemState, int]:
    """Return how many items are in which state; takes the longer the more there have ever been.

    Raises:
        DataError: As for a run.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        return _reconcile(connection, None)


def unacknowledged(database: Database) -> int:
    """Return how many messages were sent and not acknowledged in time.

    Raises:
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        return outbox.count_unacknowledged(connection)


def _reconcile(connection: Connection, run: int | None) -> dict[ItemState, int]:
    if faults := export_items.faults(connection, run):
        told = "; ".join(f"{what}: {number}" for what, number in sorted(faults.items()))
        raise DataError(f"exports do not add up: {told}; see docs/order-exports.md")
    balance = export_items.balance(connection, run)
    return {state: balance.get(state, 0) for state in ItemState}
