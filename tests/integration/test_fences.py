"""Attempts at the same work, one after another or at once: only the newest one can write."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import psycopg
import pytest

from impex.domain.errors import DataError, FencedError
from impex.domain.job import Job, Request
from impex.domain.report import Counts, FileState, JobState
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import stage
from impex.storage import jobs
from impex.storage.connection import Database
from tests.groups import column, goods, group, integer
from tests.imports import OvertakenStore, bring, issues, planned, put, rows
from tests.waiting import wait_for

GOODS = group(goods(column("name"), integer("stock")))
FILES = {"goods.csv": "code,name,stock\nA,Lamp,1\nB,Desk,x\n"}
CODES = "SELECT code FROM shop.goods ORDER BY code"
STAGING = "SELECT tablename FROM pg_tables WHERE schemaname = 'impex_stage'"


@contextmanager
def another(shop: Resources, dsn: str) -> Iterator[Resources]:
    """Open the same store and database as another worker does."""
    with Database(dsn) as database:
        yield Resources(shop.store, database)


def test_an_older_attempt_at_staging_cannot_commit(shop: Resources, dsn: str) -> None:
    """It stops without a trace; the newer one's rows are the ones that count."""
    job, file = planned(shop, GOODS, FILES)
    with another(shop, dsn) as newer:
        slow = OvertakenStore(shop.store, lambda: stage(newer, file.id, of_job=job.id))

        with pytest.raises(FencedError, match=f"a newer attempt at file {file.id}"):
            stage(Resources(slow, shop.database), file.id, of_job=job.id)

    assert rows(shop, STAGING) == [(f"f{file.id}_2",)]
    assert len(issues(shop, settle_after_merge(shop, job))) == 1


def test_an_older_attempt_cannot_reject_a_file_either(shop: Resources, dsn: str) -> None:
    """Its reading failed, but the newer one's did not."""
    job, file = planned(shop, GOODS, FILES)

    def overtake_and_fail() -> None:
        with another(shop, dsn) as newer:
            stage(newer, file.id, of_job=job.id)
        raise DataError("the file was not there")

    slow = OvertakenStore(shop.store, overtake_and_fail)

    with pytest.raises(FencedError, match="nothing was written"):
        stage(Resources(slow, shop.database), file.id, of_job=job.id)

    assert rows(shop, "SELECT state FROM impex.file") == [("staged",)]


def settle_after_merge(shop: Resources, job: Job) -> Any:
    """Finish a run whose files are staged."""
    merge_descriptor(shop, job.id, "goods")
    return settle(shop, job.id)


def held_by_another(dsn: str, statement: str) -> psycopg.Connection:
    """Run a statement in a transaction that stays open."""
    connection = psycopg.connect(dsn)
    connection.execute(statement.encode())
    return connection


def wait_for_lock(shop: Resources) -> None:
    """Return when some session waits for a lock."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_for(lambda: bool(rows(shop, waiting)), "the lock")


def test_an_older_attempt_at_merging_cannot_commit(shop: Resources, dsn: str) -> None:
    """While it waits for the table a newer one begins; the target is written by that one only."""
    job, file = planned(shop, GOODS, FILES)
    stage(shop, file.id, of_job=job.id)
    blocker = held_by_another(dsn, "LOCK TABLE shop.goods IN EXCLUSIVE MODE")
    with another(shop, dsn) as older, ThreadPoolExecutor() as pool:
        attempt = pool.submit(merge_descriptor, older, job.id, "goods")
        wait_for_lock(shop)
        with shop.database.transaction() as connection:
            jobs.begin_file(connection, file.id)
        blocker.rollback()

        with pytest.raises(FencedError, match="a newer attempt"):
            attempt.result(timeout=30)

    assert rows(shop, CODES) == []
    assert settle_after_merge(shop, job).totals == Counts(read=2, inserted=1, rejected=1)
    blocker.close()


@pytest.mark.parametrize("step", ["stage", "merge"])
def test_two_attempts_at_once_do_the_work_once(shop: Resources, dsn: str, step: str) -> None:
    """Whoever comes second finds the work done, or is fenced off; never is a row doubled."""
    job, file = planned(shop, GOODS, FILES)
    if step == "merge":
        stage(shop, file.id, of_job=job.id)
    start = Barrier(2)

    def attempt() -> str:
        with another(shop, dsn) as own:
            start.wait(timeout=30)
            try:
                if step == "stage":
                    stage(own, file.id, of_job=job.id)
                else:
                    merge_descriptor(own, job.id, "goods")
            except FencedError:
                return "fenced"
        return "done"

    with ThreadPoolExecutor() as pool:
        outcomes = [future.result(timeout=60) for future in [pool.submit(attempt) for _ in "12"]]

    assert "done" in outcomes
    assert settle_after_merge(shop, job).totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, "SELECT count(*) FROM impex.change") == [(1,)]
    assert rows(shop, STAGING) == []


def test_an_attempt_that_comes_when_the_file_is_just_merged_does_nothing(
    shop: Resources, dsn: str
) -> None:
    """It had seen the file staged; the ledger says otherwise by now."""
    job, file = planned(shop, GOODS, FILES)
    stage(shop, file.id, of_job=job.id)
    blocker = held_by_another(dsn, f"SELECT FROM impex.file WHERE id = {file.id} FOR UPDATE")
    blocker.execute("UPDATE impex.file SET state = 'merged', staged_as = NULL")
    with another(shop, dsn) as late, ThreadPoolExecutor() as pool:
        attempt = pool.submit(merge_descriptor, late, job.id, "goods")
        wait_for_lock(shop)
        blocker.commit()

        (seen,) = attempt.result(timeout=30)

    assert seen.state is FileState.MERGED
    assert rows(shop, CODES) == []
    blocker.close()


@pytest.mark.parametrize("how", [{}, {"force": True}, {"dry_run": True}])
@pytest.mark.parametrize("run_ref", ["one", "each"])
def test_claims_of_the_same_bytes_at_once(
    shop: Resources, dsn: str, how: dict[str, bool], run_ref: str
) -> None:
    """Attempts of one run get one job; of several runs one wins, unless all are asked to."""
    keys = [put(shop, FILES) for _ in range(4)]
    start = Barrier(len(keys))

    def attempt(number: int) -> Job:
        with another(shop, dsn) as own:
            start.wait(timeout=30)
            name = run_ref if run_ref == "one" else f"run-{number}"
            key = keys[0] if run_ref == "one" else keys[number]
            return claim(own, GOODS, key, Request("test", run_ref=name, **how))

    with ThreadPoolExecutor() as pool:
        claimed = list(pool.map(attempt, range(len(keys))))

    if run_ref == "one":
        assert len({job.id for job in claimed}) == 1
    else:
        states = sorted(job.state for job in claimed)
        won = 4 if how else 1
        assert states == [JobState.CLAIMED] * won + [JobState.REFUSED] * (4 - won)


def test_an_attempt_that_finds_its_package_moved_finds_its_job(shop: Resources, dsn: str) -> None:
    """Another attempt of the same run has just claimed it."""
    key, request = put(shop, FILES), Request("test", run_ref="dag/run")
    with another(shop, dsn) as faster:
        store = OvertakenStore(shop.store, lambda: claim(faster, GOODS, key, request), "size")

        job = claim(Resources(store, shop.database), GOODS, key, request)

    assert job.package_key == f"work/shop/{job.id}/package.zip"
    assert rows(shop, "SELECT count(*) FROM impex.job") == [(1,)]


def test_an_older_attempt_at_planning_or_settling_cannot_commit(shop: Resources) -> None:
    """The fence of the job holds for whoever has an old number."""
    job, _ = planned(shop, GOODS, FILES)
    with shop.database.transaction() as connection:
        old = jobs.begin_job(connection, job.id)
        jobs.begin_job(connection, job.id)

    with (
        pytest.raises(FencedError, match=f"a newer attempt at job {job.id}"),
        shop.database.transaction() as connection,
    ):
        jobs.fence_job(connection, job.id, old)


def test_packages_for_one_table_at_once_are_merged_one_after_the_other(
    shop: Resources, dsn: str
) -> None:
    """Both bring the same new codes: one inserts them, the other finds them."""
    start = Barrier(4)
    codes = [f"{number:03}" for number in range(200)]

    def attempt(number: int) -> Counts:
        data = "code,name,stock\n" + "".join(f"{code},{number},1\n" for code in codes)
        with another(shop, dsn) as own:
            start.wait(timeout=30)
            return bring(own, GOODS, {"goods.csv": data}).totals

    with ThreadPoolExecutor() as pool:
        counts = list(pool.map(attempt, range(4)))

    assert sorted(c.inserted for c in counts) == [0, 0, 0, 200]
    assert sorted(c.updated for c in counts) == [0, 200, 200, 200]
    assert len(rows(shop, CODES)) == 200
