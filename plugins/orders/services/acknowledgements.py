"""Applies what receivers say of messages that they were sent, message by message."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from psycopg import Connection

from orders.domain.acknowledgement import Acknowledgement, hear
from orders.domain.moments import in_order
from orders.domain.verdict import EventState, Verdict
from orders.services.export_orders import settle_items
from orders.storage import inbox, outbox
from orders.storage.inbox import Event
from orders.storage.outbox import Heard

Said = Event[Acknowledgement]


class Messages:
    """Messages of the outbox, and what is said of them.

    They are locked before the orders that they are about, as whoever sends them does.
    """

    def claim(self, connection: Connection, *, past: int, events: int) -> list[int]:
        """Lock some messages that acknowledgements are about."""
        return inbox.claim_messages(connection, past=past, events=events)

    def lock(self, connection: Connection, number: int) -> None:
        """Lock a message."""
        outbox.lock(connection, [number])

    def events(self, connection: Connection, numbers: Sequence[int]) -> list[Said]:
        """Return what is not settled of locked messages."""
        return inbox.open_acknowledgements(connection, numbers)

    def apply(
        self, connection: Connection, events: Sequence[Said], run: str
    ) -> list[tuple[Said, Verdict]]:
        """Note what was said of messages, mark the events, and let items follow."""
        messages = outbox.lock(connection, {event.about for event in events})
        settled: list[tuple[Said, Verdict]] = []
        heard: list[Heard] = []
        for event in in_order(events, attrgetter("moment")):
            if event.said is None:
                verdict = Verdict(EventState.DEAD, "its payload cannot be read", merged=False)
                settled.append((event, verdict))
                continue
            message = messages[event.about]
            state, verdict = hear(message, event.said)
            settled.append((event, verdict))
            if verdict.state is EventState.APPLIED:
                messages[message.id] = replace(message, state=state)
                heard.append(Heard(message.id, state, event.said.words, event.feed, event.id))
        outbox.acknowledge(connection, heard, run)
        settle_items(connection, [each.message for each in heard])
        inbox.settle(connection, settled)
        return settled
