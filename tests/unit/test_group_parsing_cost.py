"""Airflow parses the groups again and again: that must stay cheap."""

import subprocess
import sys
import time
from pathlib import Path

from impex.config import load_group
from tests.unit.group_files import group_text, load

PLUGINS = Path(__file__).parents[2] / "plugins"
HEAVY = ("airflow", "lxml", "numpy", "pandas", "polars", "psycopg", "pyarrow", "sqlalchemy")


def test_loading_groups_imports_nothing_heavy() -> None:
    """A DAG file that imports pandas costs seconds at every parse."""
    program = f"import sys, impex.config; print([m for m in {HEAVY} if m in sys.modules])"

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "[]\n"


def test_a_small_group_loads_in_milliseconds(tmp_path: Path) -> None:
    """A thousand of them fit into Airflow's limit of thirty seconds many times over."""
    load(tmp_path, group_text(column="{to: x, type: decimal, scale: 2, default: 1}"))
    path = tmp_path / "brands.yaml"

    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        load_group(path)
        seconds.append(time.perf_counter() - start)

    assert min(seconds) < 0.005
