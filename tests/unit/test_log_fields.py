"""What tasks log passes through Airflow's supervisor, which has names of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"
# Arguments of `_log_to_target` in airflow.sdk.execution_time.supervisor (3.3): a field of that name
# ends the process that watches the task, and the task fails without a word.
TAKEN = {"target", "level", "msg"}


def test_no_field_has_a_name_that_airflow_s_supervisor_takes() -> None:
    """Such a task would fail, and only after it has done its work."""
    wrong = [place for path in PLUGINS.rglob("*.py") for place in _taken(path)]

    assert wrong == []


def _taken(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log")), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg in TAKEN:
                        yield f"{path.name}:{node.lineno} {keyword.arg}"
            case _:
                pass
