"""Applies what waits in the inbox, in batches of whole orders.

Everything that an event does is in one transaction with the mark that it is done. The orders of a
batch are locked; other consumers leave them out, and take others. A batch that fails is tried
again event by event, each in a transaction of its own, so that only the event that fails is left.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final

import structlog
from psycopg import Connection

from impex.domain.errors import TransientError
from impex.storage.connection import Database, be_repetitive
from orders.domain.moments import in_order
from orders.domain.order import Cause, Order
from orders.domain.progress import apply_update, fire_asked
from orders.domain.verdict import EventState, Verdict
from orders.storage import inbox
from orders.storage.inbox import Event
from orders.storage.orders import load_orders, lock_orders, save_orders

BATCH: Final = 1000
"""How many events a transaction holds, about: more would hold locks for longer."""

ATTEMPTS: Final = 3
"""How often an event may fail before it is dead."""

_OBJECTS: Final = 200_000

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """What a consumer has done: events by what became of them, and how many failures."""

    states: Counter[EventState] = field(default_factory=Counter)
    failures: int = 0
    issues: int = 0

    def add(self, settled: Iterable[tuple[Event, Verdict]]) -> None:
        """Count what has been committed."""
        for _, verdict in settled:
            self.states[verdict.state] += 1
            self.issues += len(verdict.issues)


def consume(database: Database, run: str, *, stop: Callable[[], bool] = lambda: False) -> Tally:
    """Apply events until none waits that another consumer does not work on.

    Args:
        database: Where inbox and orders are.
        run: What goes into the history as the run.
        stop: Asked between batches whether to leave the rest to others.

    Raises:
        TransientError: The database failed; what was committed stays, the rest still waits.
    """
    tally, past, found = Tally(), 0, False
    with database.transaction() as connection:
        be_repetitive(connection)
        inbox.unpark(connection)
    with _rare_collection():
        while not stop():
            ids = _consume_batch(database, run, past, tally)
            if ids:
                past, found = ids[-1], True
            elif past and found:
                past, found = 0, False
            else:
                break
    return tally


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let Python look for cycles of objects less often: a batch makes many objects and no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _consume_batch(database: Database, run: str, past: int, tally: Tally) -> list[int]:
    """Apply one batch; return the ids of its orders."""
    ids: list[int] = []
    settled: list[tuple[Event, Verdict]] = []
    try:
        with database.transaction() as connection:
            ids = inbox.claim_orders(connection, past=past, events=BATCH)
            if ids:
                settled = _apply(connection, inbox.waiting_events(connection, ids), run)
    except TransientError:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next tries find out which event
        log.warning("a batch failed", orders=len(ids), reason=type(fault).__name__)
        for order_id in ids:
            consume_singly(database, run, order_id, tally)
    else:
        tally.add(settled)
    return ids


def consume_singly(database: Database, run: str, order_id: int, tally: Tally) -> None:
    """Apply the events of one order, each in its own transaction, up to the first that fails.

    Raises:
        TransientError: The database failed.
    """
    tried: set[int] = set()
    rest = 1
    while rest:
        event: Event | None = None
        try:
            with database.transaction() as connection:
                lock_orders(connection, [order_id])
                open_ = in_order(inbox.waiting_events(connection, [order_id]), _moment)
                waiting = [each for each in open_ if each.id not in tried]
                if not waiting:
                    return
                event, rest = waiting[0], len(waiting) - 1
                tried.add(event.id)
                settled = _apply(connection, [event], run)
        except TransientError:
            raise
        except Exception as fault:
            if event is None:
                raise
            if _has_died(database, event, fault, tally):
                continue
            return
        tally.add(settled)


def _has_died(database: Database, event: Event, fault: Exception, tally: Tally) -> bool:
    """Count the failure of an event; tell whether it was the last one."""
    tally.failures += 1
    reason = f"{type(fault).__name__}: {' '.join(str(fault).split())}"[:500]
    log.warning("an event failed", number=event.id, feed=event.feed, fault=type(fault).__name__)
    with database.transaction() as connection:
        state = inbox.fail(connection, event.id, reason, ATTEMPTS)
    if state is EventState.DEAD:
        tally.states[state] += 1
    return state is EventState.DEAD


def _apply(
    connection: Connection, events: Sequence[Event], run: str
) -> list[tuple[Event, Verdict]]:
    """Apply events to their orders, which are locked, and mark them."""
    orders = load_orders(connection, sorted({event.order_id for event in events}))
    settled: list[tuple[Event, Verdict]] = []
    for order_id, group in groupby(events, attrgetter("order_id")):
        settled.extend(apply_events(orders[order_id], list(group), run))
    # While the database marks the events, what was done to the orders is made ready.
    with connection.pipeline():
        inbox.settle(connection, settled)
        save_orders(connection, orders.values())
    return settled


def apply_events(order: Order, events: Sequence[Event], run: str) -> list[tuple[Event, Verdict]]:
    """Apply the events of one order in their order; what is parked has a chance after each.

    Returns:
        What became of each.
    """
    settled: dict[int, tuple[Event, Verdict]] = {}
    waiting = in_order(events, _moment)
    while waiting:
        parked: list[Event] = []
        moves = len(order.facts)
        for event in waiting:
            verdict = _apply_one(order, event, settled.get(event.id, (event, None))[1], run)
            settled[event.id] = event, verdict
            if verdict.state is EventState.PARKED:
                parked.append(event)
        waiting = parked if len(order.facts) > moves else []
    return list(settled.values())


def _apply_one(order: Order, event: Event, before: Verdict | None, run: str) -> Verdict:
    cause = Cause(f"feed {event.feed}", event.id, run)
    if event.update is None:
        return Verdict(EventState.DEAD, "its payload cannot be read", merged=False)
    if before is None and not event.merged:
        return apply_update(order, event.update, event.moment, cause)
    verdict = Verdict(issues=before.issues if before else event.issues)
    fire_asked(order, event.update, cause, verdict)
    return verdict


_moment = attrgetter("moment")
