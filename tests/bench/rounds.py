"""Cases side by side: round after round, each time with another one first."""

import sys
from collections.abc import Callable, Mapping, Sequence

from tests.bench.figure import Figure
from tests.bench.processes import Sample

Case = Callable[[], Sample]
Samples = Mapping[str, Sequence[Sample]]


def interleaved(what: str, cases: Mapping[str, Case], rounds: int = 3) -> Samples:
    """Run all cases once per round, in turning order; print each sample as it comes."""
    print(what, file=sys.stderr)
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(rounds):
        turn = number % len(cases)
        for name in [*cases][turn:] + [*cases][:turn]:
            sample = cases[name]()
            samples[name].append(sample)
            told = f"{name}: {sample.seconds:.2f} s, {sample.peak_rss_mb:.0f} MB"
            print(f"  round {number + 1}, {told}", file=sys.stderr)
    return samples


def fastest(samples: Sequence[Sample]) -> float:
    """Return the seconds of the fastest run: what else the machine did slowed it least."""
    return min(sample.seconds for sample in samples)


def peak(samples: Sequence[Sample]) -> float:
    """Return the most megabytes that any run has used."""
    return max(sample.peak_rss_mb for sample in samples)


def beside(name: str, samples: Samples, reference: str, bar: float | None = None) -> Figure:
    """Return our seconds beside those of a reference; ``ours`` is the name of our case."""
    ours = samples["ours"]
    return Figure(name, fastest(ours), "s", fastest(samples[reference]), bar, peak(ours))
