"""What a person on call asks first of imports and exports: what is stuck, what failed, what is full."""

import platform
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from impex.domain.reading import Reading
from impex.services.resources import FileStore, Resources
from impex.storage import health

_QUIET: Final = timedelta(minutes=30)
"""An import of which nothing was heard for longer is stuck: a step says something sooner."""
_TIGHT_BYTES: Final = 2 << 30


def readings(resources: Resources, now: datetime) -> Iterator[Reading]:
    """Yield figures of imports, exports, the file store and the database."""
    with resources.database.transaction() as connection:
        yield from _imports(connection, now)
        yield from _exports(connection, now)
        facts = health.database_facts(connection)
    yield Reading("impex_database_bytes", "Size of the database in bytes", facts.size_bytes)
    yield from _room(resources.store)
    versions = {
        "postgresql": facts.version,
        "tables": facts.revision,
        "python": platform.python_version(),
    }
    yield Reading("impex_versions", "Versions", 1, versions)


def _imports(connection: Connection, now: datetime) -> Iterator[Reading]:
    for each in health.open_jobs(connection):
        stuck = now - each.oldest > _QUIET
        yield Reading(
            "impex_open_imports",
            f"Imports of {each.group} that run",
            each.number,
            {"group": each.group},
            each.oldest,
            "Nothing was heard of it for long. Look at its run in Airflow: which task waits, or "
            "was killed? Clear that task, and it goes on."
            if stuck
            else "",
            f"/impex/groups/{each.group}",
        )
    for each in health.failed_jobs(connection):
        yield Reading(
            "impex_failed_imports",
            f"Imports of {each.group} that {_ENDS[each.state]} in the last day",
            each.number,
            {"group": each.group, "state": each.state},
            each.oldest,
            "Its report says why.",
            f"/impex/groups/{each.group}",
        )


_ENDS: Final = {"refused": "were refused", "failed": "failed"}


def _exports(connection: Connection, now: datetime) -> Iterator[Reading]:
    for each in health.exports(connection):
        failed = each.state == "failed"
        stuck = not failed and now - each.oldest > timedelta(days=1)
        advice = "Look at its run in Airflow: the task that failed says why." if failed else ""
        yield Reading(
            "impex_failed_exports" if failed else "impex_open_exports",
            f"Exports of {each.group} that {'failed in the last day' if failed else 'run'}",
            each.number,
            {"group": each.group},
            each.oldest,
            "It runs for more than a day. Housekeeping will end it." if stuck else advice,
            f"/impex/groups/{each.group}",
        )


def _room(store: FileStore) -> Iterator[Reading]:
    """Yield how much room files have, where that can be known."""
    free = store.free_bytes("work")
    if free is not None:
        advice = "Less than 2 GiB are left. Make room, or keep packages and exports for less long."
        yield Reading(
            "impex_store_free_bytes",
            "Bytes free in the file store",
            free,
            advice=advice if free < _TIGHT_BYTES else "",
        )
