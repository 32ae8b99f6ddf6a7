"""What a row costs, and how much memory a file needs, as files grow."""

from collections.abc import Iterator
from functools import partial

from tests.bench.figure import Figure
from tests.bench.products import File
from tests.bench.rounds import fastest, interleaved, peak
from tests.bench.workload import HUGE, LARGE, SMALL, workloads


def measure() -> Iterator[Figure]:
    """Yield time per row, distance to the floor and memory of a large file beside a small one."""
    with workloads(SMALL, LARGE) as (small, large):
        samples = interleaved(
            "growth",
            {
                "small": partial(small.ours, File.MIXED),
                "large": partial(large.ours, File.MIXED),
                "small floor": partial(small.floor, File.MIXED),
                "large floor": partial(large.floor, File.MIXED),
            },
        )
    seconds = {name: fastest(runs) for name, runs in samples.items()}
    sizes = f"{large.rows:,} rows beside {small.rows:,}"
    yield Figure(
        f"time per row, {sizes}",
        seconds["large"] / large.rows * 1e6,
        "us",
        reference=seconds["small"] / small.rows * 1e6,
        bar=1.2,
    )
    yield Figure(
        f"ratio to the floor, {sizes}",
        seconds["large"] / seconds["large floor"],
        "x",
        reference=seconds["small"] / seconds["small floor"],
        bar=1.1,
    )
    yield _memory(peak(samples["large"]), peak(samples["small"]), sizes)


def measure_memory() -> Iterator[Figure]:
    """Yield the memory of a huge file beside a small one."""
    with workloads(SMALL, HUGE) as (small, huge):
        samples = interleaved(
            "memory",
            {"small": partial(small.ours, File.NEW), "huge": partial(huge.ours, File.NEW)},
            rounds=1,
        )
    sizes = f"{huge.rows:,} rows beside {small.rows:,}"
    yield _memory(peak(samples["huge"]), peak(samples["small"]), sizes)


def _memory(large: float, small: float, sizes: str) -> Figure:
    return Figure(f"peak memory, {sizes}", large, "MB", reference=small, bar=1.1)
