"""The watch on flags: new ones start a run of the exporters, and no worker waits for them.

An event is only a hint: what a run exports is what the tables say.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from airflow.sdk import Asset, AssetWatcher, Connection
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from impex.domain.errors import ImpexError

INTERVAL_S: Final = 30
"""Runs that are started by flags are so far apart at least; what comes meanwhile is of the next."""

log = structlog.get_logger(__name__)


class FlagTrigger(BaseEventTrigger):
    """Fires when a flag waits that is newer than all that it has seen waiting."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments that make the same watch again."""
        return f"{__name__}.{type(self).__name__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look again and again; yield the number of the newest item."""
        from impex.orchestration.connections import CONNECTION_ID, conninfo_of

        conninfo = conninfo_of(await Connection.async_get(CONNECTION_ID))
        seen, trouble = 0, ""
        while True:
            before = trouble
            newest, trouble = await asyncio.to_thread(_newest, conninfo)
            if trouble and trouble != before:
                log.warning("flags cannot be looked at; trying on", reason=trouble)
            if newest > seen:
                seen = newest
                yield TriggerEvent({"item": newest})
            await asyncio.sleep(INTERVAL_S)


def _newest(conninfo: str) -> tuple[int, str]:
    """Return the newest item that waits, 0 for none; or say why that cannot be known."""
    from impex.storage.connection import Database
    from orders.storage import export_items

    try:
        with Database(conninfo) as database, database.transaction() as connection:
            return export_items.newest(connection), ""
    except ImpexError as fault:
        return 0, str(fault)


def raised_flags() -> Asset:
    """Return the asset that stands for the flags of orders.

    Only the DAG of the exporters may define it: Airflow removes the watch when it reads a definition
    without one.
    """
    watcher = AssetWatcher(name="flags", trigger=FlagTrigger())
    return Asset(name="flags of orders", uri="orders://flags", watchers=[watcher])
