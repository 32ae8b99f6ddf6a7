"""Sends what waits in the outbox for a target."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

import structlog
from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.exporter import Exporter
from orders.domain.outbox import (
    Answer,
    Attempt,
    Fate,
    MessageState,
    Outcome,
    Retry,
    Target,
    fate,
)
from orders.storage import outbox, pace

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 100
_UNHEARD: Final = (Outcome.UNREACHED, Outcome.UNKNOWN)
_UNCLEAR: Final = (Outcome.UNKNOWN, Outcome.REFUSED)


def _none(connection: Connection, attempts: Sequence[Attempt]) -> Collection[int]:  # noqa: ARG001
    """All of them are to be sent."""
    return ()


def _nothing(connection: Connection, messages: Sequence[int]) -> None:
    """Nothing follows from what becomes of messages."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where messages of one name go.

    Attributes:
        name: Under which they wait in the outbox, and of the circuit.
        target: Opened by the caller, who closes it.
        retry: How often a message is tried.
        rate: How many messages a minute all senders together send; None is no limit.
        order_id: Only messages about this order are sent; None for all.
        check: Asked, in the transaction that claims messages, which of them are not to be sent after
            all; it takes them out of the outbox.
        settled: Told, in the same transaction, of which messages something was noted.
    """

    name: str
    target: Target
    retry: Retry = field(default_factory=Retry)
    rate: int | None = None
    order_id: int | None = None
    check: Callable[[Connection, Sequence[Attempt]], Collection[int]] = _none
    settled: Callable[[Connection, Sequence[int]], None] = _nothing


def route_of(exporter: Exporter, target: Target) -> Route:
    """Return the route of an exporter's messages to its target."""
    return Route(exporter.name, target, exporter.retry, exporter.rate)


def send_due(
    database: Database, route: Route, *, run: str, stop: Callable[[], bool]
) -> Counter[MessageState]:
    """Send what is due to a target, until nothing is, the target does not answer, or its rate is used.

    A message is in the hands of one sender, which says so before it sends. If it is lost, a target
    that takes a key once gets the message again; what other targets may have stays uncertain until
    they tell by its key, or a person does. Several senders may work beside each other.

    Args:
        database: Where the outbox is.
        route: To the target.
        run: Of Airflow; may be empty.
        stop: Asked between messages; True ends the work.

    Returns:
        How many attempts ended in which state.

    Raises:
        TransientError: The database failed. What was being sent is recovered by the next sender.
    """
    name, target = route.name, route.target
    tally: Counter[MessageState] = Counter()
    with database.direct() as own:  # while the connection lives, so does the sender
        sender = _sign_on(own, route, run)
        tally.update(_ask(own, route, run, sender))
        limit = 1
        while not stop():
            with own.transaction() as connection:
                claimed = _claim(connection, route, sender, limit)
                gone = route.check(connection, claimed) if claimed else ()
            if not claimed:
                break
            attempts = [each for each in claimed if each.message.id not in gone]
            answers = target.send_all([attempt.message for attempt in attempts])
            fates = _fates(attempts, answers, route)
            with own.transaction() as connection:
                outbox.settle(connection, fates, MessageState.SENDING, run, sender)
                route.settled(connection, [number for number, _ in fates])
                silent = _silent(answers)
                outbox.note_answers(connection, name, heard=silent < len(answers), silent=silent)
            tally.update(each.state for _, each in fates)
            # What a lost sender had in hand is uncertain, and should be one message. Of a target
            # that may have failed no more is asked than tells whether it has. With a rate, what is
            # taken in hand is sent in the same moment.
            hasty = target.repeatable and route.rate is None and not silent
            limit = min(2 * limit, _AT_ONCE) if hasty else 1
    log.info("sent", place=name, **{state.value: n for state, n in sorted(tally.items())})
    return tally


def _sign_on(own: Database, route: Route, run: str) -> int:
    """Take from senders that are gone what they had in hand; return the number of a new one."""
    own.be_repetitive()
    with own.transaction() as connection:
        sender = outbox.sign_on(connection)
        repeatable = route.target.repeatable
        lost = outbox.recover(connection, route.name, run, repeatable=repeatable)
        route.settled(connection, lost)
    if lost:
        log.warning("senders were lost", place=route.name, messages=len(lost))
    return sender


def _claim(connection: Connection, route: Route, sender: int, limit: int) -> list[Attempt]:
    """Take messages in hand; none while the rate of the target is used up."""
    if route.rate is not None and not pace.may_send(connection, route.name, route.rate):
        return []
    attempts = outbox.claim(connection, route.name, sender, limit, order_id=route.order_id)
    if route.rate is not None and attempts:
        pace.note(connection, route.name)
    return attempts


def _ask(own: Database, route: Route, run: str, sender: int) -> Counter[MessageState]:
    """Ask the target for some messages that it may have."""
    with own.transaction() as connection:
        attempts = outbox.uncertain(connection, route.name, sender, _AT_ONCE)
    fates = [
        (attempt.message.id, _told(answer))
        for attempt in attempts
        if (answer := route.target.probe(attempt.message)) and answer.outcome not in _UNCLEAR
    ]
    if fates:
        with own.transaction() as connection:
            outbox.settle(connection, fates, MessageState.UNCERTAIN, run, sender)
            route.settled(connection, [number for number, _ in fates])
    return Counter(each.state for _, each in fates)


def _told(answer: Answer) -> Fate:
    """Return what a target's word about a message that it may have means."""
    if answer.outcome is Outcome.SENT:
        return Fate(MessageState.SENT, answer.text)
    return Fate(MessageState.PENDING, answer.text)


def _fates(
    attempts: Sequence[Attempt], answers: Sequence[Answer], route: Route
) -> list[tuple[int, Fate]]:
    return [
        (
            attempt.message.id,
            fate(
                attempt,
                answer,
                route.retry,
                repeatable=route.target.repeatable,
                luck=random.random(),  # noqa: S311 - spreads attempts, guards nothing
            ),
        )
        for attempt, answer in zip(attempts, answers, strict=True)
    ]


def _silent(answers: Sequence[Answer]) -> int:
    """Return how many of the last answers were none."""
    return len(list(takewhile(lambda answer: answer.outcome in _UNHEARD, reversed(answers))))
