"""What messages about orders say, beside one COPY of the same lines by hand."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg

from orders.domain.exporter import Batch
from tests.bench import databases
from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case
from tests.bench.rounds import fastest, interleaved, peak
from tests.bench.workload import SHRINK

ORDERS = 10_000 // SHRINK
_OTHERS = 10
_NAME = "contents"
_KINDS = {
    "CSV, one message": ("order-lines", Batch.PER_RUN, 2.0),
    "CSV, a message each": ("order-lines", Batch.PER_ORDER, 2.0),
    "JSON, a message each": ("order-json", Batch.PER_ORDER, None),
    "UBL, a message each": ("ubl-order", Batch.PER_ORDER, None),
    "a template, a message each": ("cancellation.json", Batch.PER_ORDER, None),
}


def measure() -> Iterator[Figure]:
    """Yield the contents of each kind beside the floor; nine of ten orders are not asked for."""
    with databases.server() as settings:
        dsn = databases.create(settings, _NAME)
        with psycopg.connect(dsn) as connection:
            fill(connection, ORDERS)
        databases.vacuum(settings, _NAME)
        name = f"contents of messages about {ORDERS:,} orders"
        run = partial(_run, dsn)
        cases = {kind: partial(run, "contents", *what[:2]) for kind, what in _KINDS.items()}
        samples = interleaved(name, {"floor": partial(run, "content floor"), **cases}, rounds=5)
        floor = fastest(samples["floor"])
        for kind, (_, _, bar) in _KINDS.items():
            ours = samples[kind]
            yield Figure(f"{name}: {kind}", fastest(ours), "s", floor, bar, peak(ours))


def fill(connection: psycopg.Connection, orders: int) -> None:
    """Make ten times as many orders as will be asked for."""
    text = Path(__file__).with_name("contents.sql").read_text(encoding="utf-8")
    for statement in text.split(";\n"):
        connection.execute(statement.encode(), {"orders": orders * _OTHERS})


def _run(dsn: str, case: str, *what: str) -> Sample:
    return run_case([case, str(ORDERS), *what], {"IMPEX_DSN": dsn})
