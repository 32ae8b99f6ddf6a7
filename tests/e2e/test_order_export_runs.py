"""Runs of the exporters in a real Airflow: new flags start them, and a dry one sends nothing."""

import csv
import io
import time
import zipfile
from itertools import count

import psycopg

from local.stack import Stack
from orders.services.place import place_drafts
from tests.e2e.runs import Runs
from tests.order_book import TESTER, OrderBook
from tests.waiting import wait_for

DAG = "order_exports"
TAKEN = (
    "SELECT count(*) FROM orders.export_item i JOIN orders.export_run r ON r.id = i.run_id "
    "WHERE r.run = %s"
)

STARTED = """
    SELECT run_id FROM dag_run
     WHERE dag_id = %s AND run_type = 'asset_triggered' AND queued_at > %s
"""


def paid(book: OrderBook, number: str, shop: str) -> None:
    """Place an order that is paid; in the shop E2E that needs an approval."""
    book.query("INSERT INTO orders.stock VALUES ('ACME', 'POT', 100) ON CONFLICT DO NOTHING")
    book.draft(number, ("ACME", "POT", 1, "standard"))
    book.query("UPDATE orders.customer_order SET shop_code = %s WHERE number = %s", shop, number)
    place_drafts(book.database, TESTER)


def test_new_flags_start_a_run(book: OrderBook, stack: Stack) -> None:
    """Without anybody's doing, it takes them; where the clock is faster, others follow."""
    paid(book, "E2E-WAKE", "SHOP10")
    [(since,)] = book.query("SELECT now()")
    numbers = count(77)

    def taken() -> bool:
        raised(book, "E2E-WAKE", next(numbers))
        time.sleep(4)
        with psycopg.connect(stack.database.dsn("airflow")) as connection:
            started = connection.execute(STARTED, [DAG, since]).fetchall()
        return any(book.query(TAKEN, f"{DAG}/{run}") != [(0,)] for (run,) in started)

    wait_for(taken, "flags that a run has taken which flags have started", 240)


def test_a_dry_run_about_one_order_shows_and_sends_nothing(book: OrderBook, runs: Runs) -> None:
    """What would be sent lies in a file of the file store."""
    paid(book, "E2E-DRY", "E2E")
    # Another run may be faster, and send what this one is to show.
    shown = next(told for seq in (77, 78, 79) if (told := dry_run(book, runs, seq)))

    assert shown == [("E2E-DRY", "sales@acme.example", "sent")]


def raised(book: OrderBook, number: str, seq: int) -> None:
    """Raise a flag whose exporter needs no approval."""
    book.query(
        "INSERT INTO orders.flag (order_id, seq, flag) SELECT id, %s, 'EMAILNOTIFY' "
        "FROM orders.customer_order WHERE number = %s",
        seq,
        number,
    )


def previews(runs: Runs) -> set[str]:
    """Return the keys of the files that dry runs have written."""
    return {file.key for file in runs.store.files("previews")}


def dry_run(book: OrderBook, runs: Runs, seq: int) -> list[tuple[str, str, str]]:
    """Raise a flag; return what a dry run tells of it, which must have taken nothing."""
    before = previews(runs)
    book.query(
        "UPDATE orders.export_item SET state = 'exported' WHERE order_id = "
        "(SELECT id FROM orders.customer_order WHERE number = 'E2E-DRY')"
    )
    raised(book, "E2E-DRY", seq)
    run = runs.trigger(DAG, {"order": "E2E-DRY", "flag": "EMAILNOTIFY", "dry_run": True})

    assert runs.finish(DAG, run) == "success"
    assert book.query(TAKEN, f"{DAG}/{run}") == [(0,)]
    [preview] = previews(runs) - before
    with runs.store.open(preview) as packed, zipfile.ZipFile(packed) as unpacked:
        rows = csv.DictReader(io.StringIO(unpacked.read("preview.csv").decode("utf-8-sig")))
        return [(row["orders"], row["recipient"], row["would be"]) for row in rows]
