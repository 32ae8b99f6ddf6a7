"""Connections and transactions, with PostgreSQL's errors translated once, here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar

import psycopg
from psycopg import errors

from impex.domain.errors import ConfigError, Problem, TransientError

# A client that freezes inside a transaction must not hold its locks for ever.
_SESSION = (
    "-c idle_in_transaction_session_timeout=60s -c client_min_messages=warning "
    "-c timezone=UTC -c datestyle=ISO"
)
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

    def __init__(self, dsn: str) -> None:
        """Remember where the database is; nothing is opened yet.

        Args:
            dsn: A libpq connection string or URI.
        """
        self._dsn = dsn
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def another(self) -> Self:
        """Return the same database on a connection of its own."""
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

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._dsn,
                autocommit=True,
                options=_SESSION,
                application_name="impex",
                connect_timeout=10,
                # Tables come and go with every file: a cached plan would rarely be used again.
                prepare_threshold=None,
            )
        return self._connection


def be_patient(connection: psycopg.Connection) -> None:
    """Let the transaction that is open be idle for longer, while files are moved or uploaded."""
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = '1h'")


def be_repetitive(connection: psycopg.Connection) -> None:
    """Let the connection keep the plans of its statements: the same ones come again and again."""
    connection.prepare_threshold = 0


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
