"""Orders that are exported to files, and the floor: one COPY by hand, and the same bytes written."""

import os
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from impex.config.user_files import UserFiles
from impex.files.store import FileStore
from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.config import exporters_directory
from orders.domain.destination import File
from orders.domain.export_item import ItemState
from orders.domain.exporter import Batch, Exporter, GroupExport
from orders.services.addressing import drafts_of
from orders.services.chain import Chain
from orders.services.export_orders import export
from orders.services.match import match
from orders.services.open_chain import open_chain
from orders.services.send import route_of
from orders.storage import export_items
from orders.targets.files import FileTarget
from tests.bench.clock import timed
from tests.bench.content_cases import LINES

_FLAGGED = "SELECT order_id FROM orders.flag ORDER BY order_id"
_EXPORTER = Exporter(
    "bench",
    "INITPAID",
    File("out", "{order}.csv"),
    format=GroupExport("order-documents", "order-lines"),
)


def export_flags(count: str, folder: str, batch: str) -> float:
    """Time the whole way of flags into files: match, write, send; fail unless all are exported.

    Args:
        count: How many flags wait.
        folder: Where the files go.
        batch: Whether they are one file.
    """
    name = "all.csv" if batch == Batch.PER_RUN else "{order}.csv"
    exporter = replace(_EXPORTER, batch=Batch(batch), destination=File("out", name))
    with Database(os.environ["IMPEX_DSN"]) as database:
        chain = _chain(database, exporter)

        def work() -> None:
            route = route_of(exporter, FileTarget(FileStore(folder)))
            match(database, chain, stop=lambda: False)
            export(database, chain, exporter, route, lambda: False)

        seconds = timed(work)
        with database.transaction() as connection:
            balance = export_items.balance(connection, None)
    if balance != {ItemState.EXPORTED: int(count)}:
        raise SystemExit(f"not all is exported: {balance}")
    return seconds


def export_by_hand(count: str, folder: str, batch: str) -> float:
    """Time the floor: what is written is as safe on the disk as what we write."""
    room = Path(folder)
    room.mkdir()
    with psycopg.connect(os.environ["IMPEX_DSN"], autocommit=True) as connection:
        seconds = timed(lambda: _by_hand(connection, room, whole=batch == Batch.PER_RUN))
    files = len(list(room.iterdir()))
    if files != (1 if batch == Batch.PER_RUN else int(count)):
        raise SystemExit(f"{files} files were written")
    return seconds


def _by_hand(connection: psycopg.Connection, room: Path, *, whole: bool) -> None:
    ids = [number for (number,) in connection.execute(_FLAGGED)]
    with connection.cursor() as cursor, cursor.copy(LINES, [ids]) as copy:
        header, *rows = [bytes(row) for row in copy]
    if whole:
        _write(room / "all.csv", b"".join([header, *rows]))
    else:
        of_order: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for row in rows:
            of_order[row.partition(b",")[0]].append(row)
        for order, some in of_order.items():
            _write(room / f"{order.decode()}.csv", b"".join([header, *some]))
    _sync(room)


def _write(path: Path, body: bytes) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("xb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(path)


def _sync(room: Path) -> None:
    handle = os.open(room, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _chain(database: Database, exporter: Exporter) -> Chain:
    """Return the shipped chain, with one exporter only."""
    files = UserFiles(REPOSITORY / "config")
    chain = open_chain(database, exporters_directory(), files, "bench")
    return replace(
        chain,
        exporters=[exporter],
        address=lambda part, content: drafts_of(part, content, chain.run, datetime.now(UTC)),
    )
