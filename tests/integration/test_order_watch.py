"""The watch for work: woken by a notification, and never dependent on one."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from impex.domain.errors import ConfigError, Problem
from impex.services.resources import Resources
from orders.domain.feed import Feed, Origin, Table
from orders.domain.update import DeliveryUpdate
from orders.services import watch
from orders.services.collect import collect_all
from orders.services.place import place_drafts
from orders.services.watch import work_appears, work_waits
from tests.order_book import TESTER, OrderBook, shipped

ONE = ("S", "A", 2, "standard")


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A book with one placed order, O1, and nothing to do."""
    book = OrderBook(resources.database)
    book.placed("O1", ONE)
    return book


def watched(
    dsn: str, *happenings: Callable[[], object], patience_s: float = 6
) -> tuple[bool, float]:
    """Watch while things happen one after the other; return the answer, and how long after them."""

    async def run() -> tuple[bool, float]:
        watching = asyncio.create_task(work_appears(dsn, time.time() + patience_s))
        for happening in happenings:
            await asyncio.sleep(0.4)
            await asyncio.to_thread(happening)
        last = time.monotonic()
        answer = await watching
        return answer, time.monotonic() - last

    return asyncio.run(run())


def test_an_event_wakes_the_watch_at_once(book: OrderBook, dsn: str) -> None:
    """Long before it would have looked by itself."""
    answer, after_s = watched(dsn, lambda: book.receive(shipped("O1", "1", 2)))

    assert answer
    assert after_s < 3


def test_what_waits_already_is_found_without_a_notification(book: OrderBook, dsn: str) -> None:
    """The tables are looked at first."""
    book.receive(shipped("O1", "1", 2))

    answer, after_s = watched(dsn)

    assert answer
    assert after_s < 3


def test_what_comes_without_a_notification_is_found_by_looking_again(
    book: OrderBook, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification is a hint only."""
    monkeypatch.setattr(watch, "POLL_S", 0.2)
    book.query("ALTER TABLE orders.inbox DISABLE TRIGGER tell_of_work")

    answer, after_s = watched(dsn, lambda: book.receive(shipped("O1", "1", 2)))

    assert answer
    assert after_s < 3


def test_the_watch_outlives_its_connection(
    book: OrderBook, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came while it was lost is found after it, and what comes later is notified again."""
    monkeypatch.setattr(watch, "RECONNECT_S", 0.8)

    def cut() -> None:
        ((number,),) = book.query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert number

    def send() -> None:
        book.receive(shipped("O1", "1", 2))

    assert watched(dsn, cut, send)[0]
    book.query("DELETE FROM orders.inbox")
    answer, after_s = watched(dsn, cut, lambda: time.sleep(1.5), send)
    assert answer
    assert after_s < 3


def test_the_watch_gives_up_when_its_time_is_over(dsn: str) -> None:
    """Also where nobody answers at all."""
    answer, after_s = watched(dsn, patience_s=0.5)
    nobody, _ = watched("postgresql://nobody@127.0.0.1:1/none", patience_s=0.5)

    assert (answer, nobody) == (False, False)
    assert after_s < 3


def test_an_event_becomes_work_when_its_order_appears(book: OrderBook, dsn: str) -> None:
    """As long as nobody knows the order, there is nothing to do."""
    book.receive(shipped("O2", "1", 2))
    assert not work_waits(book.database)

    answer, _ = watched(dsn, lambda: book.draft("O2"))

    assert answer
    assert book.events() == [("waiting", "")]


def test_a_new_draft_is_work_until_it_was_tried(book: OrderBook) -> None:
    """One that waits for stock would otherwise start a run after the other."""
    book.draft("O2", ("S", "A", 5, "standard"))
    assert work_waits(book.database)

    assert place_drafts(book.database, TESTER, tried=False) == 0

    assert not work_waits(book.database)
    book.query("UPDATE orders.stock SET on_hand = 9")
    assert place_drafts(book.database, TESTER, tried=False) == 0
    assert place_drafts(book.database, TESTER) == 1


def test_what_waits_for_its_predecessor_is_no_work(book: OrderBook, dsn: str) -> None:
    """Nor is an order whose lines are still to come; a notification for it changes nothing."""
    book.receive(DeliveryUpdate("O9", trigger="complete_packing"))

    answer, _ = watched(dsn, lambda: book.draft("O2"), patience_s=1.5)

    assert not answer


def test_rows_of_a_feeds_table_are_work(book: OrderBook, dsn: str) -> None:
    """Also of a table whose writer notifies nobody; one that is missing holds nothing up."""
    book.query("CREATE SCHEMA erp")
    book.query("CREATE TABLE erp.event (id bigint PRIMARY KEY)")
    here, missing = (Feed(name, Table(f"erp.{name}", "id")) for name in ("event", "missing"))
    assert not work_waits(book.database, [missing, here])
    book.query("INSERT INTO erp.event VALUES (7)")
    assert work_waits(book.database, [missing, here])
    assert asyncio.run(work_appears(dsn, time.time() + 6, [missing, here]))
    book.query("INSERT INTO orders.feed_cursor (feed, position) VALUES ('event', '7')")
    assert not work_waits(book.database, [missing, here])


def test_one_table_with_faults_holds_no_other_up(book: OrderBook) -> None:
    """The rows of the others are taken in, and what is wrong is told."""
    book.query("CREATE SCHEMA erp")
    book.query("CREATE TABLE erp.event (id bigint PRIMARY KEY, order_no text)")
    book.query("INSERT INTO erp.event VALUES (1, 'O1')")
    number = {"order_number": Origin(("order_no",))}
    feeds = {
        name: Feed(name, Table(f"erp.{name}", "id"), fields=number) for name in ("missing", "event")
    }
    broken = ConfigError([Problem("feeds/odd.yaml:1", "is odd.")])

    rows, problems = collect_all(book.database, {"odd": broken, **feeds}, datetime.now(UTC))

    assert rows == {"event": 1}
    assert problems[0].where == "feeds/odd.yaml:1"
    assert len(problems) == 2
