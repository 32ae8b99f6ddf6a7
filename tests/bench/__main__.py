"""``python -m tests.bench [NAME]``: run the benchmarks, print a table, write build/bench.json."""

import sys
from collections.abc import Callable, Iterator

from local.settings import REPOSITORY
from tests.bench import airflow, catalogue
from tests.bench.figure import Figure, table, write

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "catalogue": catalogue.measure,
    "airflow": airflow.measure_overhead,
    "parsing": airflow.measure_parsing,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; exit code 1 if a bar is missed, 2 for an unknown name."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}")
        return 2
    figures = [figure for name in names or BENCHMARKS for figure in BENCHMARKS[name]()]
    print(table(figures))
    write(figures, REPOSITORY / "build" / "bench.json")
    missed = [f.name for f in figures if f.bar and f.ratio and f.ratio > f.bar]
    if missed:
        print(f"Missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
