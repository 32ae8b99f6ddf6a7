"""What people ask of orders on a page: finding them, page by page, and what happened to one."""

import pytest

from impex.services.resources import Resources
from orders.domain.export_item import ItemState
from orders.domain.order import Cause
from orders.domain.update import DeliveryUpdate
from orders.domain.verdict import EventState
from orders.services.holds import hold
from orders.services.show import explain
from orders.services.timeline import last_move, timeline
from orders.storage import export_items, outbox, story
from orders.storage.outbox import Draft
from orders.storage.story import Search
from tests.order_book import OrderBook, shipped

LINE = ("S", "A", 1, "standard")
ANNA = Cause("anna", reason="She has called")


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """Orders O-1 to O-5 and one of another shop, X%1."""
    book = OrderBook(resources.database)
    book.stock("S", "A", 100)
    for number in ("O-1", "O-2", "O-3", "O-4", "O-5", "X%1"):
        book.placed(number, LINE)
    book.query("UPDATE orders.customer_order SET shop_code = 'OTHER' WHERE number = 'X%%1'")
    return book


def found(book: OrderBook, limit: int = 50, **wanted: object) -> list[str]:
    """Return the numbers of the orders that a search finds."""
    with book.database.transaction() as connection:
        rows = story.search(connection, Search(**wanted), limit)  # type: ignore[arg-type]
    return [row["number"] for row in rows]


def test_the_newest_orders_stand_first_page_by_page(book: OrderBook) -> None:
    """What follows has lower ids: nothing is shown twice, whatever comes in meanwhile."""
    with book.database.transaction() as connection:
        first = story.search(connection, Search(), 2)
    book.placed("O-6", LINE)

    assert [row["number"] for row in first] == ["X%1", "O-5"]
    assert found(book, 2, before=first[-1]["id"]) == ["O-4", "O-3"]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"number": "O-3"}, ["O-3"]),
        ({"number": "O-"}, ["O-5", "O-4", "O-3", "O-2", "O-1"]),
        ({"number": "O-2-1"}, ["O-2"]),
        ({"number": "PARCEL"}, ["O-4"]),
        ({"number": "%"}, []),
        ({"number": "X%"}, ["X%1"]),
        ({"number": "o-3"}, []),
        ({"shop": "OTHER"}, ["X%1"]),
        ({"status": "completed"}, ["O-1"]),
        ({"status": "completed", "number": "O-2"}, []),
        ({"on_hold": True}, ["O-5"]),
    ],
    ids=str,
)
def test_orders_are_found_by_what_people_have(
    book: OrderBook, wanted: dict[str, object], numbers: list[str]
) -> None:
    """The beginning of a number, a whole number of a delivery or parcel, a status, a shop, a hold."""
    book.query("UPDATE orders.customer_order SET status = 'completed' WHERE number = 'O-1'")
    book.query(
        "INSERT INTO orders.parcel (delivery_id, number) SELECT id, 'PARCEL' FROM orders.delivery "
        "WHERE number = 'O-4-1'"
    )
    hold(book.database, "O-5", ANNA)

    assert found(book, **wanted) == numbers


def test_the_time_line_has_all_that_happened_the_latest_first(book: OrderBook) -> None:
    """Moves, flags, events, messages and decisions, each with who and why."""
    book.receive(shipped("O-1", "1", 1), ids="e")
    hold(book.database, "O-1", ANNA)
    with book.database.transaction() as connection:
        order_id = story.search(connection, Search(number="O-1"), 1)[0]["id"]
        outbox.put(connection, [Draft("k", "t", "them", "text/plain", b"x", order_id)])
        told = explain(connection, "O-1")

    entries = timeline(told)
    move = last_move(told, "O-1")

    assert [entry.kind for entry in entries[:3]] == ["message", "decision", "event"]
    assert (entries[1].who, entries[1].why) == ("anna", "She has called")
    assert {entry.kind for entry in entries} == {"message", "decision", "event", "flag", "move"}
    assert entries == sorted(entries, key=lambda entry: entry.at, reverse=True)
    assert move is not None
    assert (move.what, move.who) == ("O-1: pending → in progress (payment_ok)", "tester")
    assert last_move(told, "O-1-9") is None


def test_lists_go_on_behind_the_last_number(book: OrderBook) -> None:
    """Events, flags and messages alike."""
    book.receive(*(DeliveryUpdate(order_number="?", sequence=n) for n in (1, 2, 3)), ids="abc")
    with book.database.transaction() as connection:
        outbox.put(connection, [Draft(key, "t", "", "text/plain", b"") for key in "xyz"])
        first = story.events_in(connection, [EventState.WAITING, EventState.PARKED], 2)
        states = [EventState.WAITING, EventState.PARKED]
        rest = story.events_in(connection, states, 2, first[-1]["id"])
        items = export_items.listed(connection, [ItemState.WAITING], 4)
        others = export_items.listed(connection, [ItemState.WAITING], 4, items[-1]["id"])
        message = outbox.message(connection, 3)

    assert [row["event_id"] for row in (*first, *rest)] == ["a", "b", "c"]
    assert [row["order_number"] for row in (*items, *others)][-2:] == ["O-5", "X%1"]
    assert message is not None
    assert (message["key"], message["history"]) == ("z", [])
    assert len(items) == 4
