"""What lies in the database for longer than it is needed."""

from collections.abc import Collection

from psycopg import Connection

from impex.storage.named_queries import queries

_SQL = queries("housekeeping")

# Rows that one transaction removes: short enough to be in nobody's way.
_BATCH = 20_000


def old_jobs(connection: Connection, ids: Collection[int], days: int) -> list[int]:
    """Return those of some jobs that ended longer ago than so many days."""
    found = connection.execute(_SQL["old_jobs"], {"ids": list(ids), "days": days})
    return [row[0] for row in found]


def jobs_with_history(connection: Connection, group: str, days: int, limit: int) -> list[int]:
    """Return jobs of a group, so many at most, whose issues and changes are too old."""
    values = {"group_name": group, "days": days, "limit": limit}
    return [row[0] for row in connection.execute(_SQL["jobs_with_history"], values)]


def remove_history(connection: Connection, job_id: int) -> int:
    """Remove some of a job's issues and changes; return how many rows, 0 if there are none left."""
    values = {"job_id": job_id, "limit": _BATCH}
    removed = connection.execute(_SQL["remove_issues"], values).rowcount
    return removed + connection.execute(_SQL["remove_changes"], values).rowcount


def stalled_jobs(connection: Connection, after: int, limit: int) -> list[tuple[int, str | None]]:
    """Return id and run of jobs behind an id, so many at most, not heard of for a day."""
    values = {"after": after, "limit": limit}
    return connection.execute(_SQL["stalled_jobs"], values).fetchall()


def owned_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of some keys at which the package of a job lies."""
    found = connection.execute(_SQL["owned_keys"], {"keys": list(keys)})
    return {row[0] for row in found}


def orphaned_staging(connection: Connection) -> list[str]:
    """Return the names of staging tables that no run will read."""
    return [row[0] for row in connection.execute(_SQL["orphaned_staging"])]
