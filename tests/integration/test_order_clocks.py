"""What is in a state for too long is noted once for each stay."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from impex.services.resources import Resources
from impex.storage.named_queries import queries
from orders.cli.commands import main
from orders.domain.clock import Clock
from orders.domain.states import Machine
from orders.services.clocks import notice_overdue
from orders.services.fire import fire_by_hand
from tests.order_book import TESTER, OrderBook

CLOCKS = (
    Clock(Machine.DELIVERY, "allocated", timedelta(days=2)),
    Clock(Machine.ORDER, "in_progress", timedelta(days=20)),
)
AGE = "UPDATE orders.{} SET status_since = now() - make_interval(days => %s)"


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A book with an order whose goods are allocated."""
    book = OrderBook(resources.database)
    book.placed("O1", ("S", "A", 2, "standard"))
    fire_by_hand(book.database, "O1-1", "allocate", TESTER)
    return book


def test_a_stay_that_is_too_long_is_noted_once(book: OrderBook) -> None:
    """Not before, and not again."""
    noted = []
    for days in (1, 3, None):
        if days:
            book.query(AGE.format("delivery"), days)
        noted.append(notice_overdue(book.database, CLOCKS))

    assert noted == [0, 1, 0]


def test_another_stay_in_the_same_state_is_noted_again(book: OrderBook) -> None:
    """As is another one of the two machines."""
    book.query(AGE.format("delivery"), 5)
    notice_overdue(book.database, CLOCKS)
    book.query(AGE.format("delivery"), 3)
    book.query(AGE.format("customer_order"), 21)

    assert notice_overdue(book.database, CLOCKS) == 2

    assert book.query("SELECT machine, state FROM orders.overdue ORDER BY noticed_at") == [
        ("delivery", "allocated"),
        ("delivery", "allocated"),
        ("order", "in_progress"),
    ]


def test_the_list_has_what_is_still_in_that_state(
    book: OrderBook,
    dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With its age; `python -m orders overdue` notes by itself what is overdue by now."""
    (tmp_path / "clocks.yaml").write_text(
        "clocks:\n  - {machine: delivery, state: allocated, longer_than: 2 days}\n"
    )
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("IMPEX_FILES", str(tmp_path))
    monkeypatch.setenv("IMPEX_GROUPS", str(tmp_path / "groups"))
    book.query(AGE.format("delivery"), 3)

    assert main(["overdue", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    fire_by_hand(book.database, "O1-1", "start_packing", TESTER)
    assert main(["overdue"]) == 0

    assert (row["machine"], row["number"], row["state"]) == ("delivery", "O1-1", "allocated")
    assert row["age"].startswith("3 days")
    assert "overdue: none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("clock", "index"),
    [
        (Clock(Machine.ORDER, "in_progress", timedelta(days=2)), "customer_order_by_status"),
        (Clock(Machine.DELIVERY, "in_transit", timedelta(days=2)), "delivery_by_stay"),
    ],
)
def test_open_orders_that_are_in_time_are_not_read(
    book: OrderBook, clock: Clock, index: str
) -> None:
    """With a million of them the clock costs nothing: an index has the stays by their beginning."""
    book.query(
        "INSERT INTO orders.customer_order (number, shop_code, currency, total, status) "
        "SELECT 'N' || n, 'SHOP10', 'EUR', 1, 'in_progress' FROM generate_series(1, 20000) n"
    )
    book.query(
        "INSERT INTO orders.delivery (order_id, number, supplier, delivery_group, status) "
        "SELECT id, number || '-1', 'S', 'standard', 'in_transit' FROM orders.customer_order "
        "WHERE number LIKE 'N%%'"
    )
    book.query("ANALYZE orders.customer_order, orders.delivery")
    statement = queries("clocks", "orders.storage")[f"notice_{clock.machine}"]

    with book.database.transaction() as connection:
        plan = connection.execute(
            b"EXPLAIN " + statement, {"state": clock.state, "longer_than": clock.longer_than}
        ).fetchall()

    assert any(index in line for (line,) in plan), plan
