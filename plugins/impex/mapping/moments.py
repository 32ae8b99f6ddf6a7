"""Dates, times of day and timestamps, in ISO 8601 or in the patterns that a column declares."""

from collections.abc import Sequence

import polars as pl

from impex.domain.column import Column
from impex.domain.issue_codes import Code
from impex.mapping.values import Fault, Keep, Value

_TIMES = ("%H:%M:%S%.f", "%H:%M")
_TIMESTAMPS = (
    *(f"%Y-%m-%d {clock}{offset}" for clock in _TIMES for offset in ("", "%#z")),
    "%Y-%m-%d",
)
_LATE = 2069
# Those of four digits: ``01.09.26`` is not in the first century.
_YEARS = (1000, 9999)
_Kind = pl.Date | pl.Time | pl.Datetime
# Finer than a microsecond is more than PostgreSQL keeps, and is cut.
_CLOCK = "%H:%M:%S%.f"


def date(cell: pl.Expr, column: Column, _: Keep) -> Value:
    """Read a day."""
    patterns = column.notation.formats or ("%Y-%m-%d",)
    return Value(_in_turn(cell, patterns, pl.Date()).cast(pl.String))


def time(cell: pl.Expr, column: Column, _: Keep) -> Value:
    """Read a time of day."""
    patterns = column.notation.formats or _TIMES
    return Value(_in_turn(cell, patterns, pl.Time()).dt.to_string(_CLOCK))


def timestamp(cell: pl.Expr, column: Column, keep: Keep) -> Value:
    """Read a date and time.

    One with an offset, or with the time zone that the column declares, is told in UTC: that is what
    a table without time zones keeps of it.
    """
    patterns = column.notation.formats or _TIMESTAMPS
    if not column.notation.formats:
        cell = cell.str.replace("T", " ", literal=True)
    local = [pattern for pattern in patterns if not _tells_offset(pattern)]
    clock = keep("clock", _in_turn(cell, local, pl.Datetime("us")))
    rest = pl.when(clock.is_null()).then(cell)
    instant = _in_turn(rest, [p for p in patterns if _tells_offset(p)], pl.Datetime("us"))
    zone = column.notation.timezone
    if zone is None:
        return Value(_told(pl.coalesce(clock, instant)))
    once, first = _placed(clock, zone, "null"), _placed(clock, zone, "earliest")
    faults = (
        Fault(Code.SKIPPED_TIME, f"did not exist in {zone}", clock.is_not_null() & first.is_null()),
        Fault(Code.DOUBLED_TIME, f"was twice in {zone}", first.is_not_null() & once.is_null()),
    )
    moment = pl.coalesce(once, instant)
    near = pl.when(moment.dt.year().is_between(*_YEARS)).then(moment)
    return Value(_told(near) + "+00:00", faults)


def _tells_offset(pattern: str) -> bool:
    return "%z" in pattern or "%#z" in pattern


def _in_turn(cell: pl.Expr, patterns: Sequence[str], kind: _Kind) -> pl.Expr:
    """Read each cell with the first pattern that fits; stop as soon as all are read."""

    def read(cells: pl.Series) -> pl.Series:
        cells = cells.str.strip_chars()
        moments = _parsed(cells, patterns[0], kind)
        for pattern in patterns[1:]:
            if moments.null_count() == cells.null_count():
                break
            left = cells.set(moments.is_not_null(), None)
            moments = moments.fill_null(_parsed(left, pattern, kind))
        return moments

    return cell.map_batches(read, return_dtype=kind) if patterns else pl.lit(None, kind)


def _parsed(cells: pl.Series, pattern: str, kind: _Kind) -> pl.Series:
    moments = cells.str.strptime(kind, pattern, strict=False)
    if _tells_offset(pattern):
        moments = moments.dt.replace_time_zone(None)
    if "%y" in pattern:
        # 69 is 1969, as for Python and POSIX; Polars begins a year later.
        late = moments.dt.year() == _LATE
        moments = moments.zip_with(~late, moments.dt.offset_by("-100y"))
    if kind == pl.Time:
        return moments
    return moments.set(~moments.dt.year().is_between(*_YEARS), None)


def _placed(clock: pl.Expr, zone: str, doubled: str) -> pl.Expr:
    """Return the instant, told in UTC, at which clocks of the zone show this; null if never."""
    placed = clock.dt.replace_time_zone(zone, ambiguous=pl.lit(doubled), non_existent="null")
    return placed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _told(moment: pl.Expr) -> pl.Expr:
    return moment.dt.to_string(f"%Y-%m-%d {_CLOCK}")
