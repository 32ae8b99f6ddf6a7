"""One instant for all files of an export: a transaction holds its snapshot until all have it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from psycopg import Connection, errors, sql

from impex.config.frozen import thaw
from impex.domain.errors import FencedError, ImpexError, TransientError
from impex.domain.export_run import ExportRun, ExportState, WriteState
from impex.services.resources import Resources
from impex.services.workplace import tables_of
from impex.storage import exports
from impex.storage.connection import be_patient

log = structlog.get_logger(__name__)

_LOOK_S = 0.5
# Less than the time after which the database ends idle transactions.
_STIR_S = 5.0


class NoSnapshotError(ImpexError):
    """Nobody holds a snapshot of the export that could be shared."""


@contextmanager
def held_snapshot(resources: Resources, run: ExportRun) -> Iterator["Held"]:
    """Take a snapshot of the tables of an export, and hold it for others.

    Raises:
        FencedError: The export has its files already.
    """
    with tables_of(resources, thaw(run.frozen)) as database, database.transaction() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        name = str(row[0]) if row else ""
        with resources.database.transaction() as ledger:
            epoch = exports.begin_snapshot(ledger, run.id, name)
        held = Held(connection, name, epoch)
        try:
            yield held
        finally:
            with suppress(TransientError), resources.database.transaction() as ledger:
                exports.end_snapshot(ledger, run.id, epoch)


class Held:
    """A snapshot that is held.

    Attributes:
        name: As PostgreSQL calls it.
        epoch: Its number.
    """

    def __init__(self, connection: Connection, name: str, epoch: int) -> None:
        """Keep the transaction."""
        self.name = name
        self.epoch = epoch
        self._connection = connection
        self._stirred = time.monotonic()

    def stir(self) -> None:
        """Show the database that somebody is there; call it every few seconds."""
        if time.monotonic() - self._stirred > _STIR_S:
            self._connection.execute("SELECT")
            self._stirred = time.monotonic()


def hold_until_all_read(resources: Resources, run: ExportRun, *, patience_s: float) -> bool:
    """Hold a snapshot until every file of an export is being read from it.

    Returns:
        Whether that came to pass in time.
    """
    deadline = time.monotonic() + patience_s
    with held_snapshot(resources, run) as held:
        while time.monotonic() < deadline:
            with resources.database.transaction() as ledger:
                files = exports.files(ledger, run.id)
            if all(f.epoch == held.epoch and f.state is not WriteState.PLANNED for f in files):
                return True
            held.stir()
            time.sleep(_LOOK_S)
    log.warning("not all files were begun in time", export=run.id)
    return False


def wait_for_snapshot(resources: Resources, run: ExportRun, *, patience_s: float) -> ExportRun:
    """Return the run as soon as somebody holds a snapshot for it.

    Raises:
        NoSnapshotError: Nobody did in time.
        FencedError: The export has its files already.
    """
    deadline = time.monotonic() + patience_s
    while True:
        with resources.database.transaction() as ledger:
            run = exports.existing_export(ledger, run.id)
        if run.state is not ExportState.RUNNING:
            raise FencedError(f"export {run.id} has its files already")
        if run.snapshot is not None:
            return run
        if time.monotonic() > deadline:
            raise NoSnapshotError(f"nobody holds a snapshot for export {run.id}")
        time.sleep(_LOOK_S)


def see(connection: Connection, snapshot: str) -> None:
    """Let a transaction that has just begun see what a snapshot shows.

    Raises:
        NoSnapshotError: It is not held any more.
    """
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    except (
        errors.UndefinedObject,
        errors.InvalidParameterValue,
        errors.ObjectNotInPrerequisiteState,
    ) as fault:
        raise NoSnapshotError(f"the snapshot {snapshot} is not held any more") from fault
    be_patient(connection)
