"""Exporters in a real Airflow whose receivers lose answers: nothing is lost, nothing is doubled."""

from orders.services.place import place_drafts
from tests.e2e.runs import Runs
from tests.faulty_receiver import Fault, FaultyReceiver
from tests.order_book import TESTER, OrderBook
from tests.waiting import wait_for

DAG = "order_exports"
ORDERS = 30
RAISED = """
    INSERT INTO orders.flag (order_id, seq, flag)
    SELECT id, 77, 'RETURNED' FROM orders.customer_order WHERE shop_code = %s ORDER BY id
"""
STATES = """
    SELECT i.state, count(*)
      FROM orders.export_item i
      JOIN orders.customer_order o ON o.id = i.order_id
     WHERE o.shop_code = %s AND i.flag = 'RETURNED'
     GROUP BY i.state
"""


def flagged(book: OrderBook, shop: str) -> None:
    """Place orders in a shop, and raise a flag of each."""
    book.query("INSERT INTO orders.stock VALUES ('ACME', 'JUG', 1000) ON CONFLICT DO NOTHING")
    for number in range(ORDERS):
        book.draft(f"{shop}-{number}", ("ACME", "JUG", 1, "standard"))
    numbers = [f"{shop}-{number}" for number in range(ORDERS)]
    book.query(
        "UPDATE orders.customer_order SET shop_code = %s WHERE number = ANY(%s)", shop, numbers
    )
    place_drafts(book.database, TESTER)
    book.query(RAISED, shop)


def states(book: OrderBook, runs: Runs, shop: str) -> dict[str, int]:
    """Run the exporters; return where the flags of a shop are then."""
    runs.finish(DAG, runs.trigger(DAG, {"flag": "RETURNED"}))
    return dict(book.query(STATES, shop))


def test_lost_answers_double_nothing_and_lose_nothing(
    book: OrderBook, runs: Runs, receivers: dict[str, FaultyReceiver]
) -> None:
    """A receiver that takes a key once has all of them once; of the other, people are told."""
    for shop in ("KEYED", "UNKEYED"):
        flagged(book, shop)

    wait_for(
        lambda: states(book, runs, "KEYED") == {"exported": ORDERS},
        "the receiver that takes a key once",
        240,
    )
    keyed, unkeyed = receivers["keyed"], receivers["unkeyed"]
    lost = sum(faults[0] is not Fault.NONE for faults in unkeyed.faults.values())

    assert lost > 0
    assert sorted(keyed.effects.values()) == [1] * ORDERS
    assert len(keyed.requests) > ORDERS
    assert sorted(unkeyed.effects.values()) == [1] * ORDERS
    assert dict(book.query(STATES, "UNKEYED")) == {"exported": ORDERS - lost, "uncertain": lost}
