"""Which patterns for dates and times the configuration takes, and which the importer can read."""

from itertools import combinations

import polars as pl
import pytest
from polars.exceptions import ComputeError

from impex.config.literals import format_fault
from impex.domain.column import ColumnType

DAYS = ("%Y-%m-%d", "%j %y", "%d %b %Y", "%a %d %B %y")
CLOCKS = [
    "".join(f" %{letter}" for letter in letters)
    for count in range(7)
    for letters in combinations("HIpMSz", count)
]


@pytest.mark.parametrize("day", DAYS)
def test_the_configuration_takes_exactly_the_formats_that_the_importer_can_read(day: str) -> None:
    """Whatever parts of a time stand beside the day, a pattern never fails during an import."""
    taken = [clock for clock in CLOCKS if format_fault(day + clock, ColumnType.TIMESTAMP) is None]

    assert taken == [clock for clock in CLOCKS if _readable(day + clock)]
    assert " %H %M" in taken
    assert " %H" not in taken


def _readable(form: str) -> bool:
    try:
        pl.select(pl.lit("2026-01-31").str.to_datetime(form, strict=False))
    except ComputeError:
        return False
    return True
