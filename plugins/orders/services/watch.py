"""Looks for work, and waits for it while nothing is held but one connection."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import psycopg
import structlog
from psycopg import AsyncConnection

from impex.domain.errors import TransientError
from impex.storage.connection import Database
from orders.domain.feed import Feed
from orders.services.collect import rows_wait
from orders.storage import work

# The net under the notifications: what comes without one waits for so long.
POLL_S: Final = 30.0
# Senders commit in bursts; what follows at once is of the same run. Longer is not needed, as a run
# drains the inbox, and everybody would wait for it.
BURST_S: Final = 0.2
RECONNECT_S: Final = 5.0

log = structlog.get_logger(__name__)


def work_waits(database: Database, tables: Sequence[Feed] = ()) -> bool:
    """Tell whether there is work for a run: an event, a draft, or a row of a feed's table.

    Raises:
        ConfigError: The database has none of the project's tables.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        if work.waits(connection):
            return True
    return rows_wait(database, tables)


async def work_appears(conninfo: str, until: float, tables: Sequence[Feed] = ()) -> bool:
    """Return True as soon as there is work, or False when the time is up.

    A lost connection is opened again, and the tables are looked at after that: what was notified
    meanwhile is found there.

    Args:
        conninfo: Where inbox and orders are.
        until: Until when, in seconds since 1970.
        tables: Feeds whose tables are looked at as well; nobody may notify of their rows.
    """
    trouble = ""
    while time.time() < until:
        try:
            async with work.listening(conninfo) as connection:
                return await _watch(connection, conninfo, until, tables)
        except (psycopg.Error, OSError, TimeoutError) as fault:
            before, trouble = trouble, type(fault).__name__
            if trouble != before:
                log.warning("the inbox cannot be watched; trying on", reason=str(fault).strip())
            await asyncio.sleep(min(RECONNECT_S, max(0.0, until - time.time())))
    return False


async def _watch(
    connection: AsyncConnection, conninfo: str, until: float, tables: Sequence[Feed]
) -> bool:
    while not await work.waits_now(connection):
        if await asyncio.to_thread(_rows_wait, conninfo, tables):
            return True
        left = until - time.time()
        if left <= 0:
            return False
        if await work.is_told(connection, min(POLL_S, left), first=True):
            await work.is_told(connection, BURST_S, first=False)
    return True


def _rows_wait(conninfo: str, tables: Sequence[Feed]) -> bool:
    """Look at the tables of feeds; a database that fails now is told by what comes next."""
    with suppress(TransientError), Database(conninfo) as database:
        return rows_wait(database, tables)
    return False
