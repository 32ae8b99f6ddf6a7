"""``python -m tests.bench [NAME]``: run the benchmarks, print a table, write build/bench.json."""

import sys
from collections.abc import Callable, Iterator

from local.settings import REPOSITORY
from tests.bench import (
    airflow,
    archives,
    catalogue,
    documents,
    exports,
    feeds,
    growth,
    imports,
    order_contents,
    order_exports,
    peers,
    pushes,
    uploads,
)
from tests.bench.figure import Figure, table, write
from tests.bench.workload import SHRINK

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "imports": imports.measure,
    "journal": imports.measure_journal,
    "growth": growth.measure,
    "documents": documents.measure,
    "exports": exports.measure,
    "zip": archives.measure,
    "peers": peers.measure,
    "catalogue": catalogue.measure,
    "feeds": feeds.measure,
    "pushes": pushes.measure,
    "order_contents": order_contents.measure,
    "order_exports": order_exports.measure,
    "uploads": uploads.measure,
    "airflow": airflow.measure_overhead,
    "parsing": airflow.measure_parsing,
}
# Takes too long to run unasked.
LONG: dict[str, Callable[[], Iterator[Figure]]] = {
    "memory": growth.measure_memory,
    "crowd": feeds.measure_crowd,
}

_RESULTS = REPOSITORY / "build" / ("bench.json" if SHRINK == 1 else "bench-shrunk.json")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; exit code 1 if a bar is missed, 2 for an unknown name."""
    known = BENCHMARKS | LONG
    unknown = set(names) - set(known)
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(known)}")
        return 2
    figures = []
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        measured = list(known[name]())
        # At once: what has been measured stays if a later benchmark fails.
        write(measured, _RESULTS)
        figures += measured
    print(table(figures))
    missed = [figure.name for figure in figures if figure.missed]
    if missed:
        print(f"Missed: {'; '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
