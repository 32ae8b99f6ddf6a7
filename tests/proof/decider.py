"""``python -m tests.proof.decider DSN``: approves the gate whose number it reads, slowly."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.order import Cause
from orders.services.approve import decide
from orders.storage.gates import Decision
from tests.proof.deciding import VICTIM, chain_of

_STALL_S = 0.05


class _Slow(Database):
    """Stalls before each commit: whoever kills it then takes a decision that nobody has seen."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            yield connection
            time.sleep(_STALL_S)


def main(dsn: str) -> None:
    """Say that it is ready, then decide."""
    with _Slow(dsn) as database:
        chain = chain_of(database)
        print("ready", flush=True)
        decide(database, chain, int(sys.stdin.readline()), Decision.APPROVED, Cause(VICTIM))


if __name__ == "__main__":
    main(sys.argv[1])
