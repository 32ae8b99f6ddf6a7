"""Pictures of runs: each column is as high as its rows are many."""

from datetime import UTC, datetime, timedelta

from impex.domain.report import Counts, FileReport, FileState, JobState, RunReport
from impex.web.charts import HEIGHT, STEP, Bar, durations, outcomes

START = datetime(2026, 11, 30, tzinfo=UTC)


def run(number: int, seconds: float | None, **counts: int) -> RunReport:
    """Return the report of a run of one file."""
    file = FileReport("a.csv", "a", FileState.MERGED, Counts(read=sum(counts.values()), **counts))
    finished = None if seconds is None else START + timedelta(seconds=seconds)
    return RunReport(number, "g", "a.csv", JobState.DONE, False, START, finished, (file,))


def test_outcomes_of_a_run_stand_on_each_other() -> None:
    """The largest run has the whole height, the oldest run stands at the left."""
    bars = outcomes([run(2, 1, inserted=30, rejected=10), run(1, 1, unchanged=20)])

    assert bars == [
        Bar(0, HEIGHT / 2, 22, HEIGHT / 2, "unchanged", "Run 1: 20 unchanged"),
        Bar(STEP, HEIGHT / 4, 22, HEIGHT * 3 / 4, "inserted", "Run 2: 30 inserted"),
        Bar(STEP, 0, 22, HEIGHT / 4, "rejected", "Run 2: 10 rejected"),
    ]


def test_runs_without_rows_or_end_have_no_column() -> None:
    """Their place stays empty."""
    assert outcomes([run(1, 1)]) == []
    assert durations([run(2, None), run(1, 5)]) == [
        Bar(0, 0, 22, HEIGHT, "took", "Run 1 took 5.0 seconds")
    ]
