"""The watch on a group's inbox: a package that is whole starts a run, and no worker waits for it.

An event is only a hint. Airflow may lose one, so the watch repeats itself while a package waits; and
what a run takes is what the inbox says, not what the event said.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import structlog
from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from impex.domain.errors import ImpexError
from impex.domain.group import Arrival, Group, Ready
from impex.files.store import FileStore, StoredFile

POLL_S = 10
# After so long a package that still waits is announced once more.
REMIND_S = 900

log = structlog.get_logger(__name__)


class InboxTrigger(BaseEventTrigger):
    """Fires when another package than before is the next to be taken.

    Each run takes one package and so makes the next one the first: a run leads to the next until
    the inbox is empty, one event for each.
    """

    def __init__(self, group: str, ready: str, stable_seconds: int) -> None:
        """Watch the inbox of a group; the arguments are what Airflow stores."""
        super().__init__()
        self.group = group
        self.arrival = Arrival(ready=Ready(ready), stable_seconds=stable_seconds)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class and the arguments that make the same watch again."""
        arguments = {
            "group": self.group,
            "ready": self.arrival.ready.value,
            "stable_seconds": self.arrival.stable_seconds,
        }
        return f"{__name__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look again and again; yield how many packages wait."""
        first: StoredFile | None = None
        announced, trouble = -float("inf"), ""
        while True:
            before = trouble
            waiting, trouble = await asyncio.to_thread(self._look)
            if trouble and trouble != before:
                log.warning("the inbox cannot be looked at", group=self.group, reason=trouble)
            if not trouble:
                earlier, first = first, (waiting[0] if waiting else None)
                late = time.monotonic() - announced > REMIND_S
                if first is not None and (first != earlier or late):
                    announced = time.monotonic()
                    yield TriggerEvent({"packages": len(waiting)})
            await asyncio.sleep(POLL_S)

    def _look(self) -> tuple[list[StoredFile], str]:
        """List the packages that wait; say why if that is not possible."""
        try:
            return FileStore(os.environ["IMPEX_FILES"]).ready(self.group, self.arrival), ""
        except ImpexError as fault:
            return [], str(fault)


def inbox_of(group: Group) -> Asset:
    """Return the asset that stands for the inbox of a group.

    Only the group's own DAG may define it: Airflow removes the watch when it reads a definition
    without one.
    """
    trigger = InboxTrigger(group.name, group.arrival.ready.value, group.arrival.stable_seconds)
    return Asset(
        name=f"inbox of {group.name}",
        uri=f"impex://inbox/{group.name}",
        watchers=[AssetWatcher(name=group.name, trigger=trigger)],
    )
