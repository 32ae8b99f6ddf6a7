"""Collects the events of a table that another system writes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg import Connection

from impex.domain.errors import ConfigError, Problem
from impex.storage.connection import Database
from orders.domain.feed import Feed, Table
from orders.messages.reader import read_message
from orders.messages.refusal import RefusedMessageError
from orders.storage import feed_tables, inbox
from orders.storage.feed_tables import Row
from orders.storage.inbox import Arrival, Receipt

BATCH: Final = 500
"""How many rows a transaction takes: writers of the table wait for so long."""


@dataclass(slots=True)
class Collected:
    """What came of the rows of a table.

    Attributes:
        rows: How many were read.
        receipts: What the inbox said to their events.
        refused: How many say what cannot be; they are in ``orders.feed_refusal``.
    """

    rows: int = 0
    receipts: Counter[Receipt] = field(default_factory=Counter)
    refused: int = 0


def table_feeds(feeds: Mapping[str, Feed | ConfigError]) -> list[Feed]:
    """Return the feeds without faults whose source is a table."""
    return [
        feed
        for feed in feeds.values()
        if not isinstance(feed, ConfigError) and isinstance(feed.source, Table)
    ]


def rows_wait(database: Database, feeds: Iterable[Feed]) -> bool:
    """Tell whether a table has rows that were not taken.

    A table that cannot be read is left out: whoever collects from it tells what is wrong.

    Raises:
        TransientError: The database failed.
    """
    for feed in feeds:
        with suppress(ConfigError), database.transaction() as connection:
            if isinstance(feed.source, Table) and feed_tables.has_more(
                connection, feed.name, feed.source
            ):
                return True
    return False


def collect_all(
    database: Database, feeds: Mapping[str, Feed | ConfigError], now: datetime
) -> tuple[dict[str, int], list[Problem]]:
    """Collect from the tables of all feeds; one that has faults holds no other up.

    Returns:
        How many rows were read, by feed; and what is wrong with feeds or their tables.

    Raises:
        TransientError: The database failed.
    """
    rows: dict[str, int] = {}
    problems = [
        problem
        for feed in feeds.values()
        if isinstance(feed, ConfigError)
        for problem in feed.problems
    ]
    for feed in table_feeds(feeds):
        try:
            rows[feed.name] = collect(database, feed, now).rows
        except ConfigError as fault:
            problems += fault.problems
    return rows, problems


def collect(
    database: Database, feed: Feed, now: datetime, *, stop: Callable[[], bool] = lambda: False
) -> Collected:
    """Put the rows of a feed's table into the inbox, each once, until there are no more.

    The cursor moves in the transaction that fills the inbox. A row that cannot be read is kept
    aside and holds nothing up.

    Args:
        database: Has the inbox and the table.
        feed: Its source is a table.
        now: Against which times in the rows are judged.
        stop: Asked between batches whether to leave the rest for later.

    Raises:
        ConfigError: There is no such table or column, or it must not be read and locked.
        TransientError: The database failed, or the table is being written for too long.
    """
    if not isinstance(feed.source, Table):
        raise TypeError(feed.name)
    collected = Collected()
    while not stop():
        with database.transaction() as connection:
            rows = feed_tables.next_rows(connection, feed.name, feed.source, BATCH)
            batch = _take(connection, feed, rows, now)
        collected.rows += batch.rows
        collected.receipts += batch.receipts
        collected.refused += batch.refused
        if len(rows) < BATCH:
            break
    return collected


def _take(connection: Connection, feed: Feed, rows: list[Row], now: datetime) -> Collected:
    arrivals: list[tuple[Arrival, Row]] = []
    refused: list[tuple[Row, str, str]] = []
    for row in rows:
        try:
            arrivals.extend((arrival, row) for arrival in _arrivals(feed, row, now))
        except RefusedMessageError as fault:
            refused.append((row, fault.where, fault.what))
    receipts = inbox.receive(connection, [arrival for arrival, _ in arrivals])
    for (_, row), (receipt, number) in zip(arrivals, receipts, strict=True):
        if receipt is Receipt.ACCEPTED:
            inbox.keep_raw(connection, number, "application/json", row.body.encode())
    feed_tables.keep_refusals(connection, feed.name, refused)
    if rows:
        feed_tables.move_cursor(connection, feed.name, rows[-1].position)
    return Collected(len(rows), Counter(receipt for receipt, _ in receipts), len(refused))


def _arrivals(feed: Feed, row: Row, now: datetime) -> list[Arrival]:
    """Return the events of a row; without a number of their own they have that of the row."""
    told = read_message(feed, row.body.encode(), now) or []
    return [
        Arrival(feed.name, event_id or _number(row, n), update, feed.patience_s)
        for n, (event_id, update) in enumerate(told, 1)
    ]


def _number(row: Row, n: int) -> str:
    return row.position if n == 1 else f"{row.position}.{n}"
