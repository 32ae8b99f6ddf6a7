"""Disks that are really full: a clear message, nothing lost, and on it goes when there is room."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from impex.domain.errors import TransientError
from impex.domain.job import Request
from impex.domain.report import Counts, JobState
from impex.services.claim import claim
from impex.services.merge import merge_descriptor
from impex.services.resources import Resources
from impex.services.settle import settle
from impex.services.stage import stage
from local.settings import Settings
from tests.groups import column, goods, group
from tests.imports import execute, planned, rows
from tests.servers import superuser_dsn
from tests.small_disk import small_disk

GOODS = group(goods(column("name", max_length=100)))
ROWS = 3000
GOOD = "code,name\n" + "".join(f"{n},{'x' * 90}\n" for n in range(ROWS))
BAD = "code,name\n" + "".join(f"{n},{'x' * 101}\n" for n in range(ROWS))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Name the directory of the file store."""
    return tmp_path / "files"


def test_a_package_waits_where_there_is_no_room_for_work(shop: Resources, files: Path) -> None:
    """It is still in the inbox, and no run is recorded."""
    shop.store.write("inbox/shop/goods.csv", [GOOD.encode()])
    with (
        small_disk(files / "work", "128k"),
        pytest.raises(TransientError, match=r"goods\.csv waits: the file store has .* bytes free"),
    ):
        claim(shop, GOODS, "inbox/shop/goods.csv", Request("test"))

    assert shop.store.exists("inbox/shop/goods.csv")
    assert rows(shop, "TABLE impex.job") == []


def test_a_package_stays_at_work_while_the_archive_is_full(shop: Resources, files: Path) -> None:
    """What was imported stays imported; settling again puts the package away."""
    job, _ = planned(shop, GOODS, {"goods.csv": GOOD})
    merge_descriptor(shop, job.id, "goods")
    with small_disk(files / "archive", "4k"):
        with pytest.raises(TransientError, match="no space is left; free some"):
            settle(shop, job.id)

        assert shop.store.exists(job.package_key)
        assert shop.store.folders("archive/shop") == [str(job.id)]
        assert shop.store.files(f"archive/shop/{job.id}") == []

    report = settle(shop, job.id)

    assert (report.state, report.totals) == (JobState.DONE, Counts(read=ROWS, inserted=ROWS))
    assert shop.store.exists(f"archive/shop/{job.id}/package.zip")


def test_a_run_is_not_over_while_its_reject_file_cannot_be_written(
    shop: Resources, files: Path
) -> None:
    """Half a reject file is none; afterwards there is a whole one."""
    job, _ = planned(shop, GOODS, {"goods.csv": BAD})
    merge_descriptor(shop, job.id, "goods")
    with (
        small_disk(files / "rejects", "64k"),
        pytest.raises(TransientError, match="no space is left; free some"),
    ):
        settle(shop, job.id)

    assert rows(shop, "SELECT state FROM impex.job") == [("planned",)]
    assert settle(shop, job.id).state is JobState.REJECTED
    with shop.store.open(f"rejects/{job.id}/goods/goods.csv") as stream:
        assert len(stream.readlines()) == ROWS + 1


@pytest.fixture
def tiny_tablespace(server: Settings) -> Iterator[None]:
    """Give PostgreSQL a disk of 2 MB, as the tablespace ``tiny``."""
    with (
        TemporaryDirectory(dir="/var/tmp") as place,
        psycopg.connect(superuser_dsn(server), autocommit=True) as connection,
    ):
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        with small_disk(Path(place), "2m", owner=Path(data).stat().st_uid):
            connection.execute(f"CREATE TABLESPACE tiny LOCATION '{place}'".encode())
            connection.execute("GRANT CREATE ON TABLESPACE tiny TO impex")
            yield
            connection.execute("DROP TABLESPACE tiny")


@pytest.mark.usefixtures("tiny_tablespace")
def test_a_full_disk_of_the_database_is_a_passing_failure(shop: Resources, dsn: str) -> None:
    """Nothing of the attempt remains; the file is staged when there is room again."""
    database = dsn.rpartition("/")[2]
    job, file = planned(shop, GOODS, {"goods.csv": "code,name\n" + GOOD[10:] * 10})
    execute(shop, f"ALTER DATABASE {database} SET default_tablespace = tiny")
    shop.database.close()

    with pytest.raises(TransientError, match="No space left on device"):
        stage(shop, file.id, of_job=job.id)

    execute(shop, f"ALTER DATABASE {database} RESET default_tablespace")
    shop.database.close()
    assert rows(shop, "SELECT state FROM impex.file") == [("planned",)]
    assert rows(shop, "SELECT FROM pg_tables WHERE schemaname = 'impex_stage'") == []
    assert stage(shop, file.id, of_job=job.id).rows_read == 10 * ROWS
