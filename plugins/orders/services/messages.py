"""What people decide about messages, and what follows for the items that they are about."""

from collections.abc import Sequence

from impex.storage.connection import Database
from orders.domain.order import Cause
from orders.domain.outbox import MessageState
from orders.services.export_orders import settle_items
from orders.storage import outbox


def decide_messages(
    database: Database, messages: Sequence[int], state: MessageState, cause: Cause
) -> list[int]:
    """Bring messages where a person wants them; return those in a state that allows it.

    Raises:
        TransientError: The database failed, and nothing was decided.
    """
    with database.transaction() as connection:
        found = outbox.decide(connection, messages, state, cause)
        settle_items(connection, found)
    return found
