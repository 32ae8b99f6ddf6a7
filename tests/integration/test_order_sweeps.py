"""What time does to orders: stock is shared out in turn, dates come, patience ends."""

from datetime import date
from decimal import Decimal

import pytest

from impex.services.resources import Resources
from orders.domain.order import Cause
from orders.services.consume import consume
from orders.services.fire import fire_by_hand, note_payment
from orders.services.place import place_drafts
from orders.services.retention import remove_raw_events
from orders.services.settle import settlement
from orders.services.sweep import sweep
from orders.storage import inbox
from orders.storage.inbox import Arrival
from tests.order_book import START, TESTER, OrderBook, shipped

SWEEP = Cause("sweep")
TODAY = date(2026, 11, 29)


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An empty book of orders, and no stock of the article A of the supplier S."""
    book = OrderBook(resources.database)
    book.stock("S", "A", 0)
    return book


def stocked(book: OrderBook, on_hand: int) -> None:
    """Let goods come in."""
    book.query("UPDATE orders.stock SET on_hand = %s", on_hand)


def test_stock_that_does_not_suffice_goes_to_those_who_came_first(book: OrderBook) -> None:
    """Across orders; who gets nothing waits for the next goods, with his place."""
    for number in ("O1", "O2", "O3", "O4"):
        book.placed(number, ("S", "A", 2, "backorder"))
    stocked(book, 5)

    swept = sweep(book.database, TODAY, SWEEP)

    assert swept.allocated == 2
    states = [book.statuses(number)[1] for number in ("O1", "O2", "O3", "O4")]
    assert states == ["allocated", "allocated", "awaiting_inventory", "awaiting_inventory"]
    assert sweep(book.database, TODAY, SWEEP).allocated == 0
    stocked(book, 3)
    assert sweep(book.database, TODAY, SWEEP).allocated == 1
    assert book.statuses("O3") == ("in_progress", "allocated")


def test_goods_that_are_too_few_for_one_order_go_to_the_next(book: OrderBook) -> None:
    """Nobody waits for goods that are there because somebody else wants more of them."""
    book.placed("O1", ("S", "A", 5, "backorder"))
    book.placed("O2", ("S", "A", 2, "backorder"))
    stocked(book, 4)

    sweep(book.database, TODAY, SWEEP)

    assert book.statuses("O1")[1] == "awaiting_inventory"
    assert book.statuses("O2")[1] == "allocated"


def test_a_preorder_moves_on_its_date_and_not_before(book: OrderBook) -> None:
    """Then it waits for stock like others; the history says who moved it."""
    book.placed("O1", ("S", "A", 2, "preorder"))
    stocked(book, 2)

    before = sweep(book.database, date(2026, 12, 23), SWEEP)
    on_the_day = sweep(book.database, date(2026, 12, 24), SWEEP)

    assert (before.dated, before.allocated) == (0, 0)
    assert (on_the_day.dated, on_the_day.allocated) == (1, 1)
    assert book.statuses("O1") == ("in_progress", "allocated")
    assert book.query("SELECT trigger FROM orders.history WHERE actor = 'sweep' ORDER BY id") == [
        ("date_reached",),
        ("allocate",),
    ]


def test_goods_of_several_kinds_without_a_date_wait_for_stock_only(book: OrderBook) -> None:
    """A delivery together with backorders has no date that could come."""
    stocked(book, 1)
    book.draft("O1", ("S", "A", 1, "standard"), ("S", "B", 1, "backorder"))
    book.query("UPDATE orders.customer_order SET together = true")
    book.query("UPDATE orders.order_line SET available_on = NULL")
    place_drafts(book.database, TESTER)
    assert book.statuses("O1") == ("in_progress", "awaiting_date")

    sweep(book.database, TODAY, SWEEP)
    assert book.statuses("O1") == ("in_progress", "awaiting_inventory")
    stocked(book, 1)
    sweep(book.database, TODAY, SWEEP)
    assert book.statuses("O1") == ("in_progress", "allocated")


def test_an_event_that_was_sent_before_its_goods_came_is_applied_with_them(
    book: OrderBook,
) -> None:
    """What it asks for waits, and is tried again after the sweep has moved its order."""
    book.placed("O1", ("S", "A", 2, "backorder"))
    asked = shipped("O1", "9", 0, trigger="start_packing")
    book.receive(asked)
    consume(book.database, "")
    assert book.events()[0][0] == "parked"
    stocked(book, 2)

    sweep(book.database, TODAY, SWEEP)
    consume(book.database, "")

    assert book.events()[0][0] == "applied"
    assert book.statuses("O1") == ("in_progress", "packing")


def test_an_event_whose_order_never_comes_dies_when_its_patience_ends(book: OrderBook) -> None:
    """With the reason; one that may still wait does."""
    arrivals = [
        Arrival("test", name, shipped(name, "1", 1), patience)
        for name, patience in (("O8", 0.0), ("O9", 60.0))
    ]
    with book.database.transaction() as connection:
        inbox.receive(connection, arrivals)

    assert sweep(book.database, TODAY, SWEEP).given_up == 1

    assert book.events() == [
        ("dead", "gave up waiting: its order is not known yet"),
        ("parked", "its order is not known yet"),
    ]


def test_an_order_that_is_paid_later_moves_on(book: OrderBook) -> None:
    """What was sent meanwhile is remembered."""
    stocked(book, 2)
    book.draft("O1", ("S", "A", 2, "standard"), paid=False)
    place_drafts(book.database, TESTER)
    book.receive(shipped("O1", "1", 2))
    consume(book.database, "")
    assert book.statuses("O1") == ("awaiting_payment", "reserved")

    note_payment(book.database, "O1", Decimal(100), None, TESTER)
    fire_by_hand(book.database, "O1", "payment_ok", TESTER)

    assert book.statuses("O1") == ("completed", "shipped")


def test_events_are_kept_as_they_came_for_some_days(book: OrderBook) -> None:
    """What they say stays for good."""
    arrivals = [Arrival("test", name, shipped(name, "1", 1), 60.0) for name in ("O1", "O2")]
    with book.database.transaction() as connection:
        for _, number in inbox.receive(connection, arrivals):
            inbox.keep_raw(connection, number, "application/json", b"{}")
    book.query("UPDATE orders.inbox SET received_at = now() - interval '31 days' WHERE id = 1")

    assert remove_raw_events(book.database, 30) == 1

    assert book.query("SELECT inbox_id FROM orders.inbox_raw") == [(2,)]
    assert len(book.events()) == 2


def test_a_run_tells_what_was_settled_since_it_began(book: OrderBook) -> None:
    """By state, with what failed, what is left for a person, and how long it took."""
    stocked(book, 9)
    book.placed("O1", ("S", "A", 5, "standard"))
    book.receive(shipped("O1", "1", 9), shipped("O1", "1", 5), shipped("O9", "1", 1))
    consume(book.database, "")
    with book.database.transaction() as connection:
        for _ in range(3):
            inbox.fail(connection, 3, "boom", 3)

    done = settlement(book.database, START)

    assert done.pop("median_ms") >= 0
    assert 0 < done.pop("slowest_ms") < 60_000
    assert done == {
        "applied": 2,
        "stale": 0,
        "dead": 1,
        "failed": 1,
        "issues": 1,
        "waiting": 0,
        "parked": 0,
    }
