"""A schedule is checked before Airflow sees it."""

import datetime as dt

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from impex.config.cron_expression import cron_fault


@pytest.mark.parametrize(
    "expression",
    [
        "0 5 * * *",
        "*/15 8-18 * * mon-fri",
        "0,30 * 1,15 JAN 7",
        "@daily",
        "0 0 29 2 *",
        "5 4 31 2 1",
    ],
)
def test_usual_schedules_are_accepted(expression: str) -> None:
    """Five fields with lists, ranges, steps and names, or a word of Airflow's."""
    assert cron_fault(expression) is None


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("0 5 * *", "needs 5 fields (minute hour day month weekday) and has 4"),
        ("0 0 5 * * *", "needs 5 fields (minute hour day month weekday) and has 6"),
        ("60 * * * *", "has the minute `60`; possible are 0 to 59"),
        ("* * 0 * *", "has the day of the month `0`; possible are 1 to 31"),
        ("* * * foo *", "has the month `foo`; possible are 1 to 12"),
        ("* * * * 5-1", "has the day of the week `5-1`; possible are 0 to 7"),
        ("*/0 * * * *", "has the minute `*/0`; possible are 0 to 59"),
        ("*-5 * * * *", "has the minute `*-5`; possible are 0 to 59"),
        ("0 0 31 4,6 *", "asks for day 31 of a month that has no such day"),
        ("@dayly", "knows the words @hourly, @daily, @weekly, @monthly, @quarterly, @yearly"),
    ],
)
def test_a_schedule_that_never_runs_is_explained(expression: str, fault: str) -> None:
    """The fault names the field and what is possible."""
    assert cron_fault(expression) == fault


PART = st.from_regex(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?|mon|jan(-mar)?)(/[0-9]{1,2})?", fullmatch=True)
FIELD = st.lists(PART, min_size=1, max_size=2).map(",".join)


@given(st.lists(FIELD, min_size=5, max_size=5).map(" ".join))
def test_airflows_own_reader_understands_what_is_accepted(expression: str) -> None:
    """A group whose schedule passes here cannot break its DAG there."""
    if cron_fault(expression) is None:
        start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

        assert croniter(expression, start).get_next(float) > start.timestamp()
