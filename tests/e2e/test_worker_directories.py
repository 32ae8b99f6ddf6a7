"""What was done at workers on several machines has left nothing there."""

import pytest

from tests.e2e.machines import WORKERS
from tests.e2e.runs import Runs


@pytest.mark.machines("several")
def test_a_worker_keeps_nothing_but_what_airflow_writes_for_itself(runs: Runs) -> None:
    """Its configuration, and logs of tasks: no file of a package, an export or an upload."""
    runs.drop("bounded", "away.csv", b"name,text\naway,far\n")
    assert runs.finish("bounded", runs.trigger("bounded")) == "success"

    for worker in WORKERS:
        home = runs.stack.settings.root / "machines" / worker
        logs = home / "airflow_home" / "logs"
        files = [path for path in home.rglob("*") if path.is_file() and logs not in path.parents]
        assert [path.name for path in files] == ["airflow.cfg"]
