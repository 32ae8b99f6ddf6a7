"""Steps that are repeated after a crash, or asked for when they should not be."""

from pathlib import Path

import psycopg
import pytest

from impex.domain.errors import DataError, ImpexError, TransientError
from impex.domain.job import Request
from impex.domain.report import Counts, FileState, JobState
from impex.files.store import FileStore
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.plan import plan
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import stage
from impex.storage import jobs
from impex.storage.connection import Database
from tests.groups import brand_of, brands, column, goods, group, integer, policy
from tests.imports import OvertakenStore, bring, execute, issues, planned, put, rows

GOODS = group(goods(column("name"), integer("stock")))
FILES = {"goods.csv": "code,name,stock\nA,Lamp,1\nB,Desk,x\n"}
STAGING = "SELECT tablename FROM pg_tables WHERE schemaname = 'impex_stage'"
LOCKS = (
    "SELECT pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)


def test_staged_rows_that_a_crash_has_emptied_are_staged_again(shop: Resources) -> None:
    """PostgreSQL empties unlogged tables when it recovers; the package is still there."""
    job, file = planned(shop, GOODS, FILES)
    staged = stage(shop, file.id, of_job=job.id)
    execute(shop, "TRUNCATE impex_stage.f1_1")

    (merged,) = merge_descriptor(shop, job.id, "goods")

    assert staged.staged_as == "f1_1"
    assert merged.state is FileState.MERGED
    report = settle(shop, job.id)
    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert len(issues(shop, report)) == 1
    assert rows(shop, STAGING) == []


def test_a_staging_table_that_is_gone_is_staged_again(shop: Resources) -> None:
    """Whatever has become of it."""
    job, file = planned(shop, GOODS, FILES)
    stage(shop, file.id, of_job=job.id)
    execute(shop, "DROP TABLE impex_stage.f1_1")

    merge_descriptor(shop, job.id, "goods")

    assert settle(shop, job.id).totals == Counts(read=2, inserted=1, rejected=1)


@pytest.mark.parametrize("how", [{}, {"dry_run": True}])
def test_every_step_may_be_repeated(shop: Resources, how: dict[str, bool]) -> None:
    """The second time changes nothing and says the same."""
    job, file = planned(shop, GOODS, FILES, **how)

    assert [f.id for f in plan(shop, GOODS, job.id)] == [file.id]
    assert stage(shop, file.id, of_job=job.id) == stage(shop, file.id, of_job=job.id)
    assert merge_descriptor(shop, job.id, "goods") == merge_descriptor(shop, job.id, "goods")
    assert settle(shop, job.id) == settle(shop, job.id)
    assert rows(shop, "SELECT count(*) FROM impex.change") == [(1,)]


def test_settling_what_is_not_merged_is_a_failed_run_that_says_so(shop: Resources) -> None:
    """Somebody has marked the merge as done; the ledger knows better."""
    job, file = planned(shop, GOODS, FILES)
    stage(shop, file.id, of_job=job.id)

    report = settle(shop, job.id)

    assert report.state is JobState.FAILED
    assert report.messages == ("not finished: goods.csv",)


def test_settling_what_was_never_planned_is_a_failed_run(shop: Resources) -> None:
    """The package is put away where a person looks for it."""
    job = claim(shop, GOODS, put(shop, FILES), Request("test"))

    report = settle(shop, job.id)

    assert report.state is JobState.FAILED
    assert shop.store.exists(f"failed/shop/{job.id}/package.zip")


def test_a_descriptor_is_not_merged_before_those_it_depends_on(shop: Resources) -> None:
    """Whatever order the tasks are started in."""
    described = group(brands(), goods(brand_of()))
    key = put(shop, {"brands.csv": "name\nAcer\n", "goods.csv": "code,brand\nA,Acer\n"})
    job = claim(shop, described, key, Request("test"))
    plan(shop, described, job.id)

    with pytest.raises(ImpexError, match="goods cannot be merged before brands"):
        merge_descriptor(shop, job.id, "goods")


def test_a_file_of_another_run_is_not_staged(shop: Resources) -> None:
    """Numbers that pass between tasks may have been changed on the way."""
    job, file = planned(shop, GOODS, FILES)

    with pytest.raises(DataError, match=f"file {file.id} is not one of run {job.id + 1}"):
        stage(shop, file.id, of_job=job.id + 1)


def test_a_package_all_or_nothing_is_staged_again_after_a_crash(shop: Resources) -> None:
    """The one transaction finds all rows, however late it comes."""
    strict = group(goods(column("name"), errors=policy("reject_package")))
    job, file = planned(shop, strict, FILES)
    stage(shop, file.id, of_job=job.id)
    execute(shop, "TRUNCATE impex_stage.f1_1")

    assert settle(shop, job.id).totals == Counts(read=2, inserted=2)


def test_a_move_that_a_crash_has_cut_is_completed(shop: Resources, tmp_path: Path) -> None:
    """The package was moved, but the database does not know yet."""
    job, _ = planned(shop, GOODS, FILES)
    merge_descriptor(shop, job.id, "goods")
    FileStore(str(tmp_path / "files")).move(job.package_key, f"archive/shop/{job.id}/package.zip")
    execute(shop, "UPDATE impex.job SET state = 'rejected'")

    settle(shop, job.id)

    assert rows(shop, "SELECT package_key FROM impex.job") == [("archive/shop/1/package.zip",)]


@pytest.mark.parametrize("reached", ["claim", "plan", "stage", "merge"])
def test_a_run_that_its_command_has_left_is_taken_up_by_the_next_one(
    shop: Resources, dsn: str, reached: str
) -> None:
    """A killed command owns nothing any more; the same bytes go on where it stopped."""
    with Database(dsn) as killed:
        left = Resources(shop.store, killed)
        job = claim(left, GOODS, put(shop, FILES), Request("test"))
        files = plan(left, GOODS, job.id) if reached != "claim" else []
        if reached in ("stage", "merge"):
            stage(left, files[0].id, of_job=job.id)
        if reached == "merge":
            merge_descriptor(left, job.id, "goods")

    report = bring(shop, GOODS, FILES)

    assert (report.run, report.state) == (job.id, JobState.REJECTED)
    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, "SELECT count(*) FROM impex.job") == [(1,)]


def test_a_run_of_airflow_takes_up_what_a_command_has_left_and_keeps_no_lock(
    shop: Resources, dsn: str
) -> None:
    """A pooler would lend the connection, lock and all, to others."""
    with Database(dsn) as killed:
        left = claim(Resources(shop.store, killed), GOODS, put(shop, FILES), Request("test"))

    taken = claim(shop, GOODS, put(shop, FILES), Request("test", run_ref="dag/run"))

    assert taken.id == left.id
    assert rows(shop, LOCKS) == []


def test_a_run_that_a_command_works_on_is_not_taken_up(shop: Resources, dsn: str) -> None:
    """The refusal says that it is not finished."""
    with Database(dsn) as busy:
        job = claim(Resources(shop.store, busy), GOODS, put(shop, FILES), Request("test"))
        with busy.transaction() as connection:
            assert jobs.hold_job(connection, job.id)

        report = bring(shop, GOODS, FILES)

    assert report.state is JobState.REFUSED
    assert f"is being imported by run {job.id} since" in report.messages[0]


def test_a_run_of_airflow_is_not_taken_up_by_a_command(shop: Resources) -> None:
    """Airflow retries its tasks itself."""
    claim(shop, GOODS, put(shop, FILES), Request("test", run_ref="dag/run"))

    assert bring(shop, GOODS, FILES).state is JobState.REFUSED


def test_a_lost_connection_is_a_passing_failure_after_which_the_step_can_be_repeated(
    shop: Resources, dsn: str
) -> None:
    """Nothing of the cut attempt remains."""
    job, file = planned(shop, GOODS, FILES)
    sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'impex'"
    with psycopg.connect(dsn) as observer:
        others = f"{sessions} AND pid <> pg_backend_pid()"
        cut = OvertakenStore(shop.store, lambda: observer.execute(others.encode()).fetchall())

        with pytest.raises(TransientError, match="the database did not answer as it should"):
            stage(Resources(cut, shop.database), file.id, of_job=job.id)

    assert rows(shop, STAGING) == []
    merge_descriptor(shop, job.id, "goods")
    assert settle(shop, job.id).totals == Counts(read=2, inserted=1, rejected=1)
