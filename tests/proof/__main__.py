"""``python -m tests.proof [SEED]``: the whole proofs, on a PostgreSQL of its own."""

import sys
import time
from collections.abc import Sequence

from local.settings import Settings
from tests.bench import databases
from tests.proof.chaos import Size, prove
from tests.proof.deciding import prove_deciding
from tests.proof.sending import Promise, prove_sending

WHOLE = Size(orders=5000, copies=5, kills=50)
MESSAGES = 1000
KILLED_SENDERS = 20
GATES = 200
KILLED_DECIDERS = 20


def main(arguments: list[str]) -> int:
    """Run the proofs and tell what they found; exit code 1 if anything had another effect."""
    seed = int(arguments[0]) if arguments else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    with databases.server() as settings:
        found = [
            _events(settings, seed),
            *(_sending(settings, seed, promise) for promise in Promise),
            _deciding(settings, seed),
        ]
    return 0 if all(found) else 1


def _events(settings: Settings, seed: int) -> bool:
    """Prove that events have their effect once; tell whether they have."""
    quiet, chaotic = (databases.create(settings, name) for name in ("quiet", "chaotic"))
    started = time.monotonic()
    proof = prove(quiet, chaotic, WHOLE, seed)
    print(
        f"{proof.arrivals:,} arrivals of {proof.events:,} events over {WHOLE.orders:,} orders, "
        f"{proof.kills} consumers killed, {time.monotonic() - started:.0f} s"
    )
    return _holds(proof.faults, "Different", "Equal to the quiet run")


def _sending(settings: Settings, seed: int, promise: Promise) -> bool:
    """Prove that messages have their effect once, or wait for a person; tell whether they do."""
    started = time.monotonic()
    dsn = databases.create(settings, promise.value)
    proof = prove_sending(dsn, (MESSAGES, KILLED_SENDERS), seed, promise)
    states = ", ".join(f"{number:,} {state}" for state, number in proof.states.items())
    print(
        f"{proof.messages:,} messages to a receiver that is {promise}: {proof.attempts:,} attempts, "
        f"{proof.ambiguous:,} of them ambiguous, {KILLED_SENDERS} senders killed with {proof.lost} "
        f"messages in hand: {states}, {time.monotonic() - started:.0f} s"
    )
    return _holds(proof.faults, "Wrong", "Nothing doubled, nothing lost")


def _deciding(settings: Settings, seed: int) -> bool:
    """Prove that one decision about each gate counts; tell whether it does."""
    started = time.monotonic()
    proof = prove_deciding(databases.create(settings, "gates"), GATES, KILLED_DECIDERS, seed)
    decisions = ", ".join(f"{number} {decision}" for decision, number in proof.decisions.items())
    killed, counted = proof.killed
    print(
        f"{proof.told:,} decisions about {GATES} gates: {decisions}, {proof.late} of them by time; "
        f"{killed} deciders killed, of whom {counted} had decided, "
        f"{time.monotonic() - started:.0f} s"
    )
    return _holds(proof.faults, "Wrong", "One decision about each")


def _holds(faults: Sequence[str], wrong: str, right: str) -> bool:
    """Tell what a proof has found; return whether it found nothing."""
    for fault in faults:
        print(fault)
    print(wrong if faults else right, flush=True)
    return not faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
