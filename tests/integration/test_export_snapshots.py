"""All files of an export tell the same instant, whoever writes them and whoever dies meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from impex.domain.errors import FencedError
from impex.domain.export_run import ExportFile, ExportReport, ExportRequest, ExportRun, WriteState
from impex.domain.group import Group
from impex.services.begin_export import begin_export
from impex.services.export_group import export_group
from impex.services.publish_export import publish_export, report_of
from impex.services.resources import Resources
from impex.services.snapshot import NoSnapshotError, held_snapshot, hold_until_all_read, see
from impex.services.write_export import write_alone, write_shared
from impex.storage import exports
from impex.storage.connection import Database
from tests.exports import files, written_group
from tests.imports import execute, rows

pytestmark = pytest.mark.pooled

PAIRS = """
    CREATE TABLE shop.debit (id bigint PRIMARY KEY, amount bigint NOT NULL);
    CREATE TABLE shop.credit (id bigint PRIMARY KEY, amount bigint NOT NULL);
    INSERT INTO shop.debit SELECT n, 0 FROM generate_series(1, 500) n;
    INSERT INTO shop.credit SELECT * FROM shop.debit
"""
CHANGE = """
    WITH d AS (UPDATE shop.debit SET amount = amount + 1 WHERE id = %(one)s),
         c AS (UPDATE shop.credit SET amount = amount + 1 WHERE id = %(one)s),
         n AS (INSERT INTO shop.debit VALUES (%(new)s, 1))
    INSERT INTO shop.credit VALUES (%(new)s, 1)
"""
GROUP = """
title: Pairs
descriptors:
  - {name: debit, direction: export, table: shop.debit, key: id, export: {file: debit.csv},
     columns: [{to: id, type: integer}, {to: amount, type: integer}]}
  - {name: credit, direction: export, table: shop.credit, key: id, export: {file: credit.csv},
     columns: [{to: id, type: integer}, {to: amount, type: integer}]}
"""


@pytest.fixture
def pairs(resources: Resources) -> Resources:
    """Two tables of which every row has its like in the other."""
    execute(resources, PAIRS)
    return resources


@pytest.fixture
def writer(pairs: Resources) -> Iterator[None]:
    """Somebody who changes both tables in one transaction each time, as fast as possible."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        with pairs.database.another() as database:
            while not stop.is_set():
                number += 1
                with database.transaction() as connection:
                    connection.execute(CHANGE, {"one": number % 500 + 1, "new": 500 + number})

    thread = threading.Thread(target=write)
    thread.start()
    yield
    stop.set()
    thread.join()


def begun(resources: Resources, group: Group) -> tuple[ExportRun, tuple[ExportFile, ...]]:
    """Begin an export; return it with its files."""
    run = begin_export(resources, group, ExportRequest("test"))
    return run, report_of(resources, run.id).files


def is_one_instant(resources: Resources, report: ExportReport) -> bool:
    """Tell whether both files are published and have the same rows."""
    found = files(resources, report)
    assert set(found) == {"debit.csv", "credit.csv"}
    return found["debit.csv"] == found["credit.csv"]


@pytest.mark.usefixtures("writer")
def test_one_process_writes_all_files_from_one_snapshot(pairs: Resources, tmp_path: Path) -> None:
    """Never half a pair, and each export tells more than the one before."""
    group = written_group(tmp_path, GROUP)
    counts = []
    for _ in range(8):
        report = export_group(pairs, group, ExportRequest("test"))
        assert is_one_instant(pairs, report)
        counts.append(report.files[0].rows)

    assert counts == sorted(set(counts))


@pytest.mark.usefixtures("writer")
def test_several_writers_share_the_snapshot_that_another_holds(
    pairs: Resources, dsn: str, tmp_path: Path
) -> None:
    """Each with a connection of its own; what they wrote is what is published."""
    group = written_group(tmp_path, GROUP)
    for _ in range(4):
        run, planned = begun(pairs, group)
        with ThreadPoolExecutor(3) as pool:
            holding = pool.submit(held, pairs, dsn, run)
            written = list(pool.map(lambda file: shared(pairs, dsn, run, file), planned))  # noqa: B023
        assert holding.result()
        assert {file.epoch for file in written} == {1}
        report = publish_export(pairs, run.id)
        assert report.run.epoch == 1
        assert is_one_instant(pairs, report)


@pytest.mark.usefixtures("writer")
def test_who_comes_too_late_finds_no_snapshot_and_publishing_writes_all_again(
    pairs: Resources, dsn: str, tmp_path: Path
) -> None:
    """The file that was there already would tell another instant."""
    run, (early, late) = begun(pairs, written_group(tmp_path, GROUP))
    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(held, pairs, dsn, run, patience_s=3)
        shared(pairs, dsn, run, early)
        assert holding.result() is False
    with pytest.raises(NoSnapshotError, match="nobody holds a snapshot"):
        write_shared(pairs, run, late, patience_s=0)

    report = publish_export(pairs, run.id)

    assert report.run.epoch == 2
    assert is_one_instant(pairs, report)


@pytest.mark.usefixtures("writer")
def test_a_holder_that_is_killed_leaves_nothing_that_could_be_shared(
    pairs: Resources, dsn: str, tmp_path: Path
) -> None:
    """Though the books still name its snapshot; publishing writes all."""
    run, planned = begun(pairs, written_group(tmp_path, GROUP))
    killed(pairs, dsn, run)

    for file in planned:
        with pytest.raises(NoSnapshotError, match="is not held any more"):
            write_shared(pairs, run, file, patience_s=1)

    assert is_one_instant(pairs, publish_export(pairs, run.id))


@pytest.mark.usefixtures("writer")
def test_a_holder_that_is_killed_in_between_leaves_files_that_are_written_again(
    pairs: Resources, dsn: str, tmp_path: Path
) -> None:
    """One that was written from its snapshot, and one that was not."""
    run, (first, second) = begun(pairs, written_group(tmp_path, GROUP))
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(held, pairs, dsn, run, patience_s=30)
        shared(pairs, dsn, run, first)
        execute(pairs, KILL_HOLDER)
        with pytest.raises(Exception, match=r"terminating connection|not answer"):
            holding.result()
    with pytest.raises(NoSnapshotError, match="hold"):
        write_shared(pairs, run, second, patience_s=1)

    assert is_one_instant(pairs, publish_export(pairs, run.id))


def test_a_second_holder_makes_files_of_the_first_worthless(
    pairs: Resources, dsn: str, tmp_path: Path
) -> None:
    """They are written from the new snapshot, or when the files are published."""
    run, (first, second) = begun(pairs, written_group(tmp_path, GROUP))
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(held, pairs, dsn, run, patience_s=2)
        shared(pairs, dsn, run, first)
        holding.result()
        execute(pairs, "UPDATE shop.debit SET amount = 7")
        execute(pairs, "UPDATE shop.credit SET amount = 7")
        holding = pool.submit(held, pairs, dsn, run, patience_s=2)
        shared(pairs, dsn, run, second)
        holding.result()

    assert is_one_instant(pairs, publish_export(pairs, run.id))


def test_who_writes_from_a_snapshot_that_does_not_count_any_more_is_fenced(
    pairs: Resources, tmp_path: Path
) -> None:
    """And so is who holds one, or writes, after the files were published."""
    group = written_group(tmp_path, GROUP)
    run, (file, _) = begun(pairs, group)
    publish_export(pairs, run.id)

    with pytest.raises(FencedError, match="has its files already"):
        hold_until_all_read(pairs, run, patience_s=0)
    with pytest.raises(FencedError, match="has its files already"):
        write_shared(pairs, run, file, patience_s=0)
    with pytest.raises(FencedError, match="has its files already"):
        write_alone(pairs, run, file)
    assert report_of(pairs, run.id).files[0].state is WriteState.WRITTEN


def test_who_writes_a_file_may_leave_the_database_waiting_for_longer(
    pairs: Resources, tmp_path: Path
) -> None:
    """A workbook is put together, or a file uploaded, while the transaction stays open."""
    run, _ = begun(pairs, written_group(tmp_path, GROUP))

    with (
        held_snapshot(pairs, run) as holder,
        pairs.database.another() as database,
        database.transaction() as connection,
    ):
        see(connection, holder.name)
        shown = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()

    assert shown == ("1h",)


KILL_HOLDER = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE state = 'idle in transaction' AND datname = current_database() AND pid <> pg_backend_pid()
       AND query LIKE '%pg_export_snapshot%'
"""


def held(resources: Resources, dsn: str, run: ExportRun, patience_s: float = 60) -> bool:
    """Hold a snapshot as another process does."""
    with Database(dsn) as database:
        return hold_until_all_read(
            replace(resources, database=database), run, patience_s=patience_s
        )


def shared(resources: Resources, dsn: str, run: ExportRun, file: ExportFile) -> ExportFile:
    """Write a file as another process does."""
    with Database(dsn) as database:
        return write_shared(replace(resources, database=database), run, file, patience_s=60)


def killed(resources: Resources, dsn: str, run: ExportRun) -> None:
    """Hold a snapshot, say so, and die."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        with resources.database.transaction() as ledger:
            exports.begin_snapshot(ledger, run.id, row[0])
    assert rows(resources, "SELECT snapshot IS NOT NULL FROM impex.export") == [(True,)]
