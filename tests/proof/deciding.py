"""Lets many decide about one gate at once, while one of them is killed, round after round."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.domain.content import Content
from orders.domain.destination import Manual
from orders.domain.export_item import Part
from orders.domain.exporter import Approval, Exporter
from orders.domain.order import Cause
from orders.services.approve import decide, reject_late
from orders.services.chain import Chain
from orders.services.match import match
from orders.storage import export_items, gates
from orders.storage.gates import Decision
from tests.order_book import OrderBook

DECIDERS: Final = 16
VICTIM: Final = "victim"
_NEXT: Final = "TOLD"
_RELEASE: Final = Exporter("release", "INITPAID", Manual(), next_flag=_NEXT, approval=Approval())
_LATE: Final = "UPDATE orders.gate SET rejected_at = clock_timestamp() WHERE id = %s"
_OUTCOME: Final = f"""
    SELECT g.id, g.actor, g.decision, array_agg(DISTINCT i.state),
           array_agg(DISTINCT h.what || ' by ' || h.actor), count(h.id),
           (SELECT count(*) FROM orders.flag f
             WHERE f.order_id = min(i.order_id) AND f.flag = '{_NEXT}')
      FROM orders.gate g
      JOIN orders.export_item i ON i.gate_id = g.id
      LEFT JOIN orders.export_history h ON h.item_id = i.id
     GROUP BY g.id
     ORDER BY g.id
"""  # noqa: S608 - our own word


@dataclass(frozen=True, slots=True)
class Deciding:
    """What was tried and found.

    Attributes:
        told: How many times somebody was told what counts.
        decisions: How many gates were decided how.
        late: How many of them by their time.
        killed: How many deciders were killed, and of how many the decision counts.
        faults: What must never be; empty when all is well.
    """

    told: int
    decisions: Counter[str]
    late: int
    killed: tuple[int, int]
    faults: Sequence[str]


def chain_of(database: Database) -> Chain:
    """Return a chain of one exporter, at which a person decides about each order."""
    with database.transaction() as connection:
        run = export_items.begin_run(connection, "proof")
    return Chain((_RELEASE,), _say, _nowhere, run)


def prove_deciding(dsn: str, rounds: int, kills: int, seed: int) -> Deciding:
    """Try it.

    Args:
        dsn: Of an empty, migrated database.
        rounds: How many gates there are; so many times all decide at once.
        kills: In how many rounds another one is killed while he decides.
        seed: Says who decides what, and when he is killed.
    """
    with Database(dsn) as database:
        book, chain = OrderBook(database), chain_of(database)
        book.stock("ACME", "TEA", rounds)
        for number in range(rounds):
            book.placed(f"O{number}", ("ACME", "TEA", 1, "standard"))
        match(database, chain, stop=lambda: False)
        with database.transaction() as connection:
            numbers = [row["id"] for row in gates.open_gates(connection, rounds)]
        told = _decide_all(dsn, numbers, kills, seed)
        found = book.query(_OUTCOME)
        faults = [fault for row in found for fault in _faults(row, told[row[0]])]
        with database.transaction() as connection:
            faults += export_items.faults(connection, None)
    actors = Counter(actor for _, actor, *_ in found)
    return Deciding(
        told=sum(len(each) for each in told.values()),
        decisions=Counter(decision for _, _, decision, *_ in found),
        late=actors["timeout"],
        killed=(kills, actors[VICTIM]),
        faults=faults,
    )


def _decide_all(
    dsn: str, numbers: Sequence[int], kills: int, seed: int
) -> dict[int, list[tuple[str, str]]]:
    """Let all decide about each gate; return what they were told, by the number of the gate."""
    told: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
    barrier = threading.Barrier(DECIDERS + 1)

    def work(person: int) -> None:
        chance = random.Random(f"{seed}/{person}")  # noqa: S311 - nothing secret
        with Database(dsn) as database:
            book, chain = OrderBook(database), chain_of(database)
            for number in numbers:
                wish = chance.choice((*Decision, None))
                if wish is None:
                    book.query(_LATE, number)
                barrier.wait()
                told[number].append(_decide(database, chain, number, wish, f"person {person}"))

    threads = [threading.Thread(target=work, args=(person,)) for person in range(DECIDERS)]
    for thread in threads:
        thread.start()
    _kill_some(dsn, numbers, kills, barrier, random.Random(seed))  # noqa: S311 - nothing secret
    for thread in threads:
        thread.join()
    return told


def _decide(
    database: Database, chain: Chain, number: int, wish: Decision | None, person: str
) -> tuple[str, str]:
    """Approve, reject, or reject because the time is over; return what counts."""
    if wish is None:
        reject_late(database, chain)
        wish = Decision.REJECTED
    found = decide(database, chain, number, wish, Cause(person))
    return found.actor, str(found.decision)


def _kill_some(
    dsn: str, numbers: Sequence[int], kills: int, barrier: threading.Barrier, chance: random.Random
) -> None:
    """Begin each round; in some of them another one decides, and is killed meanwhile."""
    chosen = set(chance.sample(numbers, kills))
    victims = _victims(dsn, kills)
    for number in numbers:
        if number in chosen:
            victim = next(victims)
            print(number, file=victim.stdin, flush=True)
            time.sleep(chance.uniform(0, 0.03))
            barrier.wait()
            time.sleep(chance.uniform(0, 0.06))
            victim.kill()
            victim.communicate()
        else:
            barrier.wait()


def _victims(dsn: str, number: int) -> Iterator["subprocess.Popen[str]"]:
    """Yield processes that are ready to decide; the next one starts while one is used."""
    command = [sys.executable, "-m", "tests.proof.decider", dsn]

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    coming = start()
    for left in reversed(range(number)):
        ready = coming
        assert ready.stdout is not None
        assert ready.stdout.readline() == "ready\n"
        if left:
            coming = start()
        yield ready


def _faults(row: tuple[Any, ...], told: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Tell what must not be of one gate."""
    number, actor, decision, states, noted, notes, raised = row
    approved = decision == Decision.APPROVED
    if {*told} != {(actor, decision)} or len(told) != DECIDERS:
        yield f"gate {number} is {decision} by {actor}, and people were told {Counter(told)}"
    if states != ["exported" if approved else "rejected"]:
        yield f"gate {number} is {decision}, and its items are {states}"
    if noted != [f"{decision} by {actor}"] or notes != 1:
        yield f"gate {number} is {decision} by {actor}, and {notes} times there was noted {noted}"
    if raised != approved:
        yield f"gate {number} is {decision}, and the next flag was raised {raised} times"


def _say(connection: Connection, parts: Sequence[Part]) -> list[Content]:  # noqa: ARG001
    """Say the number of each order."""
    return [Content(part.first.order.encode(), "text/plain", ".txt") for part in parts]


def _nowhere(part: Part, content: Content) -> list[Any]:  # noqa: ARG001
    """Send nothing."""
    return []
