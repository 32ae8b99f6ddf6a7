"""Applies what waits in the inbox, in batches of whole orders and of whole messages.

Everything that an event does is in one transaction with the mark that it is done. What the events of
a batch are about is locked; other consumers leave that out, and take something else. A batch that
fails is tried again event by event, each in a transaction of its own, so that only the event that
fails is left.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Protocol

import structlog
from psycopg import Connection

from impex.domain.errors import TransientError
from impex.storage.connection import Database
from orders.domain.moments import in_order
from orders.domain.verdict import EventState, Verdict
from orders.services.acknowledgements import Messages
from orders.services.updates import Orders
from orders.storage import inbox
from orders.storage.inbox import Event

ATTEMPTS: Final = 3
"""How often an event may fail before it is dead."""

_BATCH: Final = 1000
_OBJECTS: Final = 200_000

log = structlog.get_logger(__name__)


class Subjects(Protocol):
    """What events are about."""

    def claim(self, connection: Connection, *, past: int, events: int) -> list[int]:
        """Lock some that have events and that nobody else has locked; return their numbers.

        Args:
            connection: In a transaction, which holds the locks.
            past: Only those with a higher number.
            events: As many as have about so many events: more would hold locks for longer.
        """

    def lock(self, connection: Connection, number: int) -> None:
        """Lock one, and wait for it."""

    def events(self, connection: Connection, numbers: Sequence[int]) -> list[Event[Any]]:
        """Return the events about those that are locked, in the order of arrival of each."""

    def apply(
        self, connection: Connection, events: Sequence[Event[Any]], run: str
    ) -> list[tuple[Event[Any], Verdict]]:
        """Do what events say, mark them, and return what became of each."""


@dataclass(slots=True)
class Tally:
    """What a consumer has done: events by what became of them, and how many failures."""

    states: Counter[EventState] = field(default_factory=Counter)
    failures: int = 0
    issues: int = 0

    def add(self, settled: Iterable[tuple[Event[Any], Verdict]]) -> None:
        """Count what has been committed."""
        for _, verdict in settled:
            self.states[verdict.state] += 1
            self.issues += len(verdict.issues)


def consume(database: Database, run: str, *, stop: Callable[[], bool] = lambda: False) -> Tally:
    """Apply events until none waits that another consumer does not work on.

    Args:
        database: Where inbox, orders and messages are.
        run: What goes into the history as the run.
        stop: Asked between batches whether to leave the rest to others.

    Raises:
        TransientError: The database failed; what was committed stays, the rest still waits.
    """
    tally = Tally()
    database.be_repetitive()
    with database.transaction() as connection:
        inbox.unpark(connection)
    with _rare_collection():
        for subjects in (Orders(), Messages()):
            _consume_all(database, subjects, run, tally, stop)
    return tally


def _consume_all(
    database: Database, subjects: Subjects, run: str, tally: Tally, stop: Callable[[], bool]
) -> None:
    past, found = 0, False
    while not stop():
        numbers = _consume_batch(database, subjects, run, past, tally)
        if numbers:
            past, found = numbers[-1], True
        elif past and found:
            past, found = 0, False
        else:
            return


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let Python look for cycles of objects less often: a batch makes many objects and no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _consume_batch(
    database: Database, subjects: Subjects, run: str, past: int, tally: Tally
) -> list[int]:
    """Apply one batch; return the numbers of what it was about."""
    numbers: list[int] = []
    settled: list[tuple[Event[Any], Verdict]] = []
    try:
        with database.transaction() as connection:
            numbers = subjects.claim(connection, past=past, events=_BATCH)
            if numbers:
                settled = subjects.apply(connection, subjects.events(connection, numbers), run)
    except TransientError:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next tries find out which event
        log.warning("a batch failed", subjects=len(numbers), reason=type(fault).__name__)
        for number in numbers:
            consume_singly(database, subjects, run, number, tally)
    else:
        tally.add(settled)
    return numbers


def consume_singly(
    database: Database, subjects: Subjects, run: str, number: int, tally: Tally
) -> None:
    """Apply the events about one subject, each in its own transaction, up to the first that fails.

    Raises:
        TransientError: The database failed.
    """
    tried: set[int] = set()
    rest = 1
    while rest:
        event: Event[Any] | None = None
        try:
            with database.transaction() as connection:
                subjects.lock(connection, number)
                open_ = in_order(subjects.events(connection, [number]), attrgetter("moment"))
                waiting = [each for each in open_ if each.id not in tried]
                if not waiting:
                    return
                event, rest = waiting[0], len(waiting) - 1
                tried.add(event.id)
                settled = subjects.apply(connection, [event], run)
        except TransientError:
            raise
        except Exception as fault:
            if event is None:
                raise
            if _has_died(database, event, fault, tally):
                continue
            return
        tally.add(settled)


def _has_died(database: Database, event: Event[Any], fault: Exception, tally: Tally) -> bool:
    """Count the failure of an event; tell whether it was the last one."""
    tally.failures += 1
    reason = f"{type(fault).__name__}: {' '.join(str(fault).split())}"[:500]
    log.warning("an event failed", number=event.id, feed=event.feed, fault=type(fault).__name__)
    with database.transaction() as connection:
        state = inbox.fail(connection, event.id, reason, ATTEMPTS)
    if state is EventState.DEAD:
        tally.states[state] += 1
    return state is EventState.DEAD
