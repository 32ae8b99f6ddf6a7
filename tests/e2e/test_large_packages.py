"""A package of many files: one task for each, two of them at once, each under the file's name."""

from itertools import accumulate

import psycopg
import pytest

from tests.e2e.machines import WORKERS
from tests.e2e.runs import Runs
from tests.samples import zipped

FILES = 8

pytestmark = pytest.mark.machines("one", "several")


@pytest.fixture(scope="module")
def tasks(runs: Runs) -> list[tuple[str, str, float, float]]:
    """The tasks that read the files: name in the grid, machine, start and end."""
    names = [f"{number % 3}/süd/{number:02}.csv" for number in range(FILES)]
    files = {name: f"name,text\nin {name},x\n".encode() for name in names}
    runs.drop("bounded", "many.zip", zipped(files))
    run_id = runs.trigger("bounded")
    assert runs.finish("bounded", run_id, within_s=300) == "success"
    with psycopg.connect(runs.stack.database.dsn("airflow")) as connection:
        return connection.execute(
            "SELECT rendered_map_index, hostname, extract(epoch FROM start_date), "
            "extract(epoch FROM end_date) FROM task_instance "
            "WHERE dag_id = 'bounded' AND run_id = %s AND task_id = 'stage'",
            [run_id],
        ).fetchall()


def test_every_file_is_a_task_of_its_name(tasks: list[tuple[str, str, float, float]]) -> None:
    """With its descriptor and its folders."""
    assert sorted(name for name, *_ in tasks) == sorted(
        f"brands: {number % 3}/süd/{number:02}.csv" for number in range(FILES)
    )


def test_no_more_files_are_read_at_once_than_the_group_says(
    tasks: list[tuple[str, str, float, float]],
) -> None:
    """Airflow counts those of the run."""
    moments = sorted([(end, -1) for *_, end in tasks] + [(start, 1) for *_, start, _ in tasks])

    assert max(accumulate(change for _, change in moments)) == 2


@pytest.mark.machines("several")
def test_every_worker_reads_some_of_them(tasks: list[tuple[str, str, float, float]]) -> None:
    """None of them has a disk of another one."""
    assert {machine for _, machine, *_ in tasks} == {*WORKERS}
