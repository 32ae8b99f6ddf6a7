"""What is wrong with which cells and rows, and the issues that say so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from impex.domain.column import Column
from impex.domain.issues import MASK, VALUE_LIMIT, Code, Effect, Issue


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
    """Describe every fault of the rows, in their order.

    Args:
        lost: The rows with their checks.
        keys: The cells that make up the key of a record.
    """
    needed = [(check.flag, check.reason, check.slot and check.slot.shown) for check in lost.checks]
    names = [name for names in needed for name in names if name] + [key.shown for key in keys]
    told: dict[int, int] = {}
    for row in lost.rows.select(*dict.fromkeys(["line", *names])).iter_rows(named=True):
        key, line = _key(row, keys), row["line"]
        for number, check in enumerate(lost.checks):
            if check.flag and not row[check.flag]:
                continue
            if not check.once or told.get(number) != line:
                yield _issue(row, check, lost.effect, key)
            told[number] = line


def _issue(row: dict[str, Any], check: Check, effect: Effect, key: str) -> Issue:
    cell = (row[check.slot.shown] or "") if check.slot else ""
    reason = row[check.reason] if check.reason else ""
    return Issue(
        check.code,
        line=row["line"],
        column=check.slot.column.origin if check.slot else "",
        value=f"{MASK} ({len(cell)} characters)" if check.pii and cell else cell[:VALUE_LIMIT],
        message=_sentence(check, cell, reason),
        key=key,
        effect=effect,
    )


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


def _key(row: dict[str, Any], keys: Sequence[Slot]) -> str:
    """Render the record's key as it stands in the file."""
    pairs = [f"{key.column.to}={MASK if key.column.pii else row[key.shown] or ''}" for key in keys]
    return ", ".join(pairs)[:VALUE_LIMIT]
