"""``python -m tests.proof.sender DSN URL keyed|asked|unkeyed``: sends until it is ended."""

import sys
import time
from contextlib import closing
from datetime import timedelta

from impex.storage.connection import Database
from orders.domain.outbox import Retry
from orders.services.send import Route, send_due
from orders.targets.webhook import Receiver, WebhookTarget

TARGET = "proof"
_IDLE_S = 0.02
_RETRY = Retry(attempts=100, first=timedelta(0))


def main(dsn: str, url: str, promise: str) -> None:
    """Send again and again; a lost connection is opened again."""
    receiver = Receiver(
        url,
        repeatable=promise == "keyed",
        probe="/taken/{key}" if promise == "asked" else None,
        private=True,
        within_s=1,
    )
    with Database(dsn) as database, closing(WebhookTarget(receiver, [b"secret"])) as target:
        while True:
            send_due(database, Route(TARGET, target, _RETRY), run="", stop=lambda: False)
            time.sleep(_IDLE_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
