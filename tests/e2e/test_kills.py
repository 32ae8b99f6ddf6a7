"""Workers and the database die in the middle; no row is lost, doubled or half visible.

A trigger of the test's own makes the task wait at the point where it is to die, until the test
lets go of an advisory lock.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from impex.domain.report import JobState
from tests.e2e.runs import Runs
from tests.servers import superuser_dsn

ROWS = 500
GATE = 4711

_GATED = {
    "stage": ("impex.file", "BEFORE UPDATE ON impex.file FOR EACH ROW WHEN (NEW.state = 'staged')"),
    "merge": ("shop.brand", "BEFORE INSERT ON shop.brand FOR EACH STATEMENT"),
}


@pytest.fixture(params=_GATED)
def gated(request: pytest.FixtureRequest, runs: Runs) -> Iterator[psycopg.Connection]:
    """Hold the gate at the end of staging, or inside the MERGE."""
    with _gate(runs, request.param) as connection:
        yield connection


def test_a_killed_worker_is_retried_and_every_row_arrives_once(
    runs: Runs, gated: psycopg.Connection
) -> None:
    """SIGKILL of the task's process, once during stage and once during merge."""
    prefix = f"killed-{gated.info.backend_pid}"
    runs.drop("brands", f"{prefix}.csv", _brands(prefix))
    run_id = runs.trigger("brands")
    worker = _process_at_the_gate(runs, gated)

    os.kill(worker, signal.SIGKILL)
    assert _count(gated, prefix) == 0
    gated.execute("SELECT pg_advisory_unlock(%s)", [GATE])

    assert runs.finish("brands", run_id) == "success"
    assert _count(gated, prefix) == ROWS
    _assert_books_are_right(runs)


def test_a_killed_database_loses_nothing(runs: Runs) -> None:
    """SIGKILL of PostgreSQL inside the MERGE: the staging table is empty afterwards, read anew."""
    prefix = "outage"
    runs.drop("brands", f"{prefix}.csv", _brands(prefix))
    with _gate(runs, "merge") as connection:
        run_id = runs.trigger("brands")
        _process_at_the_gate(runs, connection)

        os.kill(_postmaster(runs), signal.SIGKILL)
        runs.wait_for(lambda: not runs.stack.unhealthy(), "Airflow to come back", 180)

    assert runs.finish("brands", run_id, within_s=240) == "success"
    with psycopg.connect(superuser_dsn(runs.stack.settings, "impex")) as connection:
        assert _count(connection, prefix) == ROWS
    _assert_books_are_right(runs)


def _brands(prefix: str) -> bytes:
    return ("name,text\n" + "".join(f"{prefix} {n},text {n}\n" for n in range(ROWS))).encode()


@contextmanager
def _gate(runs: Runs, step: str) -> Iterator[psycopg.Connection]:
    """Make a step wait for an advisory lock that the yielded connection holds."""
    table, event = _GATED[step]
    dsn = superuser_dsn(runs.stack.settings, "impex")
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute(
        "CREATE OR REPLACE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$"
    )
    connection.execute(f"CREATE TRIGGER gate {event} EXECUTE FUNCTION public.wait_at_gate()")
    connection.execute("SELECT pg_advisory_lock(%s)", [GATE])
    try:
        yield connection
    finally:
        connection.close()
        with psycopg.connect(dsn, autocommit=True) as fresh:
            fresh.execute(f"DROP TRIGGER gate ON {table}")


def _process_at_the_gate(runs: Runs, connection: psycopg.Connection) -> int:
    """Wait until a task waits at the gate and return its process id."""
    query = (
        "SELECT client_port FROM pg_stat_activity "
        "WHERE application_name = 'impex' AND wait_event = 'advisory'"
    )
    ports: list[int] = []

    def waits() -> bool:
        ports.extend(port for (port,) in connection.execute(query))
        return bool(ports)

    runs.wait_for(waits, "a task at the gate", 90)
    return next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.laddr.port == ports[0] and c.status == psutil.CONN_ESTABLISHED and c.pid
    )


def _postmaster(runs: Runs) -> int:
    """Return the process id of the server: the parent of all its backends."""
    port = runs.stack.settings.ports.postgres
    return next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.laddr.port == port and c.status == psutil.CONN_LISTEN and c.pid
    )


def _count(connection: psycopg.Connection, prefix: str) -> int:
    row = connection.execute(
        "SELECT count(*) FROM shop.brand WHERE starts_with(name, %s)", [prefix]
    ).fetchone()
    return row[0] if row else 0


def _assert_books_are_right(runs: Runs) -> None:
    """The ledger has one entry for the file, with every row inserted, and staging is empty."""
    report = runs.report()
    assert report.state is JobState.DONE
    assert (report.totals.read, report.totals.inserted) == (ROWS, ROWS)
    with psycopg.connect(superuser_dsn(runs.stack.settings, "impex")) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'impex_stage'"
        ).fetchone()
        journal = connection.execute(
            "SELECT count(*) FROM impex.change c JOIN impex.file f ON f.id = c.file_id "
            "WHERE f.job_id = %s",
            [report.run],
        ).fetchone()
    assert left == (0,)
    assert journal == (ROWS,)
