"""Pictures of runs: rows by outcome, and how long each took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from impex.domain.report import RunReport

HEIGHT: Final = 120
STEP: Final = 30
_WIDTH: Final = 22
_OUTCOMES: Final = ("unchanged", "inserted", "updated", "deleted", "skipped", "rejected")


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a column, in pixels from the upper left corner.

    Attributes:
        kind: Which colour it has.
        label: What it says when it is pointed at.
    """

    x: int
    y: float
    width: int
    height: float
    kind: str
    label: str


def outcomes(reports: Sequence[RunReport]) -> list[Bar]:
    """Return what became of the rows of each run, the oldest at the left.

    Args:
        reports: Of runs of a group, the newest first.
    """
    most = max((report.totals.read for report in reports), default=0)
    return [bar for n, report in enumerate(reversed(reports)) for bar in _stack(n, report, most)]


def durations(reports: Sequence[RunReport]) -> list[Bar]:
    """Return how long each run took that has ended, in the same places."""
    times = [
        (n, report, (report.finished - report.started).total_seconds())
        for n, report in enumerate(reversed(reports))
        if report.finished
    ]
    most = max((seconds for _, _, seconds in times), default=0)
    return [
        _bar(n, 0, seconds / most, "took", f"Run {report.run} took {seconds:.1f} seconds")
        for n, report, seconds in times
        if seconds > 0
    ]


def _stack(number: int, report: RunReport, most: int) -> Iterator[Bar]:
    below = 0.0
    counts = report.totals.by_fate()
    for outcome in _OUTCOMES:
        if counts[outcome]:
            part = counts[outcome] / most
            yield _bar(
                number, below, part, outcome, f"Run {report.run}: {counts[outcome]:,} {outcome}"
            )
            below += part


def _bar(number: int, below: float, part: float, kind: str, label: str) -> Bar:
    """Return a bar; ``below`` and ``part`` are parts of the whole height."""
    height = round(part * HEIGHT, 1)
    return Bar(number * STEP, round(HEIGHT * (1 - below) - height, 1), _WIDTH, height, kind, label)
