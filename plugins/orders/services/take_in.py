"""Takes messages in: what they say, and the messages themselves, in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.feed import Feed, MessageFormat
from orders.messages.reader import Told, read_message
from orders.messages.refusal import RefusedMessageError
from orders.storage import inbox
from orders.storage.inbox import Arrival, Receipt

_TYPES = {MessageFormat.JSON: "application/json", MessageFormat.XML: "application/xml"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that has arrived.

    Attributes:
        feed: Whose it is.
        body: As it was received.
        at: When; times in it are judged against that.
    """

    feed: Feed
    body: bytes
    at: datetime


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


Outcome = list[Taken] | RefusedMessageError
"""What becomes of a message: what the inbox says to each of its events, or why it is refused; an
empty list where its feed does not want to hear such messages."""


def take_in(database: Database, messages: Sequence[Message]) -> list[Outcome]:
    """Put the events of messages into the inbox; of each message all or none.

    A message is kept with the first of its events that are new. When this returns, everything is
    committed.

    Args:
        database: Where the inbox is.
        messages: In the order of their arrival.

    Returns:
        What becomes of each.

    Raises:
        TransientError: The database failed; the same messages may be taken in again.
    """
    read = [_read(message) for message in messages]
    told = [[] if isinstance(events, RefusedMessageError) else events for events in read]
    arrivals = [
        Arrival(message.feed.name, event.event_id, event.said, message.feed.patience_s)
        for message, events in zip(messages, told, strict=True)
        for event in events
    ]
    if not arrivals:
        return [events if isinstance(events, RefusedMessageError) else [] for events in read]
    with database.transaction() as connection:
        receipts = iter(inbox.receive(connection, arrivals))
        taken = [_taken(events, receipts) for events in told]
        _keep_raw(connection, messages, taken)
    return [
        events if isinstance(events, RefusedMessageError) else answers
        for events, answers in zip(read, taken, strict=True)
    ]


def content_type(feed: Feed) -> str:
    """Return what the messages of a feed are, as HTTP has it."""
    return _TYPES[feed.format]


def _read(message: Message) -> list[Told] | RefusedMessageError:
    try:
        return read_message(message.feed, message.body, message.at) or []
    except RefusedMessageError as fault:
        return fault


def _taken(events: Sequence[Told], receipts: Iterator[tuple[Receipt, int]]) -> list[Taken]:
    answers = islice(receipts, len(events))
    return [
        Taken(event.event_id, receipt, number)
        for event, (receipt, number) in zip(events, answers, strict=True)
    ]


def _keep_raw(
    connection: Connection, messages: Sequence[Message], taken: Sequence[Sequence[Taken]]
) -> None:
    with connection.pipeline():
        for message, answers in zip(messages, taken, strict=True):
            for answer in answers:
                if answer.receipt is Receipt.ACCEPTED:
                    kind = content_type(message.feed)
                    inbox.keep_raw(connection, answer.number, kind, message.body)
                    break
