"""``python -m orders``: what people see and do without Airflow."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from impex.cli.running import DONE, MISUSED, REJECTED
from impex.domain.errors import DataError
from impex.services.resources import Resources
from orders.cli.commands import main
from orders.domain.update import DeliveryUpdate
from orders.services.consume import ATTEMPTS, consume
from orders.services.place import place_drafts
from orders.storage import inbox
from tests.order_book import TESTER, OrderBook, shipped


@pytest.fixture
def book(
    resources: Resources, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OrderBook]:
    """An empty book of orders, which the commands work on."""
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("IMPEX_FILES", str(tmp_path / "files"))
    yield OrderBook(resources.database)
    structlog.reset_defaults()


def test_show_tells_where_an_order_is_and_what_it_needs(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the number of the order, of a delivery or of a parcel."""
    book.placed("O1", ("S", "A", 3, "standard"))
    book.receive(shipped("O1", "1", 1))
    consume(book.database, "")
    for number in ("O1", "O1-1"):
        assert main(["show", number]) == DONE
        told = capsys.readouterr().out
        assert "Order O1 of SHOP10: in_progress since" in told
        assert "Still to be sent: 2 of A (O1-1)" in told
        assert "- O1-1 complete_packing leads to ready" in told
        assert (
            "- O1 delivery_shipped is not possible: delivery O1-1 is packing: it is not shipped"
            in told
        )
        assert "feed test" in told
    assert main(["show", "O1", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert [fact["trigger"] for fact in told["history"]] == book.history("O1")


def test_show_tells_why_a_draft_is_not_placed(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stock that does not suffice is named."""
    book.stock("S", "A", 2)
    book.draft("O1", ("S", "A", 3, "standard"))
    assert main(["place"]) == DONE
    assert main(["show", "O1"]) == DONE
    assert "Cannot be placed: S has 2 of A, and 3 are ordered" in capsys.readouterr().out


def test_a_trigger_by_hand_has_the_guards_and_the_history_of_every_other(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is refused says why and changes nothing."""
    book.placed("O1", ("S", "A", 3, "standard"))
    assert main(["fire", "O1-1", "start_packing", "--reason", "hurry"]) == REJECTED
    assert "from where allocate, cancel is possible" in capsys.readouterr().err
    assert main(["fire", "O1", "fly", "--reason", "hurry"]) == REJECTED
    assert "fly is no trigger of the order" in capsys.readouterr().err
    assert main(["fire", "O2", "cancel", "--reason", "hurry"]) == REJECTED
    assert "there is no order, delivery or parcel O2" in capsys.readouterr().err
    assert main(["fire", "O1", "cancel", "--reason", "customer called"]) == DONE
    assert "Order O1 is cancelled_refund_due" in capsys.readouterr().out
    assert book.statuses("O1") == ("cancelled_refund_due", "reservation_voided")
    assert book.in_stock("S", "A") == (3, 0)
    assert book.query(
        "SELECT trigger, reason FROM orders.history WHERE reason <> '' ORDER BY id"
    ) == [("cancel", "customer called"), ("cancel", "customer called")]


def test_a_cancel_gives_back_exactly_what_was_taken(book: OrderBook) -> None:
    """From wherever the delivery is, as long as it has not left."""
    for number, triggers in enumerate(
        (
            [],
            ["allocate"],
            ["allocate", "start_packing"],
            ["allocate", "start_packing", "complete_packing"],
        )
    ):
        book.placed(f"O{number}", ("S", f"A{number}", 3, "standard"))
        for trigger in triggers:
            assert main(["fire", f"O{number}-1", trigger, "--reason", "test"]) == DONE
        assert main(["fire", f"O{number}", "cancel", "--reason", "test"]) == DONE
        assert book.in_stock("S", f"A{number}") == (3, 0)


def test_what_waited_for_its_payment_goes_on_when_it_is_paid(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """A delivery whose goods are all sent is not forgotten."""
    book.stock("S", "A", 1)
    book.draft("O1", ("S", "A", 1, "standard"), paid=False)
    assert main(["place"]) == DONE
    assert main(["fire", "O1", "payment_ok", "--reason", "authorised"]) == DONE
    book.receive(shipped("O1", "1", 1))
    assert main(["consume"]) == DONE
    assert book.statuses("O1") == ("in_progress", "ready")
    assert main(["payment", "O1", "--captured", "much"]) == MISUSED
    assert main(["payment", "O1", "--refunded", "5"]) == REJECTED
    assert "5 cannot be paid back: 0.0000 was paid" in capsys.readouterr().err
    assert main(["payment", "O1", "--captured", "100"]) == DONE
    assert book.statuses("O1") == ("completed", "shipped")


def test_made_up_orders_are_the_same_for_the_same_seed(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """They can be placed at once."""
    assert main(["generate", "0"]) == MISUSED
    assert main(["generate", "30", "--seed", "5"]) == DONE
    first = book.query("SELECT number, total, customer_name FROM orders.customer_order ORDER BY 1")
    assert len(first) == 30
    assert main(["place"]) == DONE
    assert "Placed: 30" in capsys.readouterr().out
    book.query("DELETE FROM orders.delivery_line")
    book.query("DELETE FROM orders.delivery")
    book.query("DELETE FROM orders.order_line")
    book.query("DELETE FROM orders.customer_order")
    assert main(["generate", "30", "--seed", "5"]) == DONE
    assert (
        book.query("SELECT number, total, customer_name FROM orders.customer_order ORDER BY 1")
        == first
    )


def test_dead_events_are_listed_and_replayed_with_a_reason(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not dead is not replayed."""
    book.placed("O1", ("S", "A", 1, "standard"), ("S", "B", 1, "preorder"))
    book.receive(DeliveryUpdate("O1", trigger="start_packing"), ids="a")
    assert main(["consume"]) == DONE
    assert "dead: 1" in capsys.readouterr().out
    assert main(["inbox", "--state", "dead"]) == DONE
    assert "start_packing: 2 deliveries could be meant" in capsys.readouterr().out
    assert main(["replay", "1", "77", "--reason", "looked at it"]) == REJECTED
    assert "Event 77 is not dead" in capsys.readouterr().err
    [(state, reason)] = book.events()
    assert (state, reason.endswith(": looked at it")) == ("waiting", True)
    assert main(["inbox"]) == DONE
    assert "waiting" in capsys.readouterr().out


def test_conflicts_are_shown_beside_what_was_kept(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a person can decide which one is right."""
    book.placed("O1", ("S", "A", 5, "standard"))
    book.receive(shipped("O1", "1", 1), ids="a")
    book.receive(shipped("O1", "1", 4), ids="a")
    assert main(["inbox", "--state", "conflict", "--json"]) == DONE
    [found] = json.loads(capsys.readouterr().out)
    assert (found["kept"]["lines"][0]["shipped"], found["other"]["lines"][0]["shipped"]) == (
        "1",
        "4",
    )


def test_a_poisoned_event_dies_alone(book: OrderBook) -> None:
    """It never blocks another order, nor, once dead, its own."""
    for number in ("O1", "O2"):
        book.placed(number, ("S", number, 2, "standard"))
    book.receive(shipped("O1", "1", 1, minutes=1), shipped("O1", "1", 2, minutes=2), ids="ab")
    book.receive(shipped("O2", "1", 2), ids="c")
    # A history that cannot be written: the machine itself never leads to this.
    book.query(
        "ALTER TABLE orders.history ADD CONSTRAINT poison CHECK (event_id IS DISTINCT FROM 1)"
    )
    tally = consume(book.database, "")
    assert tally.failures == ATTEMPTS
    assert [state for state, _ in book.events()] == ["dead", "applied", "applied"]
    assert "poison" in book.events()[0][1]
    assert book.statuses("O1") == book.statuses("O2") == ("completed", "shipped")
    book.query("ALTER TABLE orders.history DROP CONSTRAINT poison")
    with book.database.transaction() as connection:
        assert inbox.replay(connection, [1], "mended") == [1]
    consume(book.database, "")
    assert [state for state, _ in book.events()] == ["applied"] * 3


def test_an_event_that_cannot_be_read_dies_alone(book: OrderBook) -> None:
    """The others of its order are applied."""
    book.placed("O1", ("S", "A", 2, "standard"))
    book.receive(shipped("O1", "1", 1, minutes=1), shipped("O1", "1", 2, minutes=2), ids="ab")
    book.query("UPDATE orders.inbox SET payload = '{\"lines\": [7]}' WHERE event_id = 'a'")
    consume(book.database, "")
    assert book.events() == [("dead", "its payload cannot be read"), ("applied", "")]
    assert book.statuses("O1") == ("completed", "shipped")


def test_a_draft_that_cannot_be_placed_keeps_no_other_back(book: OrderBook) -> None:
    """It is told, and counts as tried."""
    for number in ("O1", "O2", "O3"):
        book.stock("S", number, 1)
        book.draft(number, ("S", number, 1, "standard"))
    book.query("ALTER TABLE orders.history ADD CONSTRAINT poison CHECK (order_id <> 2)")
    with pytest.raises(DataError, match="drafts that cannot be placed: 1, such as number 2"):
        place_drafts(book.database, TESTER)
    assert [book.statuses(number)[0] for number in ("O1", "O2", "O3")] == [
        "in_progress", "draft", "in_progress"
    ]  # fmt: skip
    assert place_drafts(book.database, TESTER, tried=False) == 0


def test_the_number_of_an_order_goes_before_that_of_a_delivery(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where somebody numbers orders as we number deliveries."""
    book.placed("O1", ("S", "A", 1, "standard"))
    book.placed("O1-1", ("S", "B", 1, "standard"))
    assert main(["show", "O1-1"]) == DONE
    assert "Order O1-1 of SHOP10" in capsys.readouterr().out
