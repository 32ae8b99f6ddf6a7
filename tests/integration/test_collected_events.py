"""Events from a table that another system writes."""

from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from impex.cli.running import MISUSED
from impex.domain.errors import ConfigError, TransientError
from impex.services.resources import Resources
from orders.cli.commands import main
from orders.domain.feed import Feed
from orders.services.collect import BATCH, collect
from orders.services.consume import consume
from orders.storage.inbox import Receipt
from tests.feeds import PUSHED, load
from tests.order_book import OrderBook

NOW = datetime.now(UTC)
FEED = """\
source: {table: {name: erp.event, cursor: id}}
supplier: S
order_number: order_no
occurred_at: at
lines: {sku: sku, shipped: sent, remark: [extra.note, extra.by]}
"""
TABLE = """
    CREATE SCHEMA erp;
    CREATE TABLE erp.event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_no text, at timestamptz
        DEFAULT now() - interval '1 hour', sku text DEFAULT 'A', sent numeric DEFAULT 1,
        extra jsonb DEFAULT '{}')
"""


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A feed of the table."""
    return load(tmp_path, FEED, "erp")


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A book of orders beside the table of an ERP."""
    book = OrderBook(resources.database)
    book.query(TABLE)
    return book


def test_rows_are_taken_once_in_their_order(book: OrderBook, feed: Feed) -> None:
    """Columns of any type map as members of a message do; the row moves its order."""
    book.placed("O1", ("S", "A", 2, "standard"))
    book.query(
        "INSERT INTO erp.event (order_no, sent, extra) "
        """VALUES ('O1', 2.0, '{"note": "quick", "by": "Ann"}'), ('O2', 1, '{}')"""
    )

    first, second = collect(book.database, feed, NOW), collect(book.database, feed, NOW)

    assert (first.rows, first.receipts) == (2, {Receipt.ACCEPTED: 2})
    assert (second.rows, second.refused) == (0, 0)
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped")
    assert book.query("SELECT remark FROM orders.delivery_line") == [("quick, Ann",)]
    assert book.query("SELECT feed, event_id FROM orders.inbox ORDER BY id") == [
        ("erp", "1"),
        ("erp", "2"),
    ]


def test_many_rows_are_taken_in_batches(book: OrderBook, feed: Feed) -> None:
    """All of them by one call; nobody begins anew."""
    book.query(
        "INSERT INTO erp.event (order_no) SELECT 'O' || n FROM generate_series(1, %s) n",
        BATCH * 2 + 1,
    )

    first, second = collect(book.database, feed, NOW), collect(book.database, feed, NOW)

    assert (first.rows, second.rows) == (BATCH * 2 + 1, 0)
    assert book.query("SELECT count(*) FROM orders.inbox") == [(BATCH * 2 + 1,)]


def test_a_row_that_says_what_cannot_be_holds_nothing_up(book: OrderBook, feed: Feed) -> None:
    """It is kept aside with the place and the reason."""
    book.query(
        "INSERT INTO erp.event (order_no, at) VALUES ('O1', now()), ('O2', '2999-01-01'), "
        "('O3', now())"
    )

    collected = collect(book.database, feed, NOW)

    assert (collected.rows, collected.refused) == (3, 1)
    ((position, place, reason),) = book.query(
        "SELECT position, place, reason FROM orders.feed_refusal"
    )
    assert (position, place) == ("2", "$.at")
    assert "is in the future" in reason


def test_a_row_whose_transaction_ends_late_is_not_missed(
    book: OrderBook, feed: Feed, dsn: str
) -> None:
    """The collector waits for who is writing, so that the cursor never passes over a row."""
    with psycopg.connect(dsn) as late:
        late.execute("INSERT INTO erp.event (order_no) VALUES ('late')")
        book.query("INSERT INTO erp.event (order_no) VALUES ('early')")
        rows: list[int] = []
        collector = Thread(target=lambda: rows.append(collect(book.database, feed, NOW).rows))
        collector.start()
        late.commit()
        collector.join()

    assert rows == [2]


def test_a_table_that_is_written_for_too_long_is_left_for_later(
    book: OrderBook, feed: Feed, dsn: str
) -> None:
    """Nothing is taken, nothing is lost."""
    book.query("INSERT INTO erp.event (order_no) VALUES ('O1')")
    with psycopg.connect(dsn) as long:
        long.execute("INSERT INTO erp.event (order_no) VALUES ('O2')")
        with pytest.raises(TransientError, match="lock timeout"):
            collect(book.database, feed, NOW)

    assert collect(book.database, feed, NOW).rows == 2


def test_the_command_line_collects_what_tables_have(
    book: OrderBook, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Feeds that are pushed are left out; a broken one is told and hides no other."""
    load(tmp_path, FEED, "erp")
    load(tmp_path, f"{PUSHED}order_number: o\n", "pushed")
    (tmp_path / "broken.yaml").write_text("titel: x\n")
    book.query("INSERT INTO erp.event (order_no, sent) VALUES ('O1', 1), ('O2', 'NaN')")
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("IMPEX_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("ORDERS_FEEDS", str(tmp_path))

    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as faults:
        code = main(["collect"])

    assert code == MISUSED
    assert out.getvalue() == "erp: rows: 2, accepted: 1, refused: 1\n"
    assert "broken.yaml:1: There is no option `titel` here." in faults.getvalue()


def test_a_table_that_is_not_there_is_a_fault_of_the_configuration(
    resources: Resources, feed: Feed
) -> None:
    """Somebody has to mend it; trying again is pointless."""
    with pytest.raises(ConfigError, match="erp"):
        collect(resources.database, feed, NOW)
