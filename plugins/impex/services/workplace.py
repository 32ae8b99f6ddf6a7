"""Where the files of a run are staged and merged: beside the ledger, or where the group says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg import Connection

from impex.config.frozen import thaw
from impex.domain.group import Group
from impex.domain.job import Job
from impex.services.resources import Resources
from impex.storage import books, catalog, jobs
from impex.storage.connection import Database


@contextmanager
def at_work(resources: Resources, job: Job | None) -> Iterator[Resources]:
    """Give the resources with which the files of a run are staged and merged.

    They are the same, unless the group's tables are in a database of their own: then that one also
    keeps the books of the run, until ``bring_home``.

    Raises:
        ConfigError: There is no such connection, or its database is not prepared.
        TransientError: One of the databases did not answer.
    """
    name = thaw(job.frozen).connection if job and job.frozen else None
    if job is None or name is None:
        yield resources
        return
    with resources.connect(name) as database:
        with resources.database.transaction() as ledger, database.transaction() as work:
            books.open_books(ledger, work, job.id)
        yield replace(resources, database=database)


@contextmanager
def tables_of(resources: Resources, group: Group) -> Iterator[Database]:
    """Give the database of a group's tables, on a connection of its own.

    Raises:
        ConfigError: There is no such connection.
    """
    opened = (
        resources.database.another()
        if group.connection is None
        else resources.connect(group.connection)
    )
    with opened as database:
        yield database


def bring_home(resources: Resources, working: Resources, job_id: int) -> None:
    """Bring the books of a run to the ledger, if they were kept elsewhere.

    Both databases hold the run meanwhile. The ledger commits first: after a crash in between the
    books are still open, and bringing them again changes nothing.

    Raises:
        FencedError: A newer attempt at the run has begun.
        TransientError: One of the databases failed; bring them once more.
    """
    if working.database is resources.database:
        return
    with resources.database.transaction() as ledger:
        epoch = jobs.begin_job(ledger, job_id)
    with working.database.transaction() as work:
        if books.hold_open_books(work, job_id):
            with resources.database.transaction() as ledger:
                books.copy_home(work, ledger, job_id)
                jobs.fence_job(ledger, job_id, epoch)
            books.close_books(work, job_id)


def read_schema(resources: Resources, group: Group, ledger: Connection) -> catalog.Schema:
    """Read the tables of a group, from the ledger's database if they are there.

    Raises:
        ConfigError: There is no such connection.
        TransientError: The database did not answer.
    """
    if group.connection is None:
        return catalog.read_schema(ledger, group.descriptors, group.scope)
    with resources.connect(group.connection) as database, database.transaction() as connection:
        return catalog.read_schema(connection, group.descriptors, group.scope)
