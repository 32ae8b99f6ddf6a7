"""``python -m tests.proof [SEED]``: the whole proof, on a PostgreSQL of its own."""

import sys
import time

from tests.bench import databases
from tests.proof.chaos import Size, prove

WHOLE = Size(orders=5000, copies=5, kills=50)


def main(arguments: list[str]) -> int:
    """Run the proof and tell what it found; exit code 1 if events had another effect."""
    seed = int(arguments[0]) if arguments else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    with databases.server() as settings:
        quiet, chaotic = (databases.create(settings, name) for name in ("quiet", "chaotic"))
        started = time.monotonic()
        proof = prove(quiet, chaotic, WHOLE, seed)
    print(
        f"{proof.arrivals:,} arrivals of {proof.events:,} events over {WHOLE.orders:,} orders, "
        f"{proof.kills} consumers killed, {time.monotonic() - started:.0f} s"
    )
    for fault in proof.faults:
        print(fault)
    print("Different" if proof.faults else "Equal to the quiet run")
    return 1 if proof.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
