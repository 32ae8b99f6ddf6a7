"""What Airflow's plugin manager runs of this project: two files and nothing else."""

import sys
from pathlib import Path

from airflow.plugins_manager import AirflowPlugin  # noqa: F401 - prepares the manager's modules

from local.settings import REPOSITORY

PLUGINS = REPOSITORY / "plugins"


def test_airflow_loads_the_two_plugin_files_only() -> None:
    """Every other module stays a normal package import, and the standard library is untouched."""
    from airflow._shared.plugins_manager.plugins_manager import (  # noqa: PLC0415 - after conftest
        _load_plugins_from_plugin_directory,
    )

    standard = {name: sys.modules.get(name) for name in ("csv", "json", "types", "queue")}
    before = set(sys.modules)

    plugins, errors = _load_plugins_from_plugin_directory(
        plugins_folder=str(PLUGINS), load_examples=False, ignore_file_syntax="glob"
    )

    ours = {
        name
        for name in set(sys.modules) - before
        if "." not in name and str(PLUGINS) in str(getattr(sys.modules[name], "__file__", ""))
    }
    assert errors == {}
    assert sorted(plugin.name for plugin in plugins) == ["impex", "orders"]
    assert ours <= {"impex", "orders", "impex_plugin", "orders_plugin"}
    assert standard == {name: sys.modules.get(name) for name in standard}


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    """Were the ignore file lost, a module of that name would replace the standard one."""
    stems = {path.stem for path in PLUGINS.rglob("*.py")} - {"__init__", "__main__"}

    assert stems & sys.stdlib_module_names == set()


def test_the_plugin_files_stay_without_weight() -> None:
    """They run in every task process, so they import Airflow's base class, and no room of ours."""
    for path in PLUGINS.glob("*/*_plugin.py"):
        imports = {
            line for line in path.read_text().splitlines() if line.startswith(("import", "from"))
        }

        assert imports - {"from typing import Any"} == {
            "from airflow.plugins_manager import AirflowPlugin"
        }, Path(path)
