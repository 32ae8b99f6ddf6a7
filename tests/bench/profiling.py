"""``python -m tests.bench.profiling``: where the time of one import goes, in Python and in SQL."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import yappi
from psycopg import Connection

from impex.config import load_group
from impex.domain.job import Request
from impex.files.store import FileStore
from impex.services.import_package import import_package
from impex.services.resources import Resources
from tests.bench.products import File
from tests.bench.watching import watched
from tests.bench.workload import GROUP, GROUPS, SMALL, workloads

_ROWS = 2 * SMALL
_FUNCTIONS = 25
_STATEMENTS = 20
_WIDTH = 90


class Stopwatch:
    """Adds up how often and for how many seconds each kind of statement ran."""

    def __init__(self) -> None:
        """Start at zero."""
        self._spent: dict[str, tuple[int, float]] = {}

    @contextmanager
    def watch(self, text: str, _: Connection[Any]) -> Iterator[None]:
        """Count one statement; the names of staging tables make no difference."""
        start = time.perf_counter()
        yield
        kind = re.sub(r"f\d+_\d+", "f…", " ".join(text.split()))[:_WIDTH]
        count, seconds = self._spent.get(kind, (0, 0.0))
        self._spent[kind] = count + 1, seconds + time.perf_counter() - start

    def lines(self) -> Iterator[str]:
        """Yield the kinds, those that took longest first."""
        by_time = sorted(self._spent.items(), key=lambda item: -item[1][1])
        for kind, (count, seconds) in by_time[:_STATEMENTS]:
            yield f"{seconds:8.3f} s {count:6} x  {kind}"


def main() -> None:
    """Profile an import of a mixed file and print what took longest."""
    stopwatch = Stopwatch()
    with (
        workloads(_ROWS) as (workload,),
        workload.lend(workload.loaded) as environment,
        watched(environment["IMPEX_DSN"], stopwatch.watch) as database,
    ):
        file = workload.sent(File.MIXED)
        resources = Resources(FileStore(environment["IMPEX_FILES"]), database)
        group = load_group(GROUPS / f"{GROUP}.yaml")
        resources.store.put_file(file, key := f"uploads/bench/{file.name}")
        yappi.set_clock_type("cpu")
        with yappi.run(builtins=True):
            report = import_package(resources, group, key, Request("profile"))
    print(f"{_ROWS:,} rows, mixed: {report.state.value}, {report.totals.by_fate()}\n")
    print("\n".join(_functions()))
    print("\n".join(stopwatch.lines()))


def _functions() -> Iterator[str]:
    """Yield the functions of all threads, those that used most CPU by themselves first."""
    for function in islice(yappi.get_func_stats().sort("tsub"), _FUNCTIONS):
        yield f"{function.tsub:8.3f} s {function.ncall:6} x  {function.full_name[-_WIDTH:]}"


if __name__ == "__main__":
    main()
