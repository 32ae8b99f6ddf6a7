"""Checks that nothing was lost on the way from flags to targets."""

from impex.domain.errors import DataError
from impex.storage.connection import Database
from orders.domain.export_item import ItemState
from orders.storage import export_items, outbox


def reconcile(database: Database, run: int) -> dict[str, int]:
    """Return how many items are in which state: those of a run, and all under ``all_...``.

    Under ``unacknowledged`` are the messages that were not acknowledged in time.

    Raises:
        DataError: A flag has no item, or an item is not where its messages are.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        of_run = export_items.balance(connection, run)
        of_all = export_items.balance(connection, None)
        faults = export_items.faults(connection)
        unacknowledged = outbox.count_unacknowledged(connection)
    if faults:
        told = "; ".join(f"{what}: {number}" for what, number in sorted(faults.items()))
        raise DataError(f"exports do not add up: {told}; see docs/order-exports.md")
    return {
        **{state.value: of_run.get(state, 0) for state in ItemState},
        **{f"all_{state.value}": of_all.get(state, 0) for state in ItemState},
        "unacknowledged": unacknowledged,
    }
