"""Workers and the database die in the middle; no row is lost, doubled or half visible."""

import os
import signal

import psycopg
import pytest

from impex.domain.report import JobState
from tests.e2e.runs import Runs
from tests.gate import STEPS, closed_gate, listening_process, open_gate, process_at_gate
from tests.servers import superuser_dsn
from tests.waiting import wait_for

ROWS = 500


# The process that is killed is found by its connection to the database, where a pooler may be between.
@pytest.mark.machines("one")
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_worker_is_retried_and_every_row_arrives_once(runs: Runs, step: str) -> None:
    """SIGKILL of the task's process, once at the end of stage and once inside the MERGE."""
    prefix = f"killed in {step}"
    runs.drop("brands", f"{step}.csv", _brands(prefix))
    with closed_gate(superuser_dsn(runs.stack.settings, "impex"), step) as connection:
        run_id = runs.trigger("brands")

        os.kill(process_at_gate(connection), signal.SIGKILL)
        assert _count(connection, prefix) == 0
        open_gate(connection)

        assert runs.finish("brands", run_id) == "success"
    _assert_books_are_right(runs, prefix)


def test_a_killed_database_loses_nothing(runs: Runs) -> None:
    """SIGKILL of PostgreSQL inside the MERGE: the staging table is empty afterwards, read anew."""
    prefix = "outage"
    runs.drop("brands", f"{prefix}.csv", _brands(prefix))
    with closed_gate(superuser_dsn(runs.stack.settings, "impex"), "merge") as connection:
        run_id = runs.trigger("brands")
        process_at_gate(connection)

        os.kill(listening_process(runs.stack.settings.ports.postgres), signal.SIGKILL)
        wait_for(lambda: not runs.stack.unhealthy(), "Airflow to come back", 180)

    assert runs.finish("brands", run_id, within_s=240) == "success"
    _assert_books_are_right(runs, prefix)


def _brands(prefix: str) -> bytes:
    return ("name,text\n" + "".join(f"{prefix} {n},text {n}\n" for n in range(ROWS))).encode()


def _count(connection: psycopg.Connection, prefix: str) -> int:
    row = connection.execute(
        "SELECT count(*) FROM shop.brand WHERE starts_with(name, %s)", [prefix]
    ).fetchone()
    return row[0] if row else 0


def _assert_books_are_right(runs: Runs, prefix: str) -> None:
    """Every row is there once, the ledger and the journal say so, and staging is empty."""
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
        assert _count(connection, prefix) == ROWS
    assert left == (0,)
    assert journal == (ROWS,)
