"""A run is worked by several machines, and nothing of it stays on any of them."""

import psycopg
import pytest

from local.stack import Stack
from tests.e2e.machines import WORKERS, home_of
from tests.e2e.runs import Runs
from tests.samples import zipped

pytestmark = pytest.mark.machines("several")
FILES = 8


@pytest.fixture(scope="module")
def run(runs: Runs) -> str:
    """A run that has imported a package of many files, two at a time."""
    files = {f"{number}.csv": f"name,text\nfar {number},x\n".encode() for number in range(FILES)}
    runs.drop("bounded", "far.zip", zipped(files))
    run = runs.trigger("bounded")
    assert runs.finish("bounded", run, within_s=300) == "success"
    assert runs.report().totals.inserted == FILES
    return run


def test_every_worker_has_done_a_part(run: str, stack: Stack) -> None:
    """Airflow knows which machine a task was on."""
    with psycopg.connect(stack.database.dsn("airflow")) as connection:
        machines = connection.execute(
            "SELECT DISTINCT hostname FROM task_instance WHERE dag_id = 'bounded' "
            "AND run_id = %s AND start_date IS NOT NULL ORDER BY hostname",
            [run],
        ).fetchall()

    assert [name for (name,) in machines] == [*WORKERS]


@pytest.mark.usefixtures("run")
def test_nothing_of_a_package_lies_on_a_machine(stack: Stack) -> None:
    """There is only what Airflow writes for itself."""
    for worker in WORKERS:
        home = home_of(worker, stack.settings.root)
        logs = home / "airflow_home" / "logs"
        files = [path for path in home.rglob("*") if path.is_file() and logs not in path.parents]
        assert [path.name for path in files] == ["airflow.cfg"]
