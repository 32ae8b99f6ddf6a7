"""What exports have left behind goes when its time has come, and dead ones are ended.

Everything here can be stopped at any moment and done again.
"""

from collections.abc import Callable, Mapping

import structlog

from impex.services.publish_export import finish_export
from impex.services.resources import Resources
from impex.storage import exports, staging

log = structlog.get_logger(__name__)

_DIGITS = 19  # of the largest id that a database knows


def end_stalled_exports(resources: Resources, is_alive: Callable[[str], bool]) -> int:
    """End exports that began more than a day ago and that nobody works on; return how many.

    What was published stays published.

    Args:
        resources: File store and database.
        is_alive: Tells whether Airflow still works, or will work, on the run of that ``run_ref``.
    """
    with resources.database.transaction() as connection:
        found = exports.stalled(connection)
    stalled = [export_id for export_id, run_ref in found if not (run_ref and is_alive(run_ref))]
    for export_id in stalled:
        report = finish_export(resources, export_id)
        log.info("stalled export ended", export=export_id, state=report.run.state.value)
    return len(stalled)


def remove_old_exports(resources: Resources, groups: Mapping[str, int]) -> int:
    """Remove published files that were kept for so many days; return how many files."""
    removed = 0
    for name, days in groups.items():
        folders = resources.store.folders(f"exports/{name}")
        ids = [int(f) for f in folders if f.isdecimal() and len(f) < _DIGITS]
        with resources.database.transaction() as connection:
            old = exports.old_exports(connection, name, ids, days)
        removed += sum(resources.store.clear(f"exports/{name}/{export_id}") for export_id in old)
    return removed


def drop_orphaned_rows(resources: Resources) -> int:
    """Drop tables of rows that were kept aside for exports that are at their end; return how many."""
    with resources.database.transaction() as connection:
        orphans = exports.orphaned_rows(connection)
        for name in orphans:
            staging.drop(connection, name)
    return len(orphans)
