"""Dates, times and timestamps are read as the column says, or they are issues."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.errors import ConfigError
from impex.domain.issue_codes import Code
from tests.unit.mapped_cells import code_of, issues_of, value_of

DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31))
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001 - local times
# About zones in times long past and to come, Polars and Python may disagree.
RECENT = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - the same
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12:30", "12:30:00"),
        ("00:00:00", "00:00:00"),
        ("23:59:59.25", "23:59:59.250"),
        (" 7:05 ", "07:05:00"),
    ],
)
def test_a_time_of_day_is_read(cell: str, value: str) -> None:
    """Seconds and parts of them may be missing."""
    assert value_of(cell, type=ColumnType.TIME) == value


@pytest.mark.parametrize("cell", ["24:00", "12", "12:60", "noon", "1:05 PM", "2026-01-31 12:00"])
def test_what_is_no_time_of_day_is_an_issue(cell: str) -> None:
    """PostgreSQL takes some of these; a person may have meant something else."""
    assert code_of(cell, type=ColumnType.TIME) is Code.BAD_TIME


def test_a_time_of_day_is_read_as_its_format_says() -> None:
    """With noon and midnight right."""
    clock: dict[str, Any] = {"type": ColumnType.TIME, "format": "%I:%M %p"}

    assert value_of("1:05 PM", **clock) == "13:05:00"
    assert value_of("12:00 am", **clock) == "00:00:00"
    assert code_of("13:05", **clock) is Code.BAD_TIME


def test_several_formats_are_tried_in_turn() -> None:
    """The first that fits is taken, so their order decides what could be either."""
    several: dict[str, Any] = {
        "type": ColumnType.DATE,
        "formats": ("%d.%m.%Y", "%m/%d/%Y", "%Y%m%d"),
    }

    assert value_of("31.01.2026", **several) == "2026-01-31"
    assert value_of("01/31/2026", **several) == "2026-01-31"
    assert value_of("20260131", **several) == "2026-01-31"
    assert code_of("2026-01-31", **several) is Code.BAD_DATE
    assert value_of("02/03/2026", type=ColumnType.DATE, formats=("%d/%m/%Y", "%m/%d/%Y")) == (
        "2026-03-02"
    )


def test_a_format_with_the_whole_year_does_not_take_two_digits() -> None:
    """The next format may."""
    years: dict[str, Any] = {"type": ColumnType.DATE, "formats": ("%d.%m.%Y", "%d.%m.%y")}

    assert value_of("31.12.26", **years) == "2026-12-31"
    assert value_of("31.12.2026", **years) == "2026-12-31"


@pytest.mark.parametrize(("year", "full"), [("00", 2000), ("68", 2068), ("69", 1969), ("99", 1999)])
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_a_year_of_two_digits_is_near(kind: str, year: str, full: int) -> None:
    """As Python's strptime has it: 69 is 1969."""
    value = value_of(f"31.12.{year}", type=ColumnType(kind), format="%d.%m.%y")

    assert str(value).startswith(f"{full}-12-31")


@given(day=DAYS, form=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %B %Y", "%Y%m%d"]))
def test_every_day_is_read_back(day: date, form: str) -> None:
    """What Python writes with a format is read with it."""
    assert value_of(day.strftime(form), type=ColumnType.DATE, format=form) == day.isoformat()


@given(moment=MOMENTS, between=st.sampled_from(["T", " "]))
def test_every_local_time_is_read_back(moment: datetime, between: str) -> None:
    """To the microsecond; without a time zone it stays as it is."""
    value = value_of(moment.isoformat(between), type=ColumnType.TIMESTAMP)

    assert datetime.fromisoformat(str(value)) == moment


@given(moment=MOMENTS, offset=OFFSETS, zone=st.none() | ZONES)
def test_an_offset_of_the_value_wins(moment: datetime, offset: timezone, zone: str | None) -> None:
    """Whatever zone the column declares, the instant is that of the file, told in UTC."""
    instant = moment.replace(tzinfo=offset)

    value = value_of(instant.isoformat(), type=ColumnType.TIMESTAMP, timezone=zone)

    assert str(value).endswith("+00:00") is (zone is not None)
    assert datetime.fromisoformat(str(value)).replace(tzinfo=UTC) == instant


@given(moment=RECENT, zone=ZONES)
@example(datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin")
@example(datetime.fromisoformat("2026-10-25T02:30"), "Europe/Berlin")
@example(datetime.fromisoformat("2026-04-05T01:45"), "Australia/Lord_Howe")
def test_a_local_time_of_a_zone_is_told_in_utc(moment: datetime, zone: str) -> None:
    """If it was once and no more; else nobody can tell when it was."""
    earlier, later = (moment.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))

    issues = issues_of(moment.isoformat(), type=ColumnType.TIMESTAMP, timezone=zone)

    if earlier.utcoffset() == later.utcoffset():
        value = value_of(moment.isoformat(), type=ColumnType.TIMESTAMP, timezone=zone)
        assert datetime.fromisoformat(str(value)) == earlier
    else:
        doubled = earlier.astimezone(UTC) < later.astimezone(UTC)
        assert [i.code for i in issues] == [Code.DOUBLED_TIME if doubled else Code.SKIPPED_TIME]


@pytest.mark.parametrize(
    ("cell", "code", "message"),
    [
        ("2026-03-29 02:30", "skipped_time", "did not exist in Europe/Berlin"),
        ("2026-10-25 02:30", "doubled_time", "was twice in Europe/Berlin"),
        ("2026-10-25 25:30", "bad_timestamp", "is not a date and time"),
    ],
)
def test_a_time_that_the_clocks_skip_or_show_twice_is_an_issue(
    cell: str, code: str, message: str
) -> None:
    """Nobody can tell which instant is meant; with its offset it is clear."""
    berlin: dict[str, Any] = {"type": ColumnType.TIMESTAMP, "timezone": "Europe/Berlin"}

    (issue,) = issues_of(cell, **berlin)

    assert (issue.code, issue.message) == (Code(code), f"{cell!r} {message}")
    assert value_of("2026-10-25 02:30+01:00", **berlin) == "2026-10-25 01:30:00+00:00"


def test_formats_may_tell_an_offset_or_not() -> None:
    """Both kinds may stand in one column."""
    both: dict[str, Any] = {
        "type": ColumnType.TIMESTAMP,
        "formats": ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %z"),
        "timezone": "Europe/Berlin",
    }

    assert value_of("31.01.2026 12:00", **both) == "2026-01-31 11:00:00+00:00"
    assert value_of("31.01.2026 12:00 +0300", **both) == "2026-01-31 09:00:00+00:00"
    assert value_of("31.01.2026 12:00 +0300", **{**both, "formats": both["formats"][1:]}) == (
        "2026-01-31 09:00:00+00:00"
    )


def test_a_default_that_never_was_is_refused_before_the_first_row() -> None:
    """Every empty cell would get it."""
    default = {
        "on_empty": OnEmpty.DEFAULT,
        "default": "2026-03-29 02:30",
        "timezone": "Europe/Berlin",
    }

    with pytest.raises(ConfigError, match="'2026-03-29 02:30' is no timestamp"):
        value_of("", type=ColumnType.TIMESTAMP, **default)


def test_times_are_cut_to_microseconds() -> None:
    """PostgreSQL keeps no more, and some programs write seven digits."""
    assert value_of("2026-01-31 12:00:00.1234567", type=ColumnType.TIMESTAMP) == (
        "2026-01-31 12:00:00.123456"
    )
    assert time.fromisoformat(str(value_of("12:00:00.1234567", type=ColumnType.TIME))) == time(
        12, 0, 0, 123456
    )
