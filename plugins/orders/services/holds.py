"""Puts orders on hold: their flags queue until somebody releases them."""

from impex.storage.connection import Database
from orders.domain.order import Cause
from orders.services.fire import locked_order
from orders.storage import export_items


def hold(database: Database, number: str, cause: Cause) -> bool:
    """Export nothing of an order until it is released; flags that are raised meanwhile queue.

    What waits at a gate stays there; approved meanwhile, it waits for the release as well. What was
    sent is sent.

    Args:
        database: Where the orders are.
        number: Of the order, or of a delivery or parcel of it.
        cause: Who, and why.

    Returns:
        Whether it was not on hold already.

    Raises:
        DataError: There is no such order.
    """
    with database.transaction() as connection:
        return export_items.hold(connection, locked_order(connection, number).id, cause)


def release(database: Database, number: str, cause: Cause) -> bool:
    """Let the flags of an order go on; return whether it was on hold.

    Raises:
        DataError: There is no such order.
    """
    with database.transaction() as connection:
        return export_items.release(connection, locked_order(connection, number).id, cause)
