"""What the tasks of the housekeeping DAG run, for the groups of a directory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from airflow.sdk import get_current_context

from impex.config import load_groups
from impex.domain.errors import ConfigError
from impex.domain.group import Group, Retention

if TYPE_CHECKING:
    from impex.services.resources import Resources

log = structlog.get_logger(__name__)

_ALIVE = ["queued", "running"]


def close_stalled_runs() -> int:
    """Close the books of runs that nobody works on; return how many."""
    from impex.services.export_housekeeping import end_stalled_exports
    from impex.services.housekeeping import close_stalled_jobs

    with _opened() as resources:
        closed = close_stalled_jobs(resources, _is_alive)
        return closed + end_stalled_exports(resources, _is_alive)


def remove_old_packages(directory: str) -> int:
    """Remove packages that were kept long enough; return how many files."""
    from impex.services import housekeeping

    with _opened() as resources:
        return housekeeping.remove_old_packages(resources, _retentions(directory))


def remove_old_exports(directory: str) -> int:
    """Remove published files that were kept long enough; return how many."""
    from impex.services import export_housekeeping

    keep = {name: group.publication.keep_days for name, group in _groups(directory).items()}
    with _opened() as resources:
        return export_housekeeping.remove_old_exports(resources, keep)


def remove_old_history(directory: str) -> int:
    """Remove reject files, issues and changes that were kept long enough; return how many rows."""
    from impex.services import housekeeping

    with _opened() as resources:
        return housekeeping.remove_old_history(resources, _retentions(directory))


def remove_uploads() -> int:
    """Remove uploads that no run has taken; return how many files."""
    from impex.services import housekeeping

    with _opened() as resources:
        return housekeeping.remove_uploads(resources)


def drop_orphaned_staging() -> int:
    """Drop staging tables that no run will read; return how many."""
    from impex.services import export_housekeeping, housekeeping

    with _opened() as resources:
        rows = export_housekeeping.drop_orphaned_rows(resources)
        return rows + housekeeping.drop_orphaned_staging(resources)


@contextmanager
def _opened() -> Iterator["Resources"]:
    from impex.orchestration.wiring import resources

    with resources() as opened:
        yield opened


def _retentions(directory: str) -> Mapping[str, Retention]:
    """Return how long each group keeps things."""
    return {name: group.retention for name, group in _groups(directory).items()}


def _groups(directory: str) -> Mapping[str, Group]:
    """Return the groups without errors; of the others nothing is removed."""
    groups = load_groups(Path(directory))
    broken = sorted(name for name, group in groups.items() if isinstance(group, ConfigError))
    if broken:
        log.warning("left alone, as their files have errors", groups=broken)
    return {n: group for n, group in groups.items() if not isinstance(group, ConfigError)}


def _is_alive(run_ref: str) -> bool:
    """Ask Airflow whether a run is queued or running; one that was deleted is not."""
    dag_id, _, run_id = run_ref.partition("/")
    task = get_current_context()["ti"]
    return bool(task.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=_ALIVE))
