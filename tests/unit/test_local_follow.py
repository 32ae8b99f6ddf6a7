"""What the demonstration says about the tasks of a run."""

import io

from rich.console import Console

from local.airflow_api import TaskState
from local.follow import summaries
from local.progress import Progress


def test_instances_of_one_task_are_counted_by_state() -> None:
    """A mapped task is one line, in the order in which tasks started."""
    states = [
        TaskState("plan", "success"),
        TaskState("stage", "success"),
        TaskState("stage", "running"),
        TaskState("stage", "success"),
        TaskState("settle", ""),
    ]

    assert summaries(states) == {
        "plan": "1 success",
        "stage": "1 running, 2 success",
        "settle": "1 waiting",
    }


def test_a_log_file_gets_each_step_once() -> None:
    """Without a terminal, repeating a step prints nothing and no control characters appear."""
    output = io.StringIO()

    with Progress(Console(file=output)) as progress:
        progress.doing("Starting PostgreSQL")
        progress.doing("Starting Airflow")
        progress.doing("Starting Airflow")

    assert output.getvalue() == "Starting PostgreSQL\nStarting Airflow\n"
