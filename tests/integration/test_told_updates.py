"""What files say of orders: from the inbox of a group, by a feed, to the orders."""

import json
from datetime import UTC, datetime

import pytest

from impex.cli.running import DONE
from impex.config import load_group
from impex.domain.report import JobState
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.domain.feed import Feed
from orders.services.collect import collect
from orders.services.consume import consume
from orders.storage.inbox import Receipt
from tests.feeds import shipped
from tests.imports import bring, faults
from tests.order_book import OrderBook
from tests.shared import shared

GROUP = load_group(REPOSITORY / "config" / "groups" / "order-updates.yaml")
HEAD = "event,line,order,occurred at,trigger,reference,shipped,rejected,estimated from,remark,parcel,carrier,scan status,scan at\n"


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A book with the orders O1, of two articles, and O2, of one."""
    book = OrderBook(resources.database)
    book.placed("O1", ("S", "A", 2, "standard"), ("S", "B", 1, "standard"))
    book.placed("O2", ("S", "C", 1, "electronic"))
    return book


def take_in(book: OrderBook, feed: Feed) -> dict[Receipt, int]:
    """Collect what a feed has, and apply it."""
    receipts = collect(book.database, feed, datetime.now(UTC)).receipts
    consume(book.database, "")
    return dict(receipts)


def test_a_csv_of_updates_moves_orders(resources: Resources, book: OrderBook) -> None:
    """Each row says something of one line or of one parcel."""
    rows = (
        "a,1,O1,2026-11-01 10:00:00,,1,2,,,,,,,\n"
        "a,2,O1,2026-11-01 10:00:00,,2,,1,,sold out,,,,\n"
        "b,1,O2,2026-11-01 11:00:00,,,,,,,T1,dhl,delivered,2026-11-01 11:00:00\n"
    )
    report = bring(resources, GROUP, {"updates.csv": HEAD + rows})
    assert (report.state, report.totals.inserted) == (JobState.DONE, 3)
    assert take_in(book, shipped("updates")) == {Receipt.ACCEPTED: 3}
    assert book.statuses("O1") == ("completed", "shipped")
    assert book.statuses("O2") == ("completed", "shipped")
    assert book.query("SELECT remark FROM orders.delivery_line WHERE rejected > 0") == [
        ("sold out",)
    ]
    assert book.query("SELECT DISTINCT state, issues FROM orders.inbox") == [("applied", [])]


def test_the_same_rows_again_say_nothing_new(resources: Resources, book: OrderBook) -> None:
    """They are skipped by the group, and never come to the feed."""
    rows = "a,1,O1,2026-11-01 10:00:00,,1,1,,,,,,,\n"
    bring(resources, GROUP, {"updates-1.csv": HEAD + rows})
    take_in(book, shipped("updates"))
    report = bring(resources, GROUP, {"updates-2.csv": HEAD + rows})
    assert report.totals.skipped == 1
    assert take_in(book, shipped("updates")) == {}


def test_wrong_rows_are_rejected_before_they_are_told(
    resources: Resources, book: OrderBook
) -> None:
    """With the line and the column, as for every group."""
    rows = "a,1,O1,2026-11-01 10:00:00,,1,two,,,,,,,\nb,1,O1,2026-11-01 10:00:00,,1,2,,,,,,,\n"
    report = bring(resources, GROUP, {"updates.csv": HEAD + rows})
    assert faults(resources, report) == [("updates.csv", 2, "bad_decimal")]
    assert take_in(book, shipped("updates")) == {Receipt.ACCEPTED: 1}


def test_json_lines_say_the_same(resources: Resources, book: OrderBook) -> None:
    """With underscores in place of blanks."""
    told = [
        {"event": "a", "line": "1", "order": "O1", "occurred_at": "2026-11-01 10:00:00",
         "reference": "1", "shipped": "1", "estimated_from": "2026-11-09"},
        {"event": "b", "line": "1", "order": "O1", "occurred_at": "2026-11-01 10:05:00",
         "trigger": "complete_packing"},
    ]  # fmt: skip
    content = "".join(f"{json.dumps(each)}\n" for each in told)
    report = bring(resources, GROUP, {"updates.jsonl": content})
    assert (report.state, report.totals.rejected) == (JobState.DONE, 0)
    take_in(book, shipped("updates"))
    assert book.statuses("O1") == ("in_progress", "ready")


def test_a_despatch_advice_in_ubl_sends_what_it_tells(
    resources: Resources, book: OrderBook
) -> None:
    """The real document: 90 of 100 sent, the rest stays open."""
    book.placed("AEG012345", ("S", "17589683", 100, "standard"))
    [path] = shared("ubl").glob("despatchadvice__*.xml")
    name = path.name.replace("despatchadvice__", "despatchadvice-")
    report = bring(resources, GROUP, {name: path.read_bytes()})
    assert (report.state, report.totals.inserted) == (JobState.DONE, 1)
    assert take_in(book, shipped("updates")) == {}
    assert take_in(book, shipped("despatch")) == {Receipt.ACCEPTED: 1}
    assert book.statuses("AEG012345") == ("in_progress", "packing")
    assert book.query(
        "SELECT shipped, remark FROM orders.delivery_line WHERE sku = '17589683'"
    ) == [(90, "Mrs Green agreed to waive charge")]


def test_rows_that_say_what_cannot_be_are_listed(
    resources: Resources,
    book: OrderBook,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With the reason, for the person who mends them."""
    monkeypatch.setenv("IMPEX_DSN", dsn)
    rows = "a,1,O1,2026-11-01 10:00:00,fly,1,1,,,,,,,\n"
    bring(resources, GROUP, {"updates.csv": HEAD + rows})
    take_in(book, shipped("updates"))
    assert main(["inbox", "--state", "refused", "--json"]) == DONE
    assert "fly' is nothing that this feed may ask for" in capsys.readouterr().out
