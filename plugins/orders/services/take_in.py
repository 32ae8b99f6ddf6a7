"""Takes a message in: what it says, and the message itself, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from impex.storage.connection import Database
from orders.domain.feed import Feed, MessageFormat
from orders.messages.reader import Told, read_message
from orders.storage import inbox
from orders.storage.inbox import Arrival, Receipt

_TYPES = {MessageFormat.JSON: "application/json", MessageFormat.XML: "application/xml"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What the inbox says to one event of a message.

    Attributes:
        event_id: As the sender counts; empty where it does not.
        receipt: What the inbox says.
        number: Of the event in the inbox, or of the one that was first.
    """

    event_id: str
    receipt: Receipt
    number: int


def take_in(database: Database, feed: Feed, body: bytes, now: datetime) -> list[Taken]:
    """Put the events of a message into the inbox, all or none.

    The message is kept with the first of its events that are new.

    Args:
        database: Where the inbox is.
        feed: Whose message it is.
        body: As it was received.
        now: Against which times in it are judged.

    Returns:
        What the inbox says to each; none where the feed does not want to hear such messages. When
        this returns, all of it is committed.

    Raises:
        RefusedMessageError: The message cannot be taken.
        TransientError: The database failed; the same message may be sent again.
    """
    told = read_message(feed, body, now)
    if told is None:
        return []
    arrivals = [Arrival(feed.name, t.event_id, t.update, feed.patience_s) for t in told]
    with database.transaction() as connection:
        receipts = inbox.receive(connection, arrivals)
        fresh = [number for receipt, number in receipts if receipt is Receipt.ACCEPTED]
        if fresh:
            inbox.keep_raw(connection, fresh[0], _TYPES[feed.format], body)
    return [_taken(event, *receipt) for event, receipt in zip(told, receipts, strict=True)]


def _taken(told: Told, receipt: Receipt, number: int) -> Taken:
    return Taken(told.event_id, receipt, number)
