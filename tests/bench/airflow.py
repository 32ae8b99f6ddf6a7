"""What Airflow itself costs: a run's tasks beside the same services in one process, and parsing."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from local.airflow import ADMIN
from local.airflow_api import AirflowApi
from local.demo import SAMPLE
from local.ports import Ports
from local.settings import REPOSITORY, Settings
from local.stack import Stack
from tests.bench.figure import Figure
from tests.bench.processes import run_case
from tests.e2e.runs import Runs
from tests.waiting import wait_for

GROUP = "sample-catalogue"
GROUPS = 1000
FILE_TIMEOUT_S = 50  # Airflow's default dag_processor.dag_file_processor_timeout


def measure_overhead() -> Iterator[Figure]:
    """Yield the wall time of a DAG run beside the work in it, and the difference per task."""
    with running() as stack, logged_in(stack) as api:
        runs = Runs(stack, api)
        walls = [_run(runs, force=False), _run(runs, force=True), _run(runs, force=True)]
        tasks = len(api.task_states(GROUP, walls[-1][1]))
        work = run_case(
            ["command", GROUP, str(SAMPLE), "--force"],
            {
                "EXPECTED": '{"read": 413, "rejected": 2}',
                "IMPEX_FILES": str(stack.settings.root / "bench"),
                "IMPEX_DSN": stack.database.dsn(),
            },
        )
    wall = min(seconds for seconds, _ in walls[1:])
    yield Figure(f"DAG run of {tasks} tasks", wall, "s", reference=work.seconds)
    yield Figure("Airflow's own time per task", (wall - work.seconds) / tasks, "s")


def measure_parsing() -> Iterator[Figure]:
    """Yield how long the real dag-processor takes for the file that makes a thousand DAGs."""
    text = (REPOSITORY / "config" / "groups" / f"{GROUP}.yaml").read_text()
    with tempfile.TemporaryDirectory() as directory:
        for number in range(GROUPS):
            (Path(directory) / f"group-{number:04}.yaml").write_text(text)
        with running({"IMPEX_GROUPS": directory}) as stack:
            yield Figure(
                f"dag-processor, {GROUPS} groups, beside its time limit",
                _parse_duration(stack),
                "s",
                reference=FILE_TIMEOUT_S,
                bar=1.0,
            )


@contextmanager
def running(extra: dict[str, str] | None = None) -> Iterator[Stack]:
    """Run a whole stack for the length of a benchmark."""
    with tempfile.TemporaryDirectory() as root:
        settings = Settings.load(root=Path(root), ports=Ports.free(), extra_environment=extra or {})
        stack = Stack(settings)
        stack.up()
        try:
            yield stack
        finally:
            stack.erase()


@contextmanager
def logged_in(stack: Stack) -> Iterator[AirflowApi]:
    """Open Airflow's REST API, as admin."""
    with AirflowApi(stack.settings.url, ADMIN, stack.settings.credentials.admin_password) as api:
        yield api


def _run(runs: Runs, *, force: bool) -> tuple[float, str]:
    """Run the sample once; return its seconds by our clock and its id."""
    runs.drop(GROUP, SAMPLE.name, SAMPLE.read_bytes())
    wait_for(lambda: runs.api.knows_dag(GROUP), GROUP, 60)
    start = time.perf_counter()
    run_id = runs.trigger(GROUP, {"force": force})
    state = runs.finish(GROUP, run_id)
    if state != "success":
        raise RuntimeError(f"the run ended {state}")
    return time.perf_counter() - start, run_id


def _parse_duration(stack: Stack) -> float:
    """Wait until the dag-processor has written all DAGs; return its own measure of the parse."""
    query = "SELECT count(*), max(last_parse_duration) FROM dag WHERE dag_id LIKE 'group-%'"
    deadline = time.monotonic() + 10 * FILE_TIMEOUT_S
    with psycopg.connect(stack.database.dsn("airflow"), autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(query).fetchone()
            if row and row[0] == GROUPS and row[1]:
                return float(row[1])
            time.sleep(1)
    raise RuntimeError(f"the dag-processor has not read {GROUPS} groups")
