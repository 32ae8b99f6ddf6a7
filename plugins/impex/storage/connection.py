"""Connections and transactions, with PostgreSQL's errors translated once, here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from impex.domain.errors import ConfigError, Problem, TransientError

_SETTINGS: Final = {
    # A client that freezes inside a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    "client_min_messages": "warning",
    "timezone": "UTC",
    "datestyle": "ISO",
}
_FOR_THE_SESSION: Final = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
FOR_THE_TRANSACTION: Final = [
    sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value))
    for name, value in _SETTINGS.items()
]
"""The same for one transaction, where nothing of a session stays."""
_ALL_FOR_THE_TRANSACTION: Final = sql.SQL("; ").join(FOR_THE_TRANSACTION)

T = TypeVar("T")

_PASSING = (
    errors.OperationalError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.InterfaceError,
)


_MISFITS = (
    errors.InvalidSchemaName,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
)


class Database:
    """One PostgreSQL database; holds at most one connection, reopened after it was lost.

    Not for use by several threads at once.
    """

    def __init__(self, dsn: str, pooler: str = "") -> None:
        """Remember where the database is; nothing is opened yet.

        Args:
            dsn: A libpq connection string or URI.
            pooler: The same of a PgBouncer in transaction mode, or what is different for it, such as
                host and port. Transactions then go through it.

        Raises:
            psycopg.ProgrammingError: The pooler's is none.
        """
        self._dsn = dsn
        self._pooler = pooler
        self._place = make_conninfo(dsn, **conninfo_to_dict(pooler)) if pooler else dsn
        self._connection: psycopg.Connection | None = None
        # Tables come and go with every file: a cached plan would rarely be used again.
        self._prepare_threshold: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def another(self) -> Self:
        """Return the same database on a connection of its own."""
        return type(self)(self._dsn, self._pooler)

    def direct(self) -> Self:
        """Return it on a connection of its own that no pooler lends to others.

        For what has to stay from one transaction to the next: locks of a connection.
        """
        return type(self)(self._dsn)

    def close(self) -> None:
        """Close the connection; a running transaction is rolled back by the server."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """Run a transaction: committed at the end, rolled back on any exception.

        Raises:
            ConfigError: The database has none of the project's tables, or has changed since they
                were read, or does not let the project use them.
            TransientError: The connection failed, or PostgreSQL asks for a retry. What was sent
                may or may not have been committed: read the ledger before doing it again.
        """
        try:
            connection = self._open()
            with connection.transaction():
                if self._pooler:
                    connection.execute(_ALL_FOR_THE_TRANSACTION)
                yield connection
        except _MISFITS as fault:
            raise ConfigError([_problem(fault)]) from fault
        except _PASSING as fault:
            self.close()
            reason = " ".join(str(fault).split())
            raise TransientError(f"the database did not answer as it should: {reason}") from fault

    def attempt(self, work: Callable[[psycopg.Connection], T], keep: Callable[[T], bool]) -> T:
        """Run work in a transaction that is committed only if its result is worth keeping.

        Raises:
            TransientError: As for ``transaction``.
        """
        with self.transaction() as connection:
            result = work(connection)
            if not keep(result):
                raise psycopg.Rollback
        return result

    def be_repetitive(self) -> None:
        """Keep the plans of statements from now on: the same ones come again and again.

        A pooler has none of them where the next transaction goes.
        """
        self._prepare_threshold = None if self._pooler else 0

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._place,
                autocommit=True,
                options=None if self._pooler else _FOR_THE_SESSION,
                application_name="impex",
                connect_timeout=10,
            )
        self._connection.prepare_threshold = self._prepare_threshold
        return self._connection


def be_patient(connection: psycopg.Connection) -> None:
    """Let the transaction that is open be idle for longer, while files are moved or uploaded."""
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = '1h'")


def _problem(fault: errors.Error) -> Problem:
    """Say what the database lacks, and what to do about it."""
    text = fault.diag.message_primary or str(fault)
    if isinstance(fault, errors.InsufficientPrivilege):
        return Problem(
            "the database", f"refuses: {text}.", "Grant the right to the project's role."
        )
    if '"impex.' in text:
        hint = "Make them: python -m alembic -c db/alembic.ini upgrade head"
        return Problem("the database", f"has no tables of this project ({text}).", hint)
    return Problem("the database", f"has changed since the run was planned: {text}.")
