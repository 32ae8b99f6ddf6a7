"""The outbox: messages to others, who has them in hand, and what became of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.acknowledgement import Sent
from orders.domain.order import Cause
from orders.domain.outbox import DECIDABLE, Attempt, Fate, Message, MessageState

_SQL = queries("outbox", "orders.storage")

_LOAD_BYTES: Final = 4 << 20
_PATIENCE: Final = 5
"""So many failures in a row open the circuit of a target."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is not in the outbox yet.

    Attributes:
        key: Another message of the same key is the same one.
        target: Which sender takes it.
        recipient: Within the target.
        content_type: MIME type of the body.
        body: As it is to be sent.
        order_id: Which order it tells of; None for several.
        fault: Why it cannot be sent, for a message that only tells a person that there is none.
        acknowledge_within: How long after it was sent its receiver should acknowledge it.
    """

    key: str
    target: str
    recipient: str
    content_type: str
    body: bytes
    order_id: int | None = None
    fault: str = ""
    acknowledge_within: timedelta | None = None


class Heard(NamedTuple):
    """What the receiver of a message has said: where it is now, why, by which event of which feed."""

    message: int
    state: MessageState
    reason: str
    feed: str
    event: int


def put(connection: Connection, drafts: Iterable[Draft]) -> int:
    """Put messages into the outbox, in the order in which they are to be sent.

    Returns:
        How many were not there already.
    """
    return sum(connection.execute(_SQL["put"], _columns(some)).rowcount for some in _loads(drafts))


def sign_on(connection: Connection) -> int:
    """Return a number for a sender, who is alive for as long as this connection."""
    ((number, _),) = connection.execute(_SQL["sign_on"]).fetchall()
    return int(number)


def recover(connection: Connection, target: str, run: str, *, repeatable: bool) -> list[int]:
    """Take from senders that are gone what they had in hand; return the numbers of the messages."""
    values = {"target": target, "run": run, "repeatable": repeatable}
    return [number for (number,) in connection.execute(_SQL["recover"], values)]


def claim(
    connection: Connection, target: str, sender: int, limit: int, *, order_id: int | None = None
) -> list[Attempt]:
    """Take messages that are due into a sender's hands; none while the target's circuit is open.

    Args:
        connection: In a transaction.
        target: Where they go.
        sender: Its number.
        limit: How many at most.
        order_id: Only those about this order; None for all.
    """
    values = {"target": target, "sender": sender, "limit": limit, "order": order_id}
    return sorted(_attempts(connection, "claim", values), key=lambda a: a.message.id)


def uncertain(connection: Connection, target: str, sender: int, limit: int) -> list[Attempt]:
    """Return messages that the target may have, for a sender to ask about; its answers count."""
    values = {"target": target, "sender": sender, "limit": limit}
    return sorted(_attempts(connection, "doubtful", values), key=lambda a: a.message.id)


def settle(
    connection: Connection,
    fates: Sequence[tuple[int, Fate]],
    was: MessageState,
    run: str,
    sender: int,
) -> int:
    """Note what became of messages.

    Args:
        connection: In a transaction.
        fates: By the number of the message.
        was: The state that they must still be in.
        run: Of Airflow; may be empty.
        sender: Who must still be the last to have had them in hand, or to have asked about them.

    Returns:
        Of how many it was noted; about the others somebody else has decided.
    """
    ordered = sorted(fates, key=lambda each: each[0])
    values = {
        "ids": [number for number, _ in ordered],
        "states": [fate.state.value for _, fate in ordered],
        "reasons": [fate.reason for _, fate in ordered],
        "doubtful": [fate.doubtful for _, fate in ordered],
        "waits_s": [fate.wait_s for _, fate in ordered],
        "from": was.value,
        "sender": sender,
        "run": run,
    }
    return connection.execute(_SQL["settle"], values).rowcount


def note_answers(connection: Connection, target: str, *, heard: bool, silent: int) -> None:
    """Close the circuit of a target that was heard; then count how often it was silent since."""
    if heard:
        connection.execute(_SQL["hear"], {"target": target})
    if silent:
        values = {"target": target, "silent": silent, "patience": _PATIENCE}
        connection.execute(_SQL["miss"], values)


def decide(
    connection: Connection, messages: Sequence[int], state: MessageState, cause: Cause
) -> list[int]:
    """Bring messages where a person wants them, and note who and why.

    Returns:
        The numbers of those in a state that allows it.
    """
    values = {
        "ids": list(messages),
        "from": [each.value for each in DECIDABLE[state]],
        "state": state.value,
        "actor": cause.actor,
        "reason": cause.reason,
    }
    return [number for (number,) in connection.execute(_SQL["decide"], values)]


def lock(connection: Connection, messages: Iterable[int]) -> dict[int, Sent]:
    """Lock messages of which their receivers speak, by number; return those that exist."""
    rows = connection.execute(_SQL["lock"], {"ids": list(messages)})
    return {number: Sent(number, target, MessageState(state)) for number, target, state in rows}


def acknowledge(connection: Connection, heard: Sequence[Heard], run: str) -> None:
    """Note what receivers have said of messages that are locked, each once."""
    values = {
        "ids": [each.message for each in heard],
        "states": [each.state.value for each in heard],
        "reasons": [each.reason for each in heard],
        "feeds": [each.feed for each in heard],
        "events": [each.event for each in heard],
        "run": run,
    }
    connection.execute(_SQL["acknowledge"], values)


def unacknowledged(connection: Connection, limit: int, past: int = 0) -> list[dict[str, Any]]:
    """Return what was sent and not acknowledged in time, the oldest first.

    Args:
        connection: In a transaction.
        limit: So many at most.
        past: Only what stands behind the message of this number; 0 for all.
    """
    return _rows(connection, "unacknowledged", {"limit": limit, "past": past})


def count_unacknowledged(connection: Connection) -> int:
    """Return how many messages these are."""
    ((number,),) = connection.execute(_SQL["count_unacknowledged"]).fetchall()
    return int(number)


def counts(connection: Connection) -> list[dict[str, Any]]:
    """Return how many messages of which target are in which state."""
    return _rows(connection, "counts", {})


def messages_in(
    connection: Connection, states: Sequence[MessageState], limit: int, past: int = 0
) -> list[dict[str, Any]]:
    """Return messages in some states with higher numbers than ``past``, in order."""
    values = {"states": [state.value for state in states], "limit": limit, "past": past}
    return _rows(connection, "messages", values)


def message(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a message with its bytes and its history; None if there is none of that number."""
    found = _rows(connection, "message", {"id": number})
    return {**found[0], "history": _rows(connection, "history", {"id": number})} if found else None


def circuits(connection: Connection) -> list[dict[str, Any]]:
    """Return the targets to which nothing is sent, because they have not answered, until when."""
    return _rows(connection, "circuits", {})


def forget(connection: Connection, days: int, limit: int) -> int:
    """Remove the bytes of some messages that ended so many days ago; return of how many."""
    return connection.execute(_SQL["forget"], {"days": days, "limit": limit}).rowcount


def _loads(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Yield drafts in pieces whose bytes PostgreSQL and this process can hold at once."""
    load: list[Draft] = []
    size = 0
    for draft in drafts:
        load.append(draft)
        size += len(draft.body)
        if size > _LOAD_BYTES:
            yield load
            load, size = [], 0
    if load:
        yield load


def _columns(drafts: Sequence[Draft]) -> dict[str, list[Any]]:
    """Return drafts as the columns of a statement."""
    return {
        "keys": [each.key for each in drafts],
        "targets": [each.target for each in drafts],
        "recipients": [each.recipient for each in drafts],
        "content_types": [each.content_type for each in drafts],
        "bodies": [each.body for each in drafts],
        "orders": [each.order_id for each in drafts],
        "states": [_state(each).value for each in drafts],
        "reasons": [each.fault for each in drafts],
        "within": [each.acknowledge_within for each in drafts],
    }


def _state(draft: Draft) -> MessageState:
    return MessageState.FAILED if draft.fault else MessageState.PENDING


def _attempts(connection: Connection, name: str, values: dict[str, Any]) -> Iterable[Attempt]:
    for number, key, recipient, content_type, body, attempts, doubtful in connection.execute(
        _SQL[name], values
    ):
        yield Attempt(Message(number, key, recipient, content_type, body), attempts, doubtful)


def _rows(connection: Connection, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[name], values).fetchall()
