"""Runs the same events twice: quietly and in order, and through everything that can go wrong."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.domain.generation import make_orders
from orders.domain.order import Cause
from orders.services.consume import consume
from orders.services.place import place_drafts
from orders.storage import inbox, making
from orders.storage.inbox import Arrival
from tests.proof.events import make_events, placed_lines
from tests.proof.outcome import broken_rules, differences, outcome
from tests.waiting import wait_for

CONSUMERS = 4
_QUIET_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Size:
    """How much is tried.

    Attributes:
        orders: How many orders there are.
        copies: How often each event arrives, on average.
        kills: How many consumers are killed while they work.
    """

    orders: int
    copies: int
    kills: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What was tried and found.

    Attributes:
        events: How many distinct events there were.
        arrivals: How many times events arrived.
        kills: How many consumers were killed.
        faults: What differs from the quiet run, or must never be; empty when all is well.
    """

    events: int
    arrivals: int
    kills: int
    faults: Sequence[str]


def prove(quiet: str, chaotic: str, size: Size, seed: int) -> Proof:
    """Try it.

    Args:
        quiet: DSN of an empty, migrated database.
        chaotic: DSN of another.
        size: How much.
        seed: Decides on everything but the points at which consumers die.
    """
    with Database(quiet) as calm, Database(chaotic) as wild:
        for database in (calm, wild):
            _fill(database, size.orders, seed)
        events = make_events(placed_lines(calm), seed)
        for start in range(0, len(events), _QUIET_BATCH):
            _receive(calm, events[start : start + _QUIET_BATCH])
        consume(calm, "proof")
        arrivals = _shuffled(events, size.copies, seed)
        kills = _weather(chaotic, wild, arrivals, size.kills, seed)
        faults = differences(outcome(calm), outcome(wild))
        faults += [*broken_rules(calm), *broken_rules(wild)]
    return Proof(len(events), len(arrivals), kills, faults)


def _fill(database: Database, orders: int, seed: int) -> None:
    with database.transaction() as connection:
        making.insert_orders(connection, make_orders(seed, orders))
        making.stock_up(connection)
    place_drafts(database, Cause("proof"))


def _receive(database: Database, arrivals: Sequence[Arrival]) -> None:
    with database.transaction() as connection:
        inbox.receive(connection, arrivals)


def _shuffled(events: Sequence[Arrival], copies: int, seed: int) -> list[Arrival]:
    """Return every event at least once, some much more often, in any order."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    arrivals = [*events, *chance.choices(events, k=(copies - 1) * len(events))]
    chance.shuffle(arrivals)
    return arrivals


def _weather(
    dsn: str, database: Database, arrivals: Sequence[Arrival], kills: int, seed: int
) -> int:
    """Let events rain in while consumers work and die; return how many have died."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    intake = threading.Thread(target=_rain, args=(dsn, arrivals, chance))
    killed = 0
    with _consumers(dsn) as consumers:
        intake.start()
        while killed < kills:
            time.sleep(chance.uniform(0.05, 0.6))
            victim = chance.randrange(len(consumers))
            consumers[victim].kill()
            consumers[victim].wait()
            consumers[victim] = _consumer(dsn)
            killed += 1
        intake.join()
        wait_for(lambda: not _something_waits(database), "the inbox to be worked off", 600)
    return killed


def _rain(dsn: str, arrivals: Sequence[Arrival], chance: random.Random) -> None:
    """Take events in by batches of all sizes."""
    with Database(dsn) as database:
        start = 0
        while start < len(arrivals):
            end = start + chance.choice((1, 10, 100, 500))
            _receive(database, arrivals[start:end])
            start = end


def _something_waits(database: Database) -> bool:
    with database.transaction() as connection:
        row = connection.execute("SELECT count(*) FROM orders.inbox WHERE state = 'waiting'")
        return row.fetchone() != (0,)


@contextmanager
def _consumers(dsn: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [_consumer(dsn) for _ in range(CONSUMERS)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def _consumer(dsn: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.proof.consumer", dsn], cwd=REPOSITORY)
