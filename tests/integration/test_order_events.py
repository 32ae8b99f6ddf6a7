"""Events of feeds and what they do to orders, in a real database."""

from datetime import timedelta
from decimal import Decimal

import pytest

from impex.services.resources import Resources
from orders.domain.order import Cause
from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import Counting, DeliveryUpdate, LineUpdate
from orders.domain.verdict import EventState
from orders.services.consume import consume
from orders.services.fire import fire_by_hand
from orders.storage.inbox import Receipt
from tests.order_book import START, OrderBook, shipped

pytestmark = pytest.mark.pooled

WAY = ["reserve", "place", "payment_ok", "dispatch"]
SENT = ["allocate", "start_packing", "complete_packing", "release", "ship", "delivery_shipped"]


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An empty book of orders."""
    return OrderBook(resources.database)


def test_an_order_whose_goods_are_sent_is_complete(book: OrderBook) -> None:
    """All moves are recorded, the flags raised, and the stock taken once."""
    book.placed("O1", ("S", "A", 2, "standard"))
    assert book.statuses("O1") == ("in_progress", "awaiting_allocation")
    assert book.in_stock("S", "A") == (2, 2)
    book.receive(shipped("O1", "1", 2))
    tally = consume(book.database, "run 1")
    assert tally.states == {EventState.APPLIED: 1}
    assert book.statuses("O1") == ("completed", "shipped")
    assert book.history("O1") == WAY + SENT
    assert book.flags("O1") == ["INITPAID", "DELIVERY", "DELIVERY"]
    assert book.in_stock("S", "A") == (0, 0)
    assert book.query(
        "SELECT DISTINCT actor, event_id, run FROM orders.history WHERE trigger = 'ship'"
    ) == [("feed test", 1, "run 1")]


def test_partial_quantities_leave_the_rest_open(book: OrderBook) -> None:
    """The order completes when every open quantity is sent or rejected."""
    book.placed("O1", ("S", "A", 3, "standard"))
    book.receive(shipped("O1", "1", 1))
    consume(book.database, "")
    assert book.statuses("O1") == ("in_progress", "packing")
    rest = LineUpdate(reference="1", rejected=Decimal(2))
    book.receive(DeliveryUpdate(order_number="O1", lines=(rest,)))
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped")


def test_a_delivery_of_which_everything_is_rejected_is_not_shipped(book: OrderBook) -> None:
    """It is cancelled; the order completes if another delivery was sent, and else waits for a person."""
    book.placed("O1", ("S", "A", 1, "standard"), ("T", "B", 1, "standard"))
    book.receive(shipped("O1", "1", 1))
    none = LineUpdate(reference="2", rejected=Decimal(1))
    book.receive(DeliveryUpdate(order_number="O1", lines=(none,)))
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped", "reservation_voided")
    assert book.in_stock("T", "B") == (1, 0)


def test_the_same_event_twice_is_applied_once(book: OrderBook) -> None:
    """With its number, and without one by what it says."""
    book.placed("O1", ("S", "A", 5, "standard"))
    each = shipped("O1", "1", 1, counting=Counting.EACH)
    assert book.receive(each, each, ids="aa") == [Receipt.ACCEPTED, Receipt.DUPLICATE]
    assert book.receive(each, ids="a") == [Receipt.DUPLICATE]
    assert book.receive(each, each, feed="other") == [Receipt.ACCEPTED, Receipt.DUPLICATE]
    consume(book.database, "")
    assert book.query("SELECT shipped FROM orders.delivery_line") == [(Decimal(2),)]


def test_another_event_under_the_same_number_is_a_conflict(book: OrderBook) -> None:
    """It is kept beside the first, and not applied."""
    book.placed("O1", ("S", "A", 5, "standard"))
    book.receive(shipped("O1", "1", 1), ids="a")
    for _ in range(2):
        assert book.receive(shipped("O1", "1", 4), ids="a") == [Receipt.CONFLICT]
    consume(book.database, "")
    assert book.query("SELECT shipped FROM orders.delivery_line") == [(Decimal(1),)]
    assert book.query("SELECT payload -> 'lines' FROM orders.inbox_conflict") == [
        ([{"reference": "1", "shipped": "4"}],)
    ]


def test_a_late_event_takes_nothing_back(book: OrderBook) -> None:
    """What was said later stays, whenever it arrives."""
    book.placed("O1", ("S", "A", 5, "standard"))
    late = LineUpdate(
        reference="1", shipped=Decimal(1), details={"remark": "early", "invoice_number": "I1"}
    )
    new = LineUpdate(reference="1", shipped=Decimal(3), details={"remark": "late"})
    for minutes, line in ((10, new), (5, late)):
        book.receive(
            DeliveryUpdate(
                order_number="O1", occurred_at=START + timedelta(minutes=minutes), lines=(line,)
            )
        )
        consume(book.database, "")
    assert book.query("SELECT shipped, remark, invoice_number FROM orders.delivery_line") == [
        (Decimal(3), "late", "I1")
    ]


def test_an_event_of_an_unknown_order_waits_for_it(book: OrderBook) -> None:
    """It is applied once the order is there."""
    book.receive(shipped("O1", "1", 2))
    consume(book.database, "")
    assert book.events() == [("parked", "its order is not known yet")]
    book.placed("O1", ("S", "A", 2, "standard"))
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped")


def test_an_event_that_comes_too_early_is_applied_after_its_predecessor(book: OrderBook) -> None:
    """Its data is taken over at once; what it asks for waits."""
    book.placed("O1", ("S", "A", 2, "standard"))
    fire_by_hand(book.database, "O1-1", "allocate", Cause("tester"))
    book.receive(DeliveryUpdate("O1", trigger="complete_packing", data={"box": "12"}))
    consume(book.database, "")
    assert book.events()[0][0] == "parked"
    assert book.query("SELECT data FROM orders.customer_order") == [({"box": "12"},)]
    book.receive(DeliveryUpdate("O1", trigger="start_packing"))
    consume(book.database, "")
    assert book.events() == [("applied", ""), ("applied", "")]
    assert book.statuses("O1") == ("in_progress", "ready")


def test_what_has_happened_already_is_stale(book: OrderBook) -> None:
    """The state does not go back."""
    book.placed("O1", ("S", "A", 2, "standard"))
    book.receive(shipped("O1", "1", 2), DeliveryUpdate("O1", trigger="start_packing"))
    consume(book.database, "")
    assert [state for state, _ in book.events()] == ["applied", "stale"]


def test_couriers_move_no_status_unless_the_feed_says_so(book: OrderBook) -> None:
    """Tracking is folded by the time of the scans."""
    book.placed("O1", ("S", "A", 2, "electronic"))
    assert book.statuses("O1") == ("in_progress", "in_transit")
    delivered = Scan(START + timedelta(hours=2), TrackingStatus.DELIVERED, "T1")
    late = Scan(START, TrackingStatus.IN_TRANSIT, "T1")
    book.receive(DeliveryUpdate("O1", scans=(delivered,)), DeliveryUpdate("O1", scans=(late, late)))
    consume(book.database, "")
    assert book.query("SELECT status, tracking_status FROM orders.delivery") == [
        ("in_transit", "delivered")
    ]
    assert book.query("SELECT count(*) FROM orders.scan") == [(2,)]
    fires = {"delivered": "ship"}
    book.receive(DeliveryUpdate(scans=(delivered,), fires=fires))
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped")


def test_what_is_wrong_with_quantities_is_left_for_a_person(book: OrderBook) -> None:
    """More than ordered, less than nothing, and lines that nobody knows change nothing."""
    book.placed("O1", ("S", "A", 2, "standard"))
    book.receive(shipped("O1", "1", 3), shipped("O1", "1", -1), shipped("O1", "9", 1))
    consume(book.database, "")
    issues = [
        issue for (found,) in book.query("SELECT issues FROM orders.inbox") for issue in found
    ]
    assert issues == [
        "line 1 (A): 3 shipped and 0 rejected are more than the 2 ordered",
        "line 1 (A): shipped is -1, below zero",
        "line 1 (9) matches no line",
    ]
    assert book.statuses("O1") == ("in_progress", "awaiting_allocation")
