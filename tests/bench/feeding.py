"""Our cases of feeds: everything that waits in the inbox is applied."""

import os
import subprocess
import sys

from impex.storage.connection import Database
from orders.domain.firing import choose
from orders.domain.order import Delivery, Order
from orders.services.consume import Tally, consume
from orders.services.consume import consume_singly as apply_singly
from orders.services.updates import Orders, apply_events
from orders.storage import inbox
from orders.storage.orders import load_orders
from tests.bench.clock import timed


def consume_all() -> float:
    """Time one consumer."""
    with Database(os.environ["IMPEX_DSN"]) as database:
        return timed(lambda: consume(database, ""))


def consume_by_two() -> float:
    """Time two consumers side by side, the other one a process that waits for the start."""
    command = [sys.executable, "-m", "tests.bench.feeding"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
        Database(os.environ["IMPEX_DSN"]) as database,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()

        def work() -> None:
            other.stdin.write(b"start\n")
            other.stdin.flush()
            consume(database, "")
            other.wait()

        return timed(work)


def consume_singly() -> float:
    """Time the mode that isolates a poisoned event: each event in a transaction of its own."""
    with Database(os.environ["IMPEX_DSN"]) as database:
        database.be_repetitive()
        with database.transaction() as connection:
            ids = [
                row[0] for row in connection.execute("SELECT DISTINCT order_id FROM orders.inbox")
            ]
        tally = Tally()

        def work() -> None:
            for order_id in sorted(ids):
                apply_singly(database, Orders(), "", order_id, tally)

        return timed(work)


def decide() -> float:
    """Time the decisions of the feed alone; the events themselves are applied before."""
    with Database(os.environ["IMPEX_DSN"]) as database:
        with database.transaction() as connection:
            ids = [
                row[0] for row in connection.execute("SELECT DISTINCT order_id FROM orders.inbox")
            ]
            orders = load_orders(connection, ids)
            events = inbox.waiting_events(connection, ids)
        decided: list[tuple[Order, Delivery | None, str]] = []
        for order in orders.values():
            apply_events(order, [event for event in events if event.about == order.id], "")
            decided += [(order, fact.delivery, fact.move.trigger) for fact in order.facts]
        consume(database, "")

    def work() -> None:
        for order, delivery, trigger in decided:
            choose(order, delivery, trigger)

    return timed(work)


if __name__ == "__main__":
    with Database(os.environ["IMPEX_DSN"]) as opened:
        with opened.transaction():
            print("ready", flush=True)
        sys.stdin.readline()
        consume(opened, "")
