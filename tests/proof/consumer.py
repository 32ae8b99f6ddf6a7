"""``python -m tests.proof.consumer DSN``: consumes until it is ended."""

import sys
import time

from impex.storage.connection import Database
from orders.services.consume import consume

_IDLE_S = 0.02


def main(dsn: str) -> None:
    """Consume again and again; a lost connection is opened again."""
    with Database(dsn) as database:
        while True:
            consume(database, "proof")
            time.sleep(_IDLE_S)


if __name__ == "__main__":
    main(sys.argv[1])
