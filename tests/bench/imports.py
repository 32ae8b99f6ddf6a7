"""Imports of product files beside the floor: their time, their memory, and what they rewrite."""

from collections.abc import Iterator
from functools import partial

from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case
from tests.bench.products import File
from tests.bench.rounds import beside, fastest, interleaved, peak
from tests.bench.workload import GROUP, LARGE, SMALL, Workload, workloads

MOST_RSS_MB = 250
_LARGE = ((File.MIXED, 1.5), (File.UNCHANGED, 1.4), (File.NEW, 1.4), (File.BAD, 1.7))
_SMALL = ((File.MIXED, 1.7), (File.UNCHANGED, 2.0))


def measure() -> Iterator[Figure]:
    """Yield every kind of file beside its floor, then what has bars of another kind."""
    with workloads(LARGE, SMALL) as (large, small):
        figures = [_beside_floor(large, file, bar, rounds=3) for file, bar in _LARGE]
        yield from figures
        most = max(figure.peak_rss_mb or 0 for figure in figures)
        yield Figure(f"peak memory of these, beside {MOST_RSS_MB} MB", most, "MB", MOST_RSS_MB, 1.0)
        yield _again(large)
        yield Figure(
            f"rows rewritten by an unchanged file of {large.rows:,}",
            large.rewritten(File.UNCHANGED),
            "rows",
            reference=large.rows,
            bar=0,
        )
        for file, bar in _SMALL:
            yield _beside_floor(small, file, bar, rounds=5)


def measure_journal() -> Iterator[Figure]:
    """Yield the MERGE of a file's changes beside one that keeps no journal of them."""
    with workloads(LARGE) as (large,):

        def merge(case: str) -> Sample:
            with large.lend(large.loaded) as environment:
                return run_case([case, GROUP, str(large.sent(File.MIXED))], environment)

        name = f"MERGE of {large.rows:,} rows, mixed, with the journal beside without"
        cases = {"ours": partial(merge, "merge"), "plain": partial(merge, "plain merge")}
        yield beside(name, interleaved(name, cases), "plain")


def _beside_floor(workload: Workload, file: File, bar: float, rounds: int) -> Figure:
    cases = {"ours": partial(workload.ours, file), "floor": partial(workload.floor, file)}
    name = f"import of {workload.rows:,} rows, {file.value}"
    return beside(name, interleaved(name, cases, rounds), "floor", bar)


def _again(workload: Workload) -> Figure:
    """Import identical bytes beside the time to hash them and a second."""
    hashing = partial(run_case, ["hash", str(workload.sent(File.NEW))], {})
    name = f"import of {workload.rows:,} rows, identical bytes, beside hash + 1 s"
    samples = interleaved(name, {"ours": workload.again, "hash": hashing})
    return Figure(
        name,
        fastest(samples["ours"]),
        "s",
        reference=fastest(samples["hash"]) + 1,
        bar=1.0,
        peak_rss_mb=peak(samples["ours"]),
    )
