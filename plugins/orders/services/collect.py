"""Collects events from where they lie: tables that other systems write, and classes of the user."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from psycopg import Connection

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.storage.connection import Database
from orders.domain.feed import Feed, Push, Python, Table
from orders.messages.reader import read_message
from orders.messages.refusal import RefusedMessageError
from orders.services.own_source import load_source
from orders.services.take_in import content_type
from orders.storage import feed_tables, inbox
from orders.storage.feed_tables import Row
from orders.storage.inbox import Arrival, Receipt

BATCH: Final = 500
"""How many rows a transaction takes: writers of the table wait for so long."""

SOURCES: Final = UserFiles().sources
"""Where classes of the user are looked for, unless somebody says otherwise."""


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


def asked_feeds(feeds: Mapping[str, Feed | ConfigError]) -> list[Feed]:
    """Return the feeds without faults that tell nothing unless they are asked."""
    return [
        feed
        for feed in feeds.values()
        if not isinstance(feed, ConfigError) and not isinstance(feed.source, Push)
    ]


def rows_wait(database: Database, feeds: Iterable[Feed]) -> bool:
    """Tell whether a table has rows that were not taken.

    A table that cannot be read is left out: whoever collects from it tells what is wrong. Classes
    of the user are left out, too: what it costs to ask them nobody knows.

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
    database: Database,
    feeds: Mapping[str, Feed | ConfigError],
    now: datetime,
    sources: Path = SOURCES,
) -> tuple[dict[str, int], list[Problem]]:
    """Collect from all feeds that must be asked; one that has faults holds no other up.

    Args:
        database: Has the inbox and the tables.
        feeds: By name.
        now: Against which times are judged.
        sources: The directory of the user's classes.

    Returns:
        How many rows or messages were read, by feed; and what is wrong with feeds.

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
    for feed in asked_feeds(feeds):
        try:
            rows[feed.name] = collect(database, feed, now, sources).rows
        except ConfigError as fault:
            problems += fault.problems
    return rows, problems


def collect(database: Database, feed: Feed, now: datetime, sources: Path = SOURCES) -> Collected:
    """Put what a feed's source has into the inbox, each message once, until there is no more.

    The cursor moves in the transaction that fills the inbox. A message that cannot be read is kept
    aside and holds nothing up.

    Args:
        database: Has the inbox and the tables.
        feed: Its source must be asked.
        now: Against which times in the messages are judged.
        sources: The directory of the user's classes.

    Raises:
        ConfigError: There is no such table, column or class, or it must not be read and locked, or
            the class has failed.
        TransientError: The database failed, or the table is being written for too long.
    """
    collected = Collected()
    next_rows = _rows_of(feed, sources)
    while True:
        with database.transaction() as connection:
            rows = next_rows(connection)
            batch = _take(connection, feed, rows, now)
        collected.rows += batch.rows
        collected.receipts += batch.receipts
        collected.refused += batch.refused
        if len(rows) < BATCH:
            return collected


def _rows_of(feed: Feed, sources: Path) -> Callable[[Connection], list[Row]]:
    """Return what yields the next rows or messages of a feed."""
    match feed.source:
        case Table() as table:
            return lambda connection: feed_tables.next_rows(connection, feed.name, table, BATCH)
        case Python(name):
            source = load_source(sources, name)
            return lambda connection: source.after(
                feed_tables.lock_position(connection, feed.name), BATCH
            )
        case Push():
            raise TypeError(feed.name)


def _take(connection: Connection, feed: Feed, rows: list[Row], now: datetime) -> Collected:
    arrivals: list[tuple[Arrival, Row]] = []
    refused: list[tuple[Row, str, str]] = []
    for row in rows:
        try:
            arrivals.extend((arrival, row) for arrival in _arrivals(feed, row, now))
        except RefusedMessageError as fault:
            refused.append((row, fault.where, fault.what))
    receipts = inbox.receive(connection, [arrival for arrival, _ in arrivals])
    with connection.pipeline():
        for (_, row), (receipt, number) in zip(arrivals, receipts, strict=True):
            if receipt is Receipt.ACCEPTED:
                inbox.keep_raw(connection, number, content_type(feed), row.body)
        feed_tables.keep_refusals(connection, feed.name, refused)
        if rows:
            feed_tables.move_cursor(connection, feed.name, rows[-1].position)
    return Collected(len(rows), Counter(receipt for receipt, _ in receipts), len(refused))


def _arrivals(feed: Feed, row: Row, now: datetime) -> list[Arrival]:
    """Return the events of a row; without a number of their own they have that of the row."""
    told = read_message(feed, row.body, now) or []
    return [
        Arrival(feed.name, event_id or _number(row, n), said, feed.patience_s)
        for n, (event_id, said) in enumerate(told, 1)
    ]


def _number(row: Row, n: int) -> str:
    return row.position if n == 1 else f"{row.position}.{n}"
