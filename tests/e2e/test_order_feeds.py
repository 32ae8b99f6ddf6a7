"""Events in the inbox start runs that apply them, in a real Airflow."""

import time
from typing import Any, LiteralString

import psycopg
import pytest

from local.stack import Stack
from orders.domain.generation import make_orders
from orders.domain.update import DeliveryUpdate
from orders.storage import making
from tests.e2e.runs import Runs
from tests.order_book import OrderBook, shipped
from tests.waiting import wait_for

FEEDS = "order_feeds"
ORDERS, ROUNDS = 400, 5
FIRST = 900_000
WAITS = (
    "SELECT count(*) FROM task_instance t JOIN dag_run r USING (dag_id, run_id) "
    "WHERE t.dag_id = %s AND t.task_id = 'wait' AND t.state = 'deferred' AND r.state = 'running'"
)
WORKED = (
    "SELECT count(DISTINCT run_id) FROM task_instance WHERE dag_id = %s AND task_id = 'consume' "
    "AND state = 'success' AND start_date > to_timestamp(%s)"
)
HELD = "SELECT count(*) FROM task_instance WHERE dag_id = %s AND state IN ('queued', 'running')"


class Feeds:
    """The DAG of the feeds, as Airflow's tables have it."""

    def __init__(self, stack: Stack) -> None:
        self._dsn = stack.database.dsn("airflow")

    def ask(self, query: LiteralString, *values: object) -> Any:
        """Return the only value of the only row."""
        with psycopg.connect(self._dsn) as connection:
            row = connection.execute(query, [FEEDS, *values]).fetchone()
            return row and row[0]

    def wait_for_idleness(self) -> None:
        """Wait until the newest run waits for work."""
        wait_for(lambda: self.ask(WAITS) == 1, "an idle run", 60)


@pytest.fixture(scope="module")
def feeds(stack: Stack, runs: Runs) -> Feeds:
    """The DAG, waiting for work."""
    runs.allow(FEEDS)
    feeds = Feeds(stack)
    feeds.wait_for_idleness()
    return feeds


@pytest.mark.machines("one", "several")
def test_an_order_is_placed_and_completed_by_what_comes_in(book: OrderBook, feeds: Feeds) -> None:
    """The history names the run; while nothing comes, no worker is held."""
    assert feeds.ask(HELD) == 0
    book.stock("E2E", "LAMP", 2)
    book.draft("E2E-1", ("E2E", "LAMP", 2, "standard"))
    wait_for(lambda: book.statuses("E2E-1")[0] == "in_progress", "the order to be placed", 30)
    feeds.wait_for_idleness()

    book.receive(shipped("E2E-1", "1", 2), feed="e2e")
    wait_for(lambda: book.statuses("E2E-1") == ("completed", "shipped"), "the order", 30)

    # The sweep may have placed the order, every ten minutes.
    ((run,),) = book.query(
        "SELECT h.run FROM orders.history h JOIN orders.customer_order o ON o.id = h.order_id "
        "WHERE o.number = 'E2E-1' AND h.trigger = 'ship'"
    )
    assert run.startswith(f"{FEEDS}/scheduled__")


def test_a_burst_is_worked_in_one_run_or_few(book: OrderBook, feeds: Feeds) -> None:
    """However many transactions it comes in; then the DAG waits again."""
    feeds.wait_for_idleness()
    orders = list(make_orders(7, ORDERS, FIRST))
    start = time.time()
    with book.database.transaction() as connection:
        making.insert_orders(connection, orders)
        making.stock_up(connection)

    for n in range(ROUNDS):
        updates = [DeliveryUpdate(order.number, data={"box": str(n)}) for order in orders]
        book.receive(*updates, feed="burst")

    def unsettled() -> int:
        ((number,),) = book.query(
            "SELECT count(*) FROM orders.inbox WHERE feed = 'burst' AND state <> 'applied'"
        )
        return int(number)

    wait_for(lambda: unsettled() == 0, "the burst", 40)
    feeds.wait_for_idleness()

    assert 1 <= feeds.ask(WORKED, start) <= 3
    assert feeds.ask(HELD) == 0
