"""Targets that may get so many messages a minute get no more, whoever sends."""

import threading
from dataclasses import replace

import pytest

from impex.services.resources import Resources
from impex.storage.connection import Database
from orders.domain.destination import Table
from orders.domain.outbox import Answer, Message, MessageState, Outcome, Retry, Target
from orders.services.send import Route, route_of, send_due
from orders.storage import outbox
from orders.storage.outbox import Draft
from tests.messages import to
from tests.order_book import OrderBook


class Counting(Target):
    """A target that takes everything, or nothing, and counts."""

    repeatable = True

    def __init__(self, outcome: Outcome = Outcome.SENT) -> None:
        """Answer always this."""
        self.keys: list[str] = []
        self._answer = Answer(outcome, "")

    def send(self, message: Message) -> Answer:
        """Count it."""
        self.keys.append(message.key)
        return self._answer

    def probe(self, message: Message) -> Answer | None:
        """Know nothing."""
        del message

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A database without messages."""
    return OrderBook(resources.database)


def put(book: OrderBook, number: int, target: str = "erp") -> None:
    """Put messages into the outbox."""
    drafts = [Draft(f"{target}/{n}", target, "", "text/plain", b"") for n in range(number)]
    with book.database.transaction() as connection:
        outbox.put(connection, drafts)


def send(book: OrderBook, target: Counting, rate: int | None = 3, name: str = "erp") -> int:
    """Send what may be sent; return how many messages were."""
    before = len(target.keys)
    send_due(book.database, Route(name, target, rate=rate), run="", stop=lambda: False)
    return len(target.keys) - before


def pass_s(book: OrderBook, seconds: int) -> None:
    """Make all that was sent so much older."""
    book.query("UPDATE orders.pace SET at = at - make_interval(secs => %s)", seconds)


def test_no_more_than_the_rate_is_sent_in_a_minute(book: OrderBook) -> None:
    """The rest waits, and goes as time passes; nobody sleeps for it."""
    put(book, 8)
    target = Counting()
    sent = [send(book, target)]
    for seconds in (0, 59, 2, 30, 31):
        pass_s(book, seconds)
        sent.append(send(book, target))

    assert sent == [3, 0, 0, 3, 0, 2]
    assert target.keys == [f"erp/{number}" for number in range(8)]
    assert book.query("SELECT count(*) FROM orders.outbox WHERE state <> 'sent'") == [(0,)]


def test_in_any_minute_there_are_no_more_than_the_rate(book: OrderBook) -> None:
    """Not even where one minute ends and the next begins."""
    target = Counting()
    put(book, 1)
    sent = [send(book, target)]
    put(book, 9)
    for seconds in (50, 9, 2, 47, 2):
        pass_s(book, seconds)
        sent.append(send(book, target))

    assert sent == [1, 2, 0, 1, 0, 2]


def test_attempts_that_fail_count_too(book: OrderBook) -> None:
    """A receiver that cannot keep up must not get more for it."""
    put(book, 1)
    target = Counting(Outcome.UNREACHED)
    route = Route("erp", target, Retry(first=Retry().first * 0), rate=3)
    send_due(book.database, route, run="", stop=lambda: False)

    assert len(target.keys) == 3


def test_senders_beside_each_other_share_a_rate(book: OrderBook, dsn: str) -> None:
    """Eight of them."""
    put(book, 60)
    targets = [Counting() for _ in range(8)]

    def work(target: Counting) -> None:
        with Database(dsn) as database:
            send_due(database, Route("erp", target, rate=25), run="", stop=lambda: False)

    threads = [threading.Thread(target=work, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(len(target.keys) for target in targets) == 25


def test_a_rate_keeps_no_other_target_waiting(book: OrderBook) -> None:
    """Each has its own, or none."""
    for target in ("erp", "shop", "fast"):
        put(book, 9, target)

    assert send(book, Counting(), 3, "erp") == 3
    assert send(book, Counting(), 4, "shop") == 4
    assert send(book, Counting(), None, "fast") == 9
    assert book.query("SELECT target, count(*) FROM orders.pace GROUP BY 1 ORDER BY 1") == [
        ("erp", 3),
        ("shop", 4),
    ]


def test_who_finds_nothing_to_send_uses_nothing_of_the_rate(book: OrderBook) -> None:
    """And what is older than a minute is not kept."""
    target = Counting()
    assert [send(book, target) for _ in range(5)] == [0] * 5
    put(book, 3)
    assert send(book, target) == 3
    pass_s(book, 61)
    assert send(book, target) == 0
    assert book.query("SELECT * FROM orders.pace") == []


def test_the_route_of_an_exporter_is_as_its_file_says(book: OrderBook) -> None:
    """Its name, its patience and its rate."""
    patience = Retry(attempts=2)
    exporter = replace(to(Table("erp.order_in"), name="erp"), retry=patience, rate=2)
    put(book, 3)
    target = Counting()
    route = route_of(exporter, target)

    assert route == Route("erp", target, patience, 2)
    assert send_due(book.database, route, run="", stop=lambda: False) == {MessageState.SENT: 2}
