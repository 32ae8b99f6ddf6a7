"""Housekeeping removes what was kept long enough and closes dead runs; living runs lose nothing."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from impex.domain.errors import FencedError
from impex.domain.group import Retention
from impex.domain.job import Job, Request
from impex.domain.report import Counts, FileState, JobState, RunReport
from impex.services import housekeeping
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.resources import Resources
from impex.services.settle import report_of, settle
from impex.services.stage import stage
from impex.storage import jobs
from impex.storage.connection import Database
from tests.groups import column, goods, group, integer, policy
from tests.imports import OvertakenStore, bring, changes, execute, issues, planned, put, rows

GOODS = group(goods(column("name"), integer("stock")))
FILES = {"goods.csv": "code,name,stock\nA,Lamp,1\nB,Desk,x\n"}
KEPT = {"shop": Retention(archive_days=10, failed_days=20, history_days=30)}
STAGING = "SELECT tablename FROM pg_tables WHERE schemaname = 'impex_stage' ORDER BY 1"
LOCKS = (
    "SELECT pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)


def pass_days(shop: Resources, days: int) -> None:
    """Make everything that the database remembers so much older."""
    with shop.database.transaction() as connection:
        for statement in (
            "UPDATE impex.job SET created_at = created_at - make_interval(days => %s)",
            "UPDATE impex.job SET finished_at = finished_at - make_interval(days => %s)",
            "UPDATE impex.ledger SET at = at - make_interval(days => %s)",
        ):
            connection.execute(statement, [days])


def close_stalled(shop: Resources, *alive: str) -> int:
    """Close stalled jobs; Airflow still works on the runs named."""
    return housekeeping.close_stalled_jobs(shop, alive.__contains__)


def refused(shop: Resources) -> RunReport:
    """Import a package that no descriptor takes."""
    return bring(shop, GOODS, {"unknown.csv": "a\n1\n"})


def test_packages_go_when_their_days_are_over(shop: Resources) -> None:
    """Those that were imported after one time, those that failed after another."""
    imported, failed = bring(shop, GOODS, FILES), refused(shop)
    removed = []
    for days in (9, 2, 8, 2):
        pass_days(shop, days)
        removed.append(housekeeping.remove_old_packages(shop, KEPT))

    assert removed == [0, 1, 0, 1]
    assert shop.store.folders("archive/shop") == shop.store.folders("failed/shop") == []
    assert report_of(shop, imported.run).totals == imported.totals
    assert report_of(shop, failed.run).messages == failed.messages


def test_a_group_that_is_not_named_keeps_everything(shop: Resources) -> None:
    """Its file may have errors today, and say a thousand days tomorrow."""
    bring(shop, GOODS, FILES)
    pass_days(shop, 4000)

    assert housekeeping.remove_old_packages(shop, {"other": Retention()}) == 0
    assert housekeeping.remove_old_history(shop, {"other": Retention()}) == 0


def test_what_is_no_folder_of_a_run_is_left_alone(shop: Resources) -> None:
    """A person may have put it there."""
    for folder in ("notes", "9" * 30, "999"):
        shop.store.write(f"archive/shop/{folder}/a.txt", [b"x"])

    assert housekeeping.remove_old_packages(shop, KEPT) == 0
    assert len(shop.store.folders("archive/shop")) == 3


def test_history_goes_when_its_days_are_over_and_the_ledger_stays(
    shop: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In small pieces, however much it is; younger runs keep theirs."""
    monkeypatch.setattr("impex.storage.housekeeping._BATCH", 2)
    many = "".join(f"{n},Lamp,{'x' if n % 2 else n}\n" for n in range(10))
    old = bring(shop, GOODS, {"goods.csv": f"code,name,stock\n{many}"})
    pass_days(shop, 31)
    young = bring(shop, GOODS, FILES)

    removed = housekeeping.remove_old_history(shop, KEPT)

    assert removed == 10
    assert changes(shop, old) == issues(shop, old) == []
    assert not shop.store.exists(f"rejects/{old.run}/goods/goods.csv")
    assert report_of(shop, old.run).totals == Counts(read=10, inserted=5, rejected=5)
    assert len(changes(shop, young)) == len(issues(shop, young)) == 1
    assert shop.store.exists(f"rejects/{young.run}/goods/goods.csv")
    assert housekeeping.remove_old_history(shop, KEPT) == 0


def test_history_that_was_cut_in_the_middle_is_removed_the_next_night(shop: Resources) -> None:
    """The reject file is gone already, the rows are still to go."""
    old = bring(shop, GOODS, FILES)
    pass_days(shop, 31)
    shop.store.clear(f"rejects/{old.run}")

    assert housekeeping.remove_old_history(shop, KEPT) == 2


def test_an_upload_that_no_run_has_taken_goes_after_a_day(shop: Resources, tmp_path: Path) -> None:
    """A younger one stays, and so does one that a run still has to move."""
    uploads = tmp_path / "files" / "uploads"
    job = claim(shop, GOODS, put(shop, FILES), Request("test"))
    for name in ("old", "owned", "young"):
        shop.store.write(f"uploads/{name}/goods.csv", [b"x"])
    with shop.database.transaction() as connection:
        jobs.move_package(connection, job.id, "uploads/owned/goods.csv")
    yesterday = time.time() - 25 * 3600
    for name in ("old", "owned"):
        os.utime(uploads / name / "goods.csv", (yesterday, yesterday))

    assert housekeeping.remove_uploads(shop) == 1
    assert sorted(shop.store.folders("uploads")) == ["owned", "young"]
    assert housekeeping.remove_uploads(shop) == 0


def test_staging_tables_of_finished_runs_are_dropped_and_of_living_ones_are_not(
    shop: Resources,
) -> None:
    """Also those whose file nobody knows; tables of other names are somebody else's."""
    job, file = planned(shop, GOODS, FILES)
    stage(shop, file.id, of_job=job.id)
    done = bring(shop, GOODS, {"goods.csv": "code\nC\n"})
    assert done.state is JobState.DONE
    ((old,),) = rows(shop, "SELECT max(id) FROM impex.file")
    for name in (f"f{old}_7", "f999999_1", "notes"):
        execute(shop, f"CREATE UNLOGGED TABLE impex_stage.{name} ()")

    assert housekeeping.drop_orphaned_staging(shop) == 2
    assert rows(shop, STAGING) == [(f"f{file.id}_1",), ("notes",)]
    merge_descriptor(shop, job.id, "goods")
    assert settle(shop, job.id).totals == Counts(read=2, inserted=1, rejected=1)


@pytest.mark.parametrize("reached", ["claim", "plan", "stage"])
def test_a_run_that_nobody_works_on_is_closed_after_a_day(shop: Resources, reached: str) -> None:
    """It says why, its package is in failed/, nothing is in staging, and it may come again."""
    job = stalled(shop, reached)

    assert close_stalled(shop) == 0
    pass_days(shop, 2)
    assert close_stalled(shop) == 1
    assert close_stalled(shop) == 0

    report = report_of(shop, job.id)
    assert report.state is JobState.FAILED
    assert "nobody has worked on this run for a day" in report.messages[0]
    assert report.messages[1:] == (() if reached == "claim" else ("not merged: goods.csv",))
    assert shop.store.exists(f"failed/shop/{job.id}/package.zip")
    assert rows(shop, STAGING) == []
    assert bring(shop, GOODS, FILES).totals == Counts(read=2, inserted=1, rejected=1)


def stalled(shop: Resources, reached: str, run_ref: str | None = "dag/run") -> Job:
    """Begin a run that nobody goes on with."""
    if reached == "claim":
        return claim(shop, GOODS, put(shop, FILES), Request("test", run_ref=run_ref))
    job, file = planned(shop, GOODS, FILES, run_ref=run_ref)
    if reached == "stage":
        stage(shop, file.id, of_job=job.id)
    return job


def test_a_run_that_airflow_works_on_is_left_alone(shop: Resources) -> None:
    """However long it takes."""
    job = stalled(shop, "stage")
    pass_days(shop, 30)

    assert close_stalled(shop, "dag/run") == 0

    merge_descriptor(shop, job.id, "goods")
    assert settle(shop, job.id).state is JobState.REJECTED


def test_a_run_that_a_command_works_on_is_left_alone(shop: Resources, dsn: str) -> None:
    """As long as its connection lives."""
    with Database(dsn) as command:
        job = stalled(Resources(shop.store, command), "stage", run_ref=None)
        with command.transaction() as connection:
            jobs.hold_job(connection, job.id)
        pass_days(shop, 2)

        assert close_stalled(shop) == 0

    # PostgreSQL notices a moment later that a connection is gone.
    closed = next((n for n in _tries(lambda: close_stalled(shop)) if n), 0)
    assert closed == 1
    # And of the lock that kept commands away meanwhile, nothing stays.
    assert 0 in _tries(lambda: len(rows(shop, LOCKS)))


def test_a_run_that_has_merged_everything_ends_as_it_would_have(shop: Resources) -> None:
    """Its settling had failed; the books are closed, not thrown away."""
    job = stalled(shop, "stage")
    merge_descriptor(shop, job.id, "goods")
    pass_days(shop, 2)

    assert close_stalled(shop) == 1

    assert report_of(shop, job.id).state is JobState.REJECTED
    assert shop.store.exists(f"archive/shop/{job.id}/package.zip")
    assert shop.store.exists(f"rejects/{job.id}/goods/goods.csv")


def test_a_run_all_or_nothing_is_not_merged_a_day_late(shop: Resources) -> None:
    """By then the table may have newer data."""
    strict = group(goods(column("name"), errors=policy("reject_package")))
    job, file = planned(shop, strict, {"goods.csv": "code,name\nA,Lamp\n"}, run_ref="dag/run")
    stage(shop, file.id, of_job=job.id)
    pass_days(shop, 2)

    assert close_stalled(shop) == 1

    assert report_of(shop, job.id).state is JobState.FAILED
    assert rows(shop, "TABLE shop.goods") == []


def test_a_package_that_was_not_put_away_is_put_away(shop: Resources) -> None:
    """The run had ended, then the disk was full for too long."""
    job = stalled(shop, "stage")
    execute(shop, "UPDATE impex.job SET state = 'refused', finished_at = clock_timestamp()")
    pass_days(shop, 2)

    assert close_stalled(shop) == 1
    assert shop.store.exists(f"failed/shop/{job.id}/package.zip")


def test_a_package_that_is_still_in_the_inbox_is_left_to_the_next_run(shop: Resources) -> None:
    """The claim was cut before it moved; by now another file may have that name."""
    job = stalled(shop, "claim")
    shop.store.write("inbox/shop/package.zip", [b"new"])
    with shop.database.transaction() as connection:
        jobs.move_package(connection, job.id, "inbox/shop/package.zip")
    pass_days(shop, 2)

    assert close_stalled(shop) == 1

    assert report_of(shop, job.id).state is JobState.FAILED
    assert shop.store.exists("inbox/shop/package.zip")


def test_a_run_whose_package_is_gone_does_not_keep_the_others_open(shop: Resources) -> None:
    """Somebody has cleared the folder by hand."""
    lost = stalled(shop, "plan", run_ref="dag/1")
    shop.store.delete(lost.package_key)
    other = claim(shop, GOODS, put(shop, {"goods.csv": "code\nC\n"}), Request("x", "dag/2"))
    pass_days(shop, 2)

    assert close_stalled(shop) == 2
    assert close_stalled(shop) == 0

    states = [report_of(shop, job.id).state for job in (lost, other)]
    assert states == [JobState.FAILED, JobState.FAILED]


def test_an_attempt_that_wakes_up_after_its_run_was_closed_writes_nothing(
    shop: Resources, dsn: str
) -> None:
    """A worker that was frozen for a day finds itself overtaken."""
    job, file = planned(shop, GOODS, FILES, run_ref="dag/run")

    def a_day_passes() -> None:
        with Database(dsn) as database:
            night = Resources(shop.store, database)
            pass_days(night, 2)
            assert close_stalled(night) == 1

    # The package moves away while it is open; an open file stays readable.
    frozen = Resources(AfterOpening(shop.store, a_day_passes), shop.database)
    with pytest.raises(FencedError, match=f"a newer attempt at file {file.id}"):
        stage(frozen, file.id, of_job=job.id)

    assert report_of(shop, job.id).state is JobState.FAILED
    assert rows(shop, "SELECT state FROM impex.file") == [(FileState.PLANNED.value,)]
    assert rows(shop, STAGING) == []


class AfterOpening(OvertakenStore):
    """A file store that lets something happen once, just after a file was opened."""

    def __getattr__(self, name: str) -> object:
        if name != "open":
            return super().__getattr__(name)

        def opened(key: str) -> object:
            stream = self._store.open(key)
            happening, self._happening = self._happening, None
            if happening:
                happening()
            return stream

        return opened


def _tries(attempt: Callable[[], int]) -> Iterator[int]:
    """Yield what an attempt returns, again and again for some seconds."""
    for _ in range(100):
        yield attempt()
        time.sleep(0.05)
