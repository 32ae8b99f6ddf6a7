"""What is wrong with which cells and rows, and the issues that say so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from impex.domain.column import Column
from impex.domain.issue_codes import Code
from impex.domain.issues import MASK, VALUE_LIMIT, Effect, Issue


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell that is read for a column.

    Attributes:
        name: Of the column of the result.
        column: With the only source that is read here.
        shown: The column of a batch that holds the cell as a person finds it in the file.
    """

    name: str
    column: Column
    shown: str


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which a cell or a row may be wrong.

    Attributes:
        what: Ends the sentence that begins with the value, if there is a slot.
        slot: Whose cell; None for the whole row.
        flag: The column of a batch that is true where it is wrong; None for all rows.
        reason: The column of a batch that goes on where ``what`` ends.
        pii: Whether nothing of the value may be told.
        once: Whether all rows of a record share the cell, so that one issue tells of it.
    """

    code: Code
    what: str
    slot: Slot | None = None
    flag: str | None = None
    reason: str | None = None
    pii: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Rows that are not applied, and why."""

    rows: pl.DataFrame
    checks: Sequence[Check]
    effect: Effect = Effect.REJECTED


def describe(lost: Lost, keys: Sequence[Slot]) -> Iterator[Issue]:
    """Describe every fault of the rows: check by check, each in the order of the rows.

    Args:
        lost: The rows with their checks.
        keys: The cells that make up the key of a record.
    """
    rows = lost.rows
    lines, records = rows["line"].to_list(), _keys(rows, keys)
    for check in lost.checks:
        flags = rows[check.flag] if check.flag else pl.repeat(True, rows.height, eager=True)
        if not flags.any():
            continue
        column, shown = (s.column.origin, s.shown) if (s := check.slot) else ("", None)
        cells, reasons = _texts(rows, shown), _texts(rows, check.reason)
        told = 0
        for faulty, line, cell, reason, record in zip(
            flags.to_list(), lines, cells, reasons, records, strict=True
        ):
            if not faulty or (check.once and line == told):
                continue
            told, value, what = line, _value(check, cell), _sentence(check, cell, reason)
            yield Issue(check.code, line, column, value, what, record, lost.effect)


def _texts(rows: pl.DataFrame, name: str | None) -> list[str]:
    """Return a column of text; without one, as many empty texts."""
    return rows[name].fill_null("").to_list() if name else [""] * rows.height


def _keys(rows: pl.DataFrame, keys: Sequence[Slot]) -> list[str]:
    """Render the keys of records as they stand in the file."""
    parts = [
        [f"{key.column.to}={MASK if key.column.pii else cell}" for cell in _texts(rows, key.shown)]
        for key in keys
    ]
    if not parts:
        return _texts(rows, None)
    return [", ".join(record)[:VALUE_LIMIT] for record in zip(*parts, strict=True)]


def _value(check: Check, cell: str) -> str:
    """Return what may be told of a cell."""
    return f"{MASK} ({len(cell)} characters)" if check.pii and cell else cell[:VALUE_LIMIT]


def _sentence(check: Check, cell: str, reason: str) -> str:
    """Say what is wrong."""
    if check.pii:
        # The message of a failure may quote the value; the kind of failure does not.
        reason = reason.partition(":")[0]
    if check.slot is None:
        return check.what + reason
    if check.code is Code.EMPTY_VALUE:
        subject = check.slot.column.origin
    else:
        subject = "the value" if check.pii else repr(cell[:VALUE_LIMIT])
    return f"{subject} {check.what}{reason}"
