"""The chain of exporters of an installation, for one run."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from psycopg import Connection

from impex.config.user_files import UserFiles
from impex.storage.connection import Database
from orders.config import load_chain
from orders.domain.content import Content, Unwritable
from orders.domain.destination import Manual
from orders.domain.export_item import Part, Scope
from orders.domain.exporter import Exporter
from orders.services.addressing import drafts_of
from orders.services.chain import Chain
from orders.services.contents import contents
from orders.storage import export_items
from orders.storage.documents import documents
from orders.storage.orders import find_order
from orders.storage.outbox import Draft

_SHOWN = ("number", "shop", "status", "payment", "currency", "total", "country", "lines")


def open_chain(
    database: Database, exporters: Path, files: UserFiles, run: str, reference: str = ""
) -> Chain:
    """Return the exporters of a directory, and note that a run has begun.

    Args:
        database: Where the orders are.
        exporters: The directory of their files.
        files: Groups and templates that they name.
        run: What the run is called; the same name is the same run.
        reference: What Airflow calls it.

    Raises:
        ConfigError: An exporter has faults; who takes what is not known then.
        TransientError: The database failed.
    """
    loaded = load_chain(exporters)
    with database.transaction() as connection:
        number = export_items.begin_run(connection, run)
    return _chain(loaded, files, number, reference)


def view_chain(exporters: Path, files: UserFiles) -> Chain:
    """Return the exporters for somebody who only looks at what they would write: no run begins.

    Raises:
        ConfigError: An exporter has faults.
    """
    return _chain(load_chain(exporters), files, 0)


def _chain(loaded: Sequence[Exporter], files: UserFiles, number: int, reference: str = "") -> Chain:
    def write(connection: Connection, parts: Sequence[Part]) -> Sequence[Content | Unwritable]:
        if parts and isinstance(parts[0].exporter.destination, Manual):
            return _summaries(connection, parts)
        return contents(connection, files, parts)

    def address(part: Part, content: Content) -> Sequence[Draft]:
        return drafts_of(part, content, number, datetime.now(UTC))

    return Chain(loaded, write, address, number, reference)


def scope_of(database: Database, order: str, flag: str) -> Scope:
    """Return which flags a person has asked for.

    Args:
        database: Where the orders are.
        order: Number of an order, or of a delivery or parcel of it; empty for all orders.
        flag: Name of a flag; empty for all flags.

    Raises:
        DataError: There is no such order.
        TransientError: The database failed.
    """
    number = order.strip()
    if not number:
        return Scope(flag=flag)
    with database.transaction() as connection:
        return Scope(find_order(connection, number), flag)


def _summaries(connection: Connection, parts: Sequence[Part]) -> list[Content]:
    """Return what a person decides about where nothing is sent: the orders, without their way."""
    orders = documents(connection, {number for part in parts for number in part.orders})
    return [
        Content(
            json.dumps(
                [{name: orders[number][name] for name in _SHOWN} for number in part.orders],
                default=str,
                sort_keys=True,
            ).encode(),
            "application/json",
            ".json",
        )
        for part in parts
    ]
