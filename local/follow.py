"""Shows a DAG run live: a moving table in a terminal, else a line for each change."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.airflow_api import AirflowApi, TaskState

POLL_S = 0.7
FINAL = {"success", "failed"}
STYLES = {"success": "green", "failed": "red", "upstream_failed": "red", "running": "cyan"}


def follow(api: AirflowApi, dag_id: str, run_id: str, console: Console) -> str:
    """Return the final state of the run, having shown its tasks until then."""
    started = time.monotonic()
    with _screen(console) as show:
        while True:
            state = api.run_state(dag_id, run_id)
            elapsed = time.monotonic() - started
            show(f"{dag_id}: {state}, {elapsed:.0f} s", summaries(api.task_states(dag_id, run_id)))
            if state in FINAL:
                break
            time.sleep(POLL_S)
    console.print(f"The run ended after {elapsed:.0f} s: {state}", soft_wrap=True)
    return state


def summaries(states: Sequence[TaskState]) -> dict[str, str]:
    """One text for each task, such as ``12 success, 3 running``; a task's order is kept."""
    counted: dict[str, Counter[str]] = {}
    for one in states:
        counted.setdefault(one.task, Counter())[one.state or "waiting"] += 1
    return {
        task: ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
        for task, counts in counted.items()
    }


@contextmanager
def _screen(console: Console) -> Iterator[Callable[[str, Mapping[str, str]], None]]:
    if console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda title, tasks: live.update(_table(title, tasks), refresh=True)
    else:
        yield partial(_print_changes, console, {})


def _table(title: str, tasks: Mapping[str, str]) -> Table:
    table = Table("task", "instances", title=title, title_justify="left")
    for task, text in tasks.items():
        table.add_row(task, text, style=STYLES.get(text.split()[-1]))
    return table


def _print_changes(
    console: Console, shown: dict[str, str], _: str, tasks: Mapping[str, str]
) -> None:
    for task, text in tasks.items():
        if shown.get(task) != text and not text.endswith("waiting"):
            console.print(f"  {task}: {text}", soft_wrap=True)
    shown.update(tasks)
