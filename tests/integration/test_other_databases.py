"""Tables in another database than the ledger: rows and books commit together and come home."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from impex.domain.errors import ConfigError, TransientError
from impex.domain.group import Group
from impex.domain.job import Job
from impex.domain.report import Counts, FileState, JobState
from impex.services.check_tables import check_against_database
from impex.services.merge import merge_descriptor
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import stage
from impex.services.workplace import at_work
from impex.storage import jobs
from impex.storage.connection import Database
from local.settings import REPOSITORY, Settings
from tests.exports import exported, goods_feed, one_file, written_group
from tests.groups import brand_of, brands, column, full, goods, group, integer, policy
from tests.imports import GOODS, bring, changes, execute, faults, issues, planned, rows
from tests.servers import owner_dsn, superuser_dsn

TABLES = (
    "CREATE SCHEMA shop; CREATE TABLE shop.brand (id bigint GENERATED ALWAYS AS IDENTITY "
    'PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE)'
)
DESCRIPTORS = (brands(), goods(column("name"), integer("stock"), brand_of()))
ELSEWHERE = group(*DESCRIPTORS, connection="erp_db")
FILES = {
    "brands.csv": "name\nAcer\n",
    "goods.csv": "code,name,stock,brand\nA,Lamp,1,Acer\nB,Desk,many,Acer\nC,Bed,1,Unknown\n",
}
NAMES = "SELECT code, name FROM shop.goods ORDER BY code"


@pytest.fixture
def erp(server: Settings, dsn: str) -> Iterator[str]:
    """A second database with tables of its own, prepared to keep books."""
    name = f"{conninfo_to_dict(dsn)['dbname']}_erp"
    with psycopg.connect(superuser_dsn(server), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER impex").format(sql.Identifier(name)))
        where = owner_dsn(server, name)
        subprocess.run(
            [sys.executable, "-m", "alembic", "-c", "db/alembic.ini", "-x", "shop=no",
             "upgrade", "head"],
            cwd=REPOSITORY, env={**os.environ, "IMPEX_DSN": where}, check=True, capture_output=True,
        )  # fmt: skip
        yield where
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def home(resources: Resources, erp: str) -> Resources:
    """A ledger, and the way to the other database."""
    return replace(resources, connect=lambda name: Database({"erp_db": erp}[name]))


@pytest.fixture
def there(home: Resources) -> Iterator[Resources]:
    """The other database with a shop in it."""
    with home.connect("erp_db") as database:
        away = replace(home, database=database)
        execute(away, TABLES)
        execute(away, GOODS)
        yield away


class Cut(Database):
    """A database that is lost just before the commit of its second transaction."""

    _transactions = 0

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """Run a transaction."""
        with super().transaction() as connection:
            yield connection
            self._transactions += 1
            if self._transactions == 2:
                raise TransientError("the machine stopped")


def books_there(there: Resources) -> list[tuple[Any, ...]]:
    """Return how many issues, changes and staging tables are left beside the tables."""
    return rows(
        there,
        "SELECT (SELECT count(*) FROM impex.issue), (SELECT count(*) FROM impex.change), "
        "(SELECT count(*) FROM pg_tables WHERE schemaname = 'impex_stage')",
    )


def test_rows_go_to_the_other_database_and_the_report_stays(
    home: Resources, there: Resources
) -> None:
    """Counts, issues and changes are those of any run; beside the tables nothing is left."""
    report = bring(home, ELSEWHERE, FILES)

    assert report.state is JobState.REJECTED
    assert report.totals == Counts(read=4, inserted=2, rejected=2)
    assert rows(there, NAMES) == [("A", "Lamp")]
    assert [code for _, _, code in faults(home, report)] == ["bad_integer", "lookup_missing"]
    assert [c["table"] for c in changes(home, report)] == ["shop.brand", "shop.goods"]
    assert rows(home, "SELECT count(*) FROM shop.brand") == [(0,)]
    assert books_there(there) == [(0, 0, 0)]


def test_the_other_database_has_no_shop_of_ours(there: Resources) -> None:
    """Only what a run needs for its books."""
    found = rows(there, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename ~ '^[a-z]'")

    assert ("impex",) in found
    assert rows(there, "SELECT tablename FROM pg_tables WHERE schemaname = 'shop' ORDER BY 1") == [
        ("brand",), ("goods",),
    ]  # fmt: skip


@pytest.mark.usefixtures("there")
def test_the_same_package_again_changes_nothing(home: Resources) -> None:
    """Unforced it is refused as ever."""
    bring(home, ELSEWHERE, FILES)

    refused = bring(home, ELSEWHERE, FILES)
    forced = bring(home, ELSEWHERE, FILES, force=True)

    assert refused.state is JobState.REFUSED
    assert forced.totals == Counts(read=4, unchanged=2, rejected=2)


@pytest.mark.parametrize(
    ("described", "how"),
    [
        pytest.param(ELSEWHERE, {"dry_run": True}, id="dry run"),
        pytest.param(
            group(brands(), replace(DESCRIPTORS[1], errors=policy("reject_package")),
                  connection="erp_db"),
            {},
            id="all or nothing",
        ),
    ],
)  # fmt: skip
def test_what_is_rolled_back_is_told_all_the_same(
    home: Resources, there: Resources, described: Group, how: dict[str, bool]
) -> None:
    """The findings come home, the rows are gone."""
    report = bring(home, described, FILES, **how)

    assert rows(there, NAMES) == []
    assert rows(there, "SELECT count(*) FROM shop.brand") == [(0,)]
    assert report.totals.balanced
    assert "bad_integer" in [code for _, _, code in faults(home, report)]
    assert len(changes(home, report)) == (2 if how else 0)
    assert books_there(there) == [(0, 0, 0)]


def staged_and_merged(home: Resources) -> Job:
    """Take a package as far as the merge."""
    planned(home, ELSEWHERE, FILES)
    with home.database.transaction() as connection:
        job = jobs.existing_job(connection, 1)
    work(home, job)
    return job


def work(home: Resources, job: Job) -> None:
    """Stage and merge all files of a run."""
    with at_work(home, job) as working:
        with home.database.transaction() as connection:
            files = jobs.read_files(connection, job.id)
        for file in files:
            stage(working, file.id, of_job=job.id)
        for name in ELSEWHERE.merge_order:
            merge_descriptor(working, job.id, name)


def test_a_run_that_stopped_behind_the_merge_is_not_merged_again(
    home: Resources, there: Resources
) -> None:
    """The ledger does not know of it yet, the books beside the tables do."""
    job = staged_and_merged(home)
    before = rows(there, "SELECT code, xmin::text FROM shop.goods")
    assert rows(home, "SELECT DISTINCT state FROM impex.file") == [("planned",)]

    work(home, job)
    report = settle(home, job.id)

    assert report.totals == Counts(read=4, inserted=2, rejected=2)
    assert rows(there, "SELECT code, xmin::text FROM shop.goods") == before
    assert len(changes(home, report)) == 2


def test_a_crash_between_the_two_commits_is_made_up_for(
    home: Resources, there: Resources, erp: str
) -> None:
    """The ledger has the books, the other database does not know; bringing them again is the same."""
    job = staged_and_merged(home)

    with pytest.raises(TransientError, match="the machine stopped"):
        settle(replace(home, connect=lambda _: Cut(erp)), job.id)
    assert rows(home, "SELECT count(*) FROM impex.change") == [(2,)]

    report = settle(home, job.id)

    assert report.totals == Counts(read=4, inserted=2, rejected=2)
    assert len(changes(home, report)) == 2
    assert len(issues(home, report)) == 2
    assert books_there(there) == [(0, 0, 0)]


def test_who_comes_late_finds_everything_done(home: Resources, there: Resources) -> None:
    """A frozen worker that wakes up after the end applies nothing."""
    planned(home, ELSEWHERE, FILES)
    with home.database.transaction() as connection:
        job = jobs.existing_job(connection, 1)
    report = settle(home, job.id)

    work(home, job)

    assert (report.state, report.messages[-1][:12]) == (JobState.FAILED, "not finished")
    assert rows(there, NAMES) == []
    assert rows(there, "SELECT DISTINCT state FROM impex.file") == [(FileState.REJECTED.value,)]


@pytest.mark.usefixtures("there")
def test_full_feeds_and_refusals_work_there_as_here(home: Resources) -> None:
    """Every statement of a merge runs beside the tables."""
    described = group(goods(integer("stock"), full_feed=full()), connection="erp_db")
    bring(home, described, {"goods.csv": "code,stock\nA,1\nB,1\n"})

    report = bring(home, described, {"goods.csv": "code,stock\nA,2\nC,99999\n"})

    assert report.totals == Counts(read=2, updated=1, rejected=1, absent=1)
    assert [code for _, _, code in faults(home, report)] == ["row_refused"]


def test_a_connection_that_nobody_knows_is_a_fault_of_the_configuration(
    resources: Resources,
) -> None:
    """The run is failed, and nothing is applied."""
    with pytest.raises(ConfigError, match="connection erp_db: is not known here"):
        bring(resources, ELSEWHERE, FILES)

    assert rows(resources, "SELECT state FROM impex.job") == [("failed",)]


@pytest.mark.usefixtures("there")
def test_groups_are_checked_against_their_own_database(home: Resources) -> None:
    """Columns of the ledger's own shop do not help."""
    wrong = group(brands(column("description", language="en")), connection="erp_db")

    (problem,) = check_against_database(home, [wrong, ELSEWHERE])

    assert str(problem) == (
        "shop, descriptor brands: shop.brand has no column description. There are: id, name."
    )


def test_the_command_line_finds_the_other_database_in_the_environment(
    there: Resources, dsn: str, erp: str, tmp_path: Path
) -> None:
    """By the name of the connection; without, it says which variable is missing."""
    (tmp_path / "erp.yaml").write_text(
        "connection: erp-db\ndescriptors:\n  - {name: brands, files: '*.csv', table: shop.brand, "
        "key: name, columns: [name]}\n",
        "utf-8",
    )
    (tmp_path / "brands.csv").write_text("name\nAcer\n", "utf-8")
    settings = {
        "IMPEX_DSN": dsn,
        "IMPEX_FILES": str(tmp_path / "files"),
        "IMPEX_GROUPS": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "impex", "run", "erp", "brands.csv"],
            cwd=tmp_path, env={**os.environ, **settings, **more}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    refused, done = run(), run(IMPEX_DSN_ERP_DB=erp)

    assert (refused.returncode, done.returncode) == (2, 0)
    assert "connection erp-db: is not known here. Set IMPEX_DSN_ERP_DB" in refused.stderr
    assert rows(there, "SELECT name FROM shop.brand") == [("Acer",)]


@pytest.mark.parametrize("increment", ["watermark: seen", "changed_rows: true"])
def test_exports_read_the_tables_where_they_are(
    home: Resources, there: Resources, tmp_path: Path, increment: str
) -> None:
    """And tell only what is new, as they do at home."""
    execute(there, "INSERT INTO shop.goods (code, seen) VALUES ('A', now())")
    feed = written_group(tmp_path, "connection: erp_db\n" + goods_feed(export=increment))

    first, again = exported(home, feed), exported(home, feed)
    execute(there, "INSERT INTO shop.goods (code, seen) VALUES ('B', now())")
    third = exported(home, feed)

    told = [one_file(home, report).split()[1:] for report in (first, again, third)]
    assert told == [["A"], [], ["B"]]
