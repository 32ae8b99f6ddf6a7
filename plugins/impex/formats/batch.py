"""What every reader yields, whatever kind of file it reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect, Issue

MOST_COLUMNS = 10_000
# Of a batch, so that many columns times many short records fit the memory too.
MOST_CELLS = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file.

    Attributes:
        frame: One row per good record: ``line`` (Int64) and text columns ``"1"`` … ``"n"``. Of XML,
            where several records may begin on one line, also ``part``: which of them it is.
        read: Number of records read: good, bad and left out; blank lines and comments are none.
        issues: Faults of the bad ones, and why others are left out.
        kind: Number of the kind of record, where a file has several.
    """

    frame: pl.DataFrame
    read: int
    issues: list[Issue] = field(default_factory=list)
    kind: int = 0


def check_width(columns: int, line: int) -> None:
    """Raise if a file has more columns than anybody means."""
    if columns > MOST_COLUMNS:
        message = f"the record has {columns} fields; at most {MOST_COLUMNS} are allowed"
        raise FileFaultError(Issue(Code.TOO_MANY_COLUMNS, line=line, message=message))


def total_row_issue(line: int, record: str) -> Issue:
    """Tell that the last record is left out because it holds totals."""
    message = "the last record holds totals and is left out"
    value = record[:VALUE_LIMIT]
    return Issue(Code.TOTAL_ROW, line=line, value=value, message=message, effect=Effect.SKIPPED)


def last_marked(items: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Yield each item and whether it is the last, one behind."""
    iterator = iter(items)
    held = next(iterator, None)
    if held is None:
        return
    for item in iterator:
        yield held, False
        held = item
    yield held, True
