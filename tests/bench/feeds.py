"""Feeds: events that wait in the inbox, beside the same writes in sets of SQL."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import psycopg

from impex.storage.connection import Database
from local.settings import Settings
from orders.domain.generation import MadeLine, MadeOrder
from orders.domain.order import Cause
from orders.domain.states import Payment
from orders.domain.update import DeliveryUpdate, LineUpdate
from orders.services.place import place_drafts
from orders.storage import inbox, making
from orders.storage.inbox import Arrival
from tests.bench import databases
from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case
from tests.bench.rounds import beside, fastest, interleaved
from tests.bench.workload import SHRINK

EVENTS = 10_000 // SHRINK
SINGLE = 1000 // SHRINK
EVENTS_OF_AN_ORDER = 4
CROWD = 1_000_000 // SHRINK
BATCH = 1000

_START = datetime(2026, 11, 1, tzinfo=UTC)
_SUPPLIERS = ("NORTH", "SOUTH", "EAST", "WEST")
_ARTICLES = 500
_PAUSE = timedelta(minutes=30)
# Open orders that wait for stock, and that no event is about.
_CROWD = (
    b"""
    INSERT INTO orders.customer_order (number, shop_code, status, currency, total)
    SELECT 'C' || n, 'SHOP10', 'in_progress', 'EUR', 10 FROM generate_series(1, %(crowd)s) n
    """,
    b"""
    INSERT INTO orders.delivery (order_id, number, supplier, delivery_group, status)
    SELECT id, number || '-1', 'FAR', 'standard', 'awaiting_allocation'
      FROM orders.customer_order WHERE number LIKE 'C%%' ORDER BY id
    """,
    b"""
    INSERT INTO orders.delivery_line (delivery_id, reference, sku, quantity)
    SELECT id, '1', 'FAR-1', 1 FROM orders.delivery WHERE supplier = 'FAR' ORDER BY id
    """,
)


def measure() -> Iterator[Figure]:
    """Yield batches and single events beside their floors, two consumers, and a crowded table."""
    with tempfile.TemporaryDirectory(), databases.server() as settings:
        _fill(settings, "feeds", EVENTS // EVENTS_OF_AN_ORDER)
        name = f"feed of {EVENTS:,} events, beside SQL in sets of {BATCH:,}"
        cases = {
            "ours": partial(_run, settings, "feeds", "consume"),
            "floor": partial(_run, settings, "feeds", "feed floor", str(BATCH)),
            "two consumers": partial(_run, settings, "feeds", "consume by two"),
        }
        samples = interleaved(name, cases, rounds=5)
        yield beside(name, samples, "floor", 2.0)
        one, two = fastest(samples["ours"]), fastest(samples["two consumers"])
        yield Figure("the same with two consumers, beside one", two, "s", one, 1 / 1.3)
        _fill(settings, "few", SINGLE // EVENTS_OF_AN_ORDER)
        name = f"isolating mode, {SINGLE:,} events, beside SQL with one event a transaction"
        cases = {
            "ours": partial(_run, settings, "few", "consume singly"),
            "floor": partial(_run, settings, "few", "feed floor by event"),
        }
        yield beside(name, interleaved(name, cases), "floor", 1 / 0.7)
        yield _decisions(settings, one)


def measure_crowd() -> Iterator[Figure]:
    """Yield the batches with a million open orders in the table, beside none."""
    with tempfile.TemporaryDirectory(), databases.server() as settings:
        _fill(settings, "feeds", EVENTS // EVENTS_OF_AN_ORDER)
        _fill(settings, "crowded", EVENTS // EVENTS_OF_AN_ORDER, crowd=CROWD)
        name = f"feed of {EVENTS:,} events with {CROWD:,} more open orders, beside none"
        cases = {
            "ours": partial(_run, settings, "crowded", "consume"),
            "alone": partial(_run, settings, "feeds", "consume"),
        }
        yield beside(name, interleaved(name, cases, rounds=5), "alone", 1.3)


def _decisions(settings: Settings, seconds: float) -> Figure:
    """Return what the machine's decisions of a batch take of all its time."""
    sample = _run(settings, "feeds", "decide")
    return Figure(
        "the machine's decisions, beside the whole feed", sample.seconds, "s", seconds, 0.05
    )


def _run(settings: Settings, template: str, *arguments: str) -> Sample:
    """Run a case on a copy of a database."""
    with databases.copied(settings, template) as dsn:
        sample = run_case(arguments, {"IMPEX_DSN": dsn})
        _require_all_applied(dsn)
    return sample


def _require_all_applied(dsn: str) -> None:
    """Fail unless every event was applied, and every order of the feed is complete."""
    with psycopg.connect(dsn) as connection:
        wrong = connection.execute(
            "SELECT i.order_id FROM orders.inbox i JOIN orders.customer_order o "
            "ON o.id = i.order_id WHERE i.state <> 'applied' OR o.status <> 'completed' LIMIT 1"
        ).fetchone()
    if wrong:
        raise SystemExit(f"order {wrong[0]} is not complete")


def _fill(settings: Settings, name: str, orders: int, crowd: int = 0) -> None:
    """Create a database with placed orders, and events that complete them."""
    dsn = databases.create(settings, name)
    with Database(dsn) as database:
        with database.transaction() as connection:
            making.insert_orders(connection, map(_order, range(orders)))
            making.stock_up(connection)
        place_drafts(database, Cause("bench"))
        with database.transaction() as connection:
            for statement in _CROWD:
                connection.execute(statement, {"crowd": crowd})
        for number in range(0, orders, BATCH):
            arrivals = [
                Arrival("bench", "", update, 3600.0)
                for each in range(number, min(number + BATCH, orders))
                for update in _updates(_number(each))
            ]
            with database.transaction() as connection:
                inbox.receive(connection, arrivals)
    databases.vacuum(settings, name)


def _number(n: int) -> str:
    return f"B{n:07}"


def _order(n: int) -> MadeOrder:
    supplier = _SUPPLIERS[n % len(_SUPPLIERS)]
    lines = tuple(
        MadeLine(
            number=str(line),
            sku=f"{supplier}-{(n * 7 + line) % _ARTICLES:04}",
            name="Article",
            supplier=supplier,
            quantity=Decimal(2),
            price=Decimal(10),
            availability="standard",
            available_on=None,
        )
        for line in (1, 2)
    )
    return MadeOrder(
        number=_number(n),
        shop_code="SHOP10",
        payment=Payment.ONLINE,
        currency="EUR",
        total=Decimal(40),
        captured=Decimal(40),
        together=False,
        customer_name=f"Customer {n}",
        customer_email=f"customer{n}@example.com",
        country="DE",
        ordered_at=_START,
        lines=lines,
    )


def _updates(number: str) -> Iterator[DeliveryUpdate]:
    """Yield an estimate, a line that is sent, half of the other line, and the rest of it."""
    details = {"estimated_from": "2026-11-09", "remark": "on its way"}
    said = (
        (LineUpdate("1", details=details), LineUpdate("2", details=details)),
        (LineUpdate("1", shipped=Decimal(2)),),
        (LineUpdate("2", shipped=Decimal(1)),),
        (LineUpdate("2", shipped=Decimal(2)),),
    )
    for hour, lines in enumerate(said):
        yield DeliveryUpdate(number, occurred_at=_START + hour * _PAUSE, lines=lines)
