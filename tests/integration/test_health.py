"""What a person on call asks first: what is wrong is told with what to do, and the rest as figures."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from impex.domain.reading import Reading
from impex.services import health as of_groups
from impex.services.resources import Resources
from orders.domain.order import Cause
from orders.domain.update import DeliveryUpdate
from orders.services import health as of_orders
from orders.services.holds import hold
from orders.services.open_metrics import open_metrics
from orders.storage import outbox
from orders.storage.outbox import Draft
from tests.groups import brands, column, group
from tests.imports import bring, execute, planned
from tests.order_book import OrderBook

BRANDS = group(brands(column("name")))
SOON = timedelta(minutes=1)
LATER = timedelta(hours=2)


def of_shop(shop: Resources, after: timedelta = SOON) -> dict[str, Reading]:
    """Return the figures of groups, some time from now, by metric."""
    return {each.metric: each for each in of_groups.readings(shop, datetime.now(UTC) + after)}


def of_book(book: OrderBook, after: timedelta = SOON) -> dict[str, Reading]:
    """Return the figures of orders, some time from now, by title."""
    with book.database.transaction() as connection:
        readings = of_orders.readings(connection, datetime.now(UTC) + after)
        return {each.title: each for each in readings}


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """One order whose first flag waits."""
    book = OrderBook(resources.database)
    book.placed("O1", ("S", "A", 1, "standard"))
    return book


def test_an_import_that_is_quiet_for_long_needs_somebody(shop: Resources) -> None:
    """One that has just begun does not, nor one that is done."""
    bring(shop, BRANDS, {"brands.csv": "name\nA\n"})
    assert "impex_open_imports" not in of_shop(shop)

    planned(shop, BRANDS, {"brands.csv": "name\nB\n"})

    assert of_shop(shop)["impex_open_imports"].advice == ""
    late = of_shop(shop, LATER)["impex_open_imports"]
    assert (late.number, late.labels) == (1, {"group": BRANDS.name})
    assert "Look at its run in Airflow" in late.advice


def test_what_failed_in_the_last_day_is_told(shop: Resources) -> None:
    """What failed before is history."""
    bring(shop, BRANDS, {"other.txt": "?"})
    assert of_shop(shop)["impex_failed_imports"].labels["state"] == "refused"

    execute(shop, "UPDATE impex.job SET finished_at = finished_at - interval '2 days'")
    assert "impex_failed_imports" not in of_shop(shop)


def test_versions_and_room_are_told(shop: Resources) -> None:
    """Of the database, its tables, and the file store."""
    found = of_shop(shop)

    assert found["impex_versions"].labels["tables"] >= "0022"
    assert found["impex_database_bytes"].number > 1_000_000
    assert found["impex_store_free_bytes"].number > 0


def test_events_that_are_dead_or_late_need_somebody(book: OrderBook) -> None:
    """Those that have just come do not."""
    book.receive(DeliveryUpdate(order_number="O1"), DeliveryUpdate(order_number="!"), ids="ab")
    book.query("UPDATE orders.inbox SET state = 'dead' WHERE event_id = 'b'")

    soon, late = of_book(book), of_book(book, LATER)

    assert soon["Events of test, waiting"].advice == ""
    assert "order_feeds" in late["Events of test, waiting"].advice
    assert soon["Events of test, dead"].advice == "Mend what their reasons say, then replay them."
    assert soon["Messages that contradict an event"].number == 0


def test_flags_that_wait_behind_others_or_on_hold_are_not_late(book: OrderBook) -> None:
    """Only one whose turn it is may be late."""
    book.query(
        "INSERT INTO orders.flag (order_id, seq, flag) SELECT id, 2, 'LATER' FROM "
        "orders.customer_order"
    )
    assert "order_exports" in of_book(book, LATER)["Flags INITPAID waiting"].advice

    book.query("UPDATE orders.export_item SET state = 'sending', exporter = 'x' WHERE seq = 1")
    assert of_book(book, LATER)["Flags LATER queued"].advice == ""

    book.query("UPDATE orders.export_item SET state = 'waiting', exporter = NULL WHERE seq = 1")
    hold(book.database, "O1", Cause("anna", reason="wait"))
    held = of_book(book, LATER)
    assert held["Flags INITPAID on hold"].advice == ""
    assert held["Orders on hold"].number == 1


def test_messages_that_people_must_decide_about_are_told(book: OrderBook) -> None:
    """And targets that are left alone because they do not answer."""
    with book.database.transaction() as connection:
        outbox.put(connection, [Draft("k", "shop", "", "text/plain", b"")])
        outbox.note_answers(connection, "shop", heard=False, silent=1)
        outbox.note_answers(connection, "shop", heard=False, silent=8)
    book.query("UPDATE orders.outbox SET state = 'uncertain'")

    found = of_book(book)

    assert found["Messages to shop, uncertain"].advice.startswith("They may have arrived")
    assert found["Failures in a row of shop, which is left alone for a while"].number == 9


def test_programs_read_counts_and_ages_as_open_metrics(book: OrderBook) -> None:
    """Each metric once, with its labels; strange names in labels are text."""
    now = datetime.now(UTC)
    readings = [
        Reading("a_count", "", 2, {"feed": 'strange "name"\n'}, now - timedelta(seconds=90)),
        Reading("a_count", "", 3, {"feed": "other"}),
        Reading("plain", "", 0),
    ]

    text = open_metrics(readings, now).decode()
    families = {each.name: each.samples for each in text_string_to_metric_families(text)}

    assert [(s.labels["feed"], s.value) for s in families["a_count"]] == [
        ('strange "name"\n', 2),
        ("other", 3),
    ]
    assert [s.value for s in families["a_count_oldest_seconds"]] == [90]
    assert families["plain"][0].value == 0
    with book.database.transaction() as connection:
        everything = list(of_orders.readings(connection, now))
    assert text_string_to_metric_families(open_metrics(everything, now).decode())
