"""Flags of orders that become files, beside one COPY by hand whose bytes are written as safely."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg

from local.settings import Settings
from orders.domain.exporter import Batch
from tests.bench import databases
from tests.bench.figure import Figure
from tests.bench.order_contents import fill
from tests.bench.processes import Sample, run_case
from tests.bench.rounds import beside, interleaved
from tests.bench.workload import SHRINK

ORDERS = 10_000 // SHRINK
# What is said of each order, and the floor does not do, shows where one write serves all of them.
_BATCHES = {"a file each": (Batch.PER_ORDER, 2.0), "one file": (Batch.PER_RUN, None)}
_NAME = "exports"
_FLAGS = """
    WITH raised AS (
        UPDATE orders.customer_order SET flags = 1 WHERE id %% 10 = 0 RETURNING id
    )
    INSERT INTO orders.flag (order_id, seq, flag) SELECT id, 1, 'INITPAID' FROM raised ORDER BY id
"""


def measure() -> Iterator[Figure]:
    """Yield the whole way from the flag to the file: a file for each order, and one for all."""
    with databases.server() as settings:
        dsn = databases.create(settings, _NAME)
        with psycopg.connect(dsn) as connection:
            fill(connection, ORDERS)
            connection.execute(_FLAGS, [])
        databases.vacuum(settings, _NAME)
        for what, (batch, bar) in _BATCHES.items():
            name = f"export of {ORDERS:,} orders: {what}"
            cases = {
                "ours": partial(_run, settings, "export flags", batch),
                "floor": partial(_run, settings, "export floor", batch),
            }
            yield beside(name, interleaved(name, cases), "floor", bar)


def _run(settings: Settings, case: str, batch: str) -> Sample:
    """Run a case on a database and in a folder of its own."""
    with databases.copied(settings, _NAME) as dsn, tempfile.TemporaryDirectory() as folder:
        room = Path(folder) / "out"
        return run_case([case, str(ORDERS), str(room), batch], {"IMPEX_DSN": dsn})
