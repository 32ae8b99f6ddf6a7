"""Whether there is work for a run of the feeds, and what became of it.

What waits is in the tables. A notification is a hint that it is worth looking, and may be lost.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection, Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.storage import inbox

_SQL = queries("work", "orders.storage")
_INBOX = queries("inbox", "orders.storage")

# A server that has vanished does not say so; without an answer for so long it is asked anew.
_ANSWER_S: Final = 15


def waits(connection: Connection) -> bool:
    """Tell whether there is work; what was parked for an order that has appeared waits from now."""
    inbox.unpark(connection)
    row = connection.execute(_SQL["look"]).fetchone()
    return bool(row and row[0])


@asynccontextmanager
async def listening(conninfo: str) -> AsyncIterator[AsyncConnection]:
    """Connect, and be told of work from now on."""
    async with await AsyncConnection.connect(
        conninfo, autocommit=True, application_name="impex", connect_timeout=_ANSWER_S
    ) as connection:
        await connection.execute(_SQL["listen"])
        yield connection


async def waits_now(connection: AsyncConnection) -> bool:
    """Do the same as ``waits`` on a connection that listens.

    Raises:
        TimeoutError: The server does not answer.
    """
    async with asyncio.timeout(_ANSWER_S):
        await connection.execute(_INBOX["unpark"])
        cursor = await connection.execute(_SQL["look"])
        row = await cursor.fetchone()
    return bool(row and row[0])


async def is_told(connection: AsyncConnection, within_s: float, *, first: bool) -> bool:
    """Wait for notifications, and forget them.

    Args:
        connection: One that listens.
        within_s: How many seconds.
        first: Return at the first one.
    """
    heard = connection.notifies(timeout=within_s, stop_after=1 if first else None)
    return bool([notification async for notification in heard])


def settlement(connection: Connection, since: datetime, attempts: int) -> dict[str, int]:
    """Count what was settled since a moment, and what is left.

    Args:
        connection: In a transaction.
        since: By the clock of whoever asks.
        attempts: How many failures have killed an event.

    Returns:
        By name: ``applied``, ``stale``, ``dead`` and of those ``failed``, ``issues``,
        ``median_ms`` and ``slowest_ms`` from arrival to end, ``waiting`` and ``parked``.
    """
    values: dict[str, Any] = {"since": since, "attempts": attempts}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL["settlement"], values).fetchone() or {}
