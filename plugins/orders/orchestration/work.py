"""The wait for work: a sensor that looks, and a trigger that watches while no worker is held."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator, Connection, Context
from airflow.triggers.base import (
    BaseTrigger,
    TaskSkippedEvent,
    TaskSuccessEvent,
    TriggerEvent,
)

# An idle run ends after so long, and the next one waits: then new code and settings are in use.
PATIENCE_S = 600
# If nothing has ended the wait by then, no triggerer runs: the run fails, and the sensor of the next
# one looks itself. So orders move without a triggerer, only slower.
GRACE = timedelta(seconds=PATIENCE_S + 120)


class WorkTrigger(BaseTrigger):
    """Ends its task when there is work, or as skipped when the time is up.

    The task is not resumed for that: nothing is left for it to do, and a worker would have to
    start.
    """

    def __init__(self, until: float) -> None:
        """Watch until a moment, in seconds since 1970, whichever triggerer does it."""
        super().__init__()
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments that make the same watch again."""
        return f"{__name__}.{type(self).__name__}", {"until": self.until}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Watch; yield one event."""
        from impex.orchestration.connections import CONNECTION_ID, conninfo_of
        from orders.config import feeds_directory, load_feeds
        from orders.services.collect import asked_feeds
        from orders.services.watch import work_appears

        connection = await Connection.async_get(CONNECTION_ID)
        tables = asked_feeds(load_feeds(feeds_directory()))
        if await work_appears(conninfo_of(connection), self.until, tables):
            yield TaskSuccessEvent()
        else:
            yield TaskSkippedEvent()


class WorkSensor(BaseSensorOperator):
    """Succeeds if an event or a draft waits; else lets a trigger watch for one."""

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Look once, then leave the worker.

        Raises:
            TransientError: The database failed.
            ConfigError: There is no connection, or there are no tables.
        """
        from impex.orchestration.wiring import own_database
        from orders.config import feeds_directory, load_feeds
        from orders.services.collect import asked_feeds
        from orders.services.watch import work_waits

        with own_database() as database:
            if work_waits(database, asked_feeds(load_feeds(feeds_directory()))):
                return
        self.defer(
            trigger=WorkTrigger(time.time() + PATIENCE_S),
            method_name="execute",
            timeout=GRACE,
        )
