"""The inbox: what others say of orders and of messages, each event once, until it is settled."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from psycopg import Connection

from impex.storage.named_queries import queries
from orders.domain import acknowledgement, update
from orders.domain.acknowledgement import Acknowledgement
from orders.domain.moments import Moment
from orders.domain.update import DeliveryUpdate, fingerprint
from orders.domain.verdict import EventState, Verdict

_SQL = queries("inbox", "orders.storage")

S = TypeVar("S")


class Receipt(StrEnum):
    """What the inbox says to an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that has arrived.

    Attributes:
        feed: Name of the feed.
        event_id: As the sender counts; empty where it does not: the contents then identify it.
        said: What it says.
        patience_s: How many seconds it may wait for what must come before it.
    """

    feed: str
    event_id: str
    said: DeliveryUpdate | Acknowledgement
    patience_s: float


@dataclass(frozen=True, slots=True)
class Event(Generic[S]):
    """An event of the inbox that is not settled.

    Attributes:
        id: Number in the inbox; later arrivals have higher ones.
        about: Number of the order that it is about, or of the message.
        feed: Where it came from.
        merged: Whether its data is taken over already.
        issues: What could not be taken over then.
        moment: When it happened, as far as is known.
        said: What it says; None if its payload cannot be read.
    """

    id: int
    about: int
    feed: str
    merged: bool
    issues: list[str]
    moment: Moment
    said: S | None


def receive(connection: Connection, arrivals: Sequence[Arrival]) -> list[tuple[Receipt, int]]:
    """Take events in, in their order.

    Returns:
        For each event what the inbox says to it, and its number there; a duplicate and a
        conflict have the number of the event that was first.
    """
    rows = [_row(number, arrival) for number, arrival in enumerate(arrivals)]
    asked = {"events": json.dumps(rows)}
    fresh = {
        (feed, event_id): id_ for id_, feed, event_id in connection.execute(_SQL["receive"], asked)
    }
    if len(fresh) == len(rows):
        # As usual: there is nothing to compare with, and a question less to ask.
        return [(Receipt.ACCEPTED, fresh[row["feed"], row["event_id"]]) for row in rows]
    known = {
        (feed, event_id): (id_, bytes(stored))
        for id_, feed, event_id, stored in connection.execute(_SQL["known"], asked)
    }
    receipts: list[tuple[Receipt, int]] = []
    conflicts = []
    for row in rows:
        key = row["feed"], row["event_id"]
        id_, stored = known[key]
        if row["fingerprint"] != f"\\x{stored.hex()}":
            receipts.append((Receipt.CONFLICT, id_))
            conflicts.append({**row, "inbox_id": id_})
        elif fresh.pop(key, None):
            receipts.append((Receipt.ACCEPTED, id_))
        else:
            receipts.append((Receipt.DUPLICATE, id_))
    if conflicts:
        connection.execute(_SQL["keep_conflicts"], {"rows": json.dumps(conflicts)})
    return receipts


def keep_raw(connection: Connection, inbox_id: int, content_type: str, body: bytes) -> None:
    """Keep the bytes of an event as they were received."""
    values = {"inbox_id": inbox_id, "content_type": content_type, "body": body}
    connection.execute(_SQL["keep_raw"], values)


def remove_raw(connection: Connection, days: int, limit: int) -> int:
    """Remove the bytes of some events that came so many days ago; return of how many."""
    return connection.execute(_SQL["remove_raw"], {"days": days, "limit": limit}).rowcount


def claim_orders(connection: Connection, *, past: int, events: int) -> list[int]:
    """Lock some of the orders that events wait for, until the end of the transaction.

    Args:
        connection: In a transaction.
        past: Only orders with a higher id than this.
        events: As many orders as have about so many events.
    """
    rows = connection.execute(_SQL["claim"], {"past": past, "events": events})
    return [order_id for (order_id,) in rows]


def waiting_events(connection: Connection, order_ids: Sequence[int]) -> list[Event[DeliveryUpdate]]:
    """Return what is not settled of locked orders, by order, in the order of arrival."""
    rows = connection.execute(_SQL["events"], {"ids": list(order_ids)})
    return [_event(row, update.from_json) for row in rows]


def claim_messages(connection: Connection, *, past: int, events: int) -> list[int]:
    """Lock some of the messages that acknowledgements are about, until the end of the transaction.

    Args:
        connection: In a transaction.
        past: Only messages with a higher number than this.
        events: Messages of about so many acknowledgements.
    """
    rows = connection.execute(_SQL["claim_messages"], {"past": past, "events": events})
    return [message for (message,) in rows]


def open_acknowledgements(
    connection: Connection, messages: Sequence[int]
) -> list[Event[Acknowledgement]]:
    """Return what is not settled of locked messages, by message, in the order of arrival."""
    rows = connection.execute(_SQL["acknowledgements"], {"ids": list(messages)})
    return [_event(row, acknowledgement.from_json) for row in rows]


def settle(connection: Connection, settled: Iterable[tuple[Event[Any], Verdict]]) -> None:
    """Write what became of events."""
    rows = [
        {
            "id": event.id,
            "state": verdict.state,
            "reason": verdict.reason,
            "issues": verdict.issues,
            "merged": verdict.merged,
        }
        for event, verdict in settled
    ]
    connection.execute(_SQL["settle"], {"rows": json.dumps(rows)})


def fail(connection: Connection, event_id: int, reason: str, limit: int) -> EventState | None:
    """Count a failure of an event; return its state, or None if it is settled already."""
    values = {"id": event_id, "reason": reason, "limit": limit}
    row = connection.execute(_SQL["fail"], values).fetchone()
    return EventState(row[0]) if row else None


def unpark(connection: Connection) -> int:
    """Let events wait whose order has appeared; return how many."""
    return connection.execute(_SQL["unpark"]).rowcount


def wake(connection: Connection, order_ids: Sequence[int]) -> int:
    """Let what was parked for orders have another chance; return how many events."""
    return connection.execute(_SQL["wake"], {"ids": list(order_ids)}).rowcount


def give_up(connection: Connection) -> int:
    """Let events die that have waited too long; return how many."""
    return connection.execute(_SQL["give_up"]).rowcount


def replay(connection: Connection, event_ids: Sequence[int], reason: str) -> list[int]:
    """Let dead events wait again; return which those were."""
    values = {"ids": list(event_ids), "reason": reason}
    return [id_ for (id_,) in connection.execute(_SQL["replay"], values)]


def counts(connection: Connection) -> Iterator[tuple[str, EventState, int, datetime]]:
    """Yield feed, state, how many events, and when the oldest of them came."""
    for feed, state, number, oldest in connection.execute(_SQL["counts"]):
        yield feed, EventState(state), number, oldest


def _row(number: int, arrival: Arrival) -> dict[str, Any]:
    payload = _payload(arrival.said)
    digest = fingerprint(payload).hex()
    return {
        "n": number,
        "feed": arrival.feed,
        "event_id": arrival.event_id or digest,
        "fingerprint": f"\\x{digest}",
        "order_number": payload.get("order_number"),
        "delivery_number": payload.get("delivery_number"),
        "parcel": next((scan["number"] for scan in payload.get("scans", ())), None),
        "message_key": payload.get("message"),
        "occurred_at": payload.get("occurred_at"),
        "sequence": payload.get("sequence"),
        "patience_s": arrival.patience_s,
        "payload": payload,
    }


def _payload(said: DeliveryUpdate | Acknowledgement) -> dict[str, Any]:
    if isinstance(said, Acknowledgement):
        return acknowledgement.as_json(said)
    return update.as_json(said)


def _event(row: Sequence[Any], read: Callable[[Mapping[str, Any]], S]) -> Event[S]:
    id_, about, feed, merged, issues, at, sequence, payload = row
    moment = Moment(at, feed, sequence)
    return Event(id_, about, feed, merged, issues, moment, _read(payload, read))


def _read(payload: Any, read: Callable[[Mapping[str, Any]], S]) -> S | None:
    """Read a payload; only this project writes them, but an older version may have."""
    try:
        return read(payload)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
