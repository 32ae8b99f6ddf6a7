"""What people have uploaded."""

from dataclasses import asdict
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from impex.domain.upload import Upload
from impex.storage.named_queries import queries

_SQL = queries("uploads")


def begin(connection: Connection, group: str, person: str) -> UUID:
    """Note that a person uploads for a group; return the number of the upload."""
    ((number,),) = connection.execute(
        _SQL["begin"], {"group_name": group, "person": person}
    ).fetchall()
    found: UUID = number
    return found


def find(connection: Connection, group: str, upload_id: UUID, *, lock: bool) -> Upload | None:
    """Return an upload for a group; None if there is none.

    Args:
        connection: In a transaction.
        group: Whose it must be.
        upload_id: Its number.
        lock: Whether nobody else may change it before the transaction ends.
    """
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        values = {"id": upload_id, "group_name": group}
        return cursor.execute(_SQL["lock" if lock else "upload"], values).fetchone()


def finish(connection: Connection, upload: Upload) -> None:
    """Keep what its package is."""
    connection.execute(_SQL["finish"], asdict(upload))


def recent(connection: Connection, group: str, person: str, limit: int) -> list[Upload]:
    """Return what a person has uploaded for a group, the newest first."""
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        values = {"group_name": group, "person": person, "limit": limit}
        return cursor.execute(_SQL["recent"], values).fetchall()


def tried(connection: Connection, job_id: int) -> list[Upload]:
    """Return the uploads whose bytes a job has had, the newest first."""
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(_SQL["tried"], {"job": job_id}).fetchall()
