"""Sends messages to a receiver whose answers are lost, with senders that are killed meanwhile."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.storage import outbox
from orders.storage.outbox import Draft
from tests.faulty_receiver import Fault, FaultyReceiver, faulty_receiver
from tests.proof.sender import TARGET

SENDERS = 3
_POLL_S = 0.02
_PATIENCE_S = 300
_LOST: Final = "its sender was lost"
_COUNT: Final = "SELECT count(*) FROM orders.outbox WHERE state = ANY(%s)"
_LATER: Final = (
    "UPDATE orders.outbox SET state_since = state_since - interval '3 minutes' WHERE id IN "
    "(SELECT id FROM orders.outbox WHERE state = 'uncertain' ORDER BY id FOR UPDATE)"
)
# Three tenths of all attempts leave it open whether the message was taken.
_AMBIGUOUS: Final = {
    Fault.RESET_BEFORE: 0.06,
    Fault.RESET_AFTER: 0.06,
    Fault.ERROR_BEFORE: 0.05,
    Fault.ERROR_AFTER: 0.05,
    Fault.GARBAGE: 0.05,
    Fault.HANG_BEFORE: 0.015,
    Fault.HANG_AFTER: 0.015,
}
_CERTAIN: Final = {Fault.BUSY: 0.05}


@dataclass(frozen=True, slots=True)
class Sending:
    """What was tried and found.

    Attributes:
        messages: How many were to be sent.
        attempts: How many requests came.
        ambiguous: After how many of them nobody could know whether the message was taken.
        lost: How many messages were in the hands of senders that were killed.
        states: How many messages ended in which state.
        faults: What must never be; empty when all is well.
    """

    messages: int
    attempts: int
    ambiguous: int
    lost: int
    states: Counter[str]
    faults: Sequence[str]


class Promise(StrEnum):
    """What a receiver has promised: to honour keys, to answer for them, or nothing."""

    KEYED = "keyed"
    ASKED = "asked"
    UNKEYED = "unkeyed"


def prove_sending(dsn: str, size: tuple[int, int], seed: int, promise: Promise) -> Sending:
    """Try it.

    Args:
        dsn: Of an empty, migrated database.
        size: How many messages there are, and how many senders are killed while they work.
        seed: Decides on everything but the points at which senders die.
        promise: Of the receiver, who keeps it.
    """
    messages, kills = size
    keys = [f"O{number}/1/proof" for number in range(messages)]
    shares = _AMBIGUOUS | _CERTAIN
    with (
        Database(dsn) as database,
        faulty_receiver(keyed=promise is Promise.KEYED, faults=shares, seed=seed) as receiver,
    ):
        with _senders(dsn, receiver.url, promise) as senders:
            chance = random.Random(seed)  # noqa: S311 - nothing secret
            for portion in _portions(keys, kills + 1):
                _put(database, portion)
                _wait(database, len(portion) // 2)
                time.sleep(chance.uniform(0, 0.05))
                senders.kill_one(chance)
            _wait(database, 0)
            if promise is Promise.ASKED:
                _wait(database, 0, asked=True)
        found = _outcome(database)
        judge = _doubts if promise is Promise.UNKEYED else _losses
        faults = [*judge(found, receiver)]
    attempts = [fault for each in receiver.faults.values() for fault in each]
    return Sending(
        messages=messages,
        attempts=len(attempts),
        ambiguous=sum(fault in _AMBIGUOUS for fault in attempts),
        lost=_lost(dsn),
        states=Counter(state for state, _ in found.values()),
        faults=[*faults, *(f"{key} is not in the outbox" for key in keys if key not in found)],
    )


class _Senders:
    """Processes that send; one that is killed is replaced."""

    def __init__(self, *arguments: str) -> None:
        self._command = (sys.executable, "-m", "tests.proof.sender", *arguments)
        self._running = [self._start() for _ in range(SENDERS)]

    def kill_one(self, chance: random.Random) -> None:
        victim = chance.randrange(SENDERS)
        self._end(self._running[victim])
        self._running[victim] = self._start()

    def kill_all(self) -> None:
        for process in self._running:
            self._end(process)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


@contextmanager
def _senders(dsn: str, url: str, promise: Promise) -> Iterator[_Senders]:
    senders = _Senders(dsn, url, promise.value)
    try:
        yield senders
    finally:
        senders.kill_all()


def _portions(keys: Sequence[str], number: int) -> Iterator[Sequence[str]]:
    size = -(-len(keys) // number)
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _put(database: Database, keys: Sequence[str]) -> None:
    drafts = [Draft(key, TARGET, "", "text/plain", key.encode()) for key in keys]
    with database.transaction() as connection:
        outbox.put(connection, drafts)


def _wait(database: Database, most: int, *, asked: bool = False) -> None:
    """Wait until so many messages at most are not at their end; meanwhile the hours of circuits pass.

    With ``asked``, doubts are no end, and their minutes pass as well.
    """
    waiting = ["pending", "sending", *(["uncertain"] if asked else [])]
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        with database.transaction() as connection:
            connection.execute("DELETE FROM orders.circuit")
            if asked:
                connection.execute(_LATER)
            ((number,),) = connection.execute(_COUNT, [waiting]).fetchall()
        if number <= most:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{number} messages still wait after {_PATIENCE_S} s")
        time.sleep(_POLL_S)


def _outcome(database: Database) -> dict[str, tuple[str, str]]:
    """Return state and reason of every message, by its key."""
    with database.transaction() as connection:
        rows = connection.execute("SELECT key, state, reason FROM orders.outbox")
        return {key: (state, reason) for key, state, reason in rows}


def _lost(dsn: str) -> int:
    with Database(dsn) as database, database.transaction() as connection:
        ((lost,),) = connection.execute(
            "SELECT count(*) FROM orders.outbox_history WHERE reason = %s", [_LOST]
        ).fetchall()
        return int(lost)


def _losses(found: dict[str, tuple[str, str]], receiver: FaultyReceiver) -> Iterator[str]:
    """Tell what is not sent, and what has not exactly one effect."""
    for key, (state, reason) in found.items():
        if state != "sent":
            yield f"{key} is {state}: {reason}"
        if receiver.effects[key] != 1:
            yield f"{key} has {receiver.effects[key]} effects"


def _doubts(found: dict[str, tuple[str, str]], receiver: FaultyReceiver) -> Iterator[str]:
    """Tell what was sent blindly, and what is neither sent once nor left to a person."""
    for key, (state, reason) in found.items():
        *before, last = receiver.faults[key] or [None]
        certain = last is Fault.NONE
        if not all(fault in _CERTAIN for fault in before):
            yield f"{key} was sent again after {before}"
        if receiver.effects[key] > 1:
            yield f"{key} has {receiver.effects[key]} effects"
        if state == "sent" and not (certain and receiver.effects[key]):
            yield f"{key} is sent although the last attempt was {last}"
        if state != "sent" and not (
            state == "uncertain" and (last in _AMBIGUOUS or reason == _LOST)
        ):
            yield f"{key} is {state} after {last}: {reason}"
