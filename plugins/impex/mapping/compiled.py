"""A descriptor compiled into expressions: text columns in, typed columns and issues out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from impex.domain.group import Column, ColumnType, Descriptor, OnEmpty
from impex.domain.issues import VALUE_LIMIT, Code, Issue
from impex.mapping.conversion import CONVERSIONS
from impex.mapping.extraction import extracted


@dataclass(frozen=True, slots=True)
class Mapped:
    """A typed batch.

    Attributes:
        frame: ``line`` and ``c1`` … ``cn``, one text column per column of the descriptor, in its
            order; null where the cell was empty. The good rows only.
        issues: All faults of all bad rows, in line order.
        rejected: Number of bad rows.
    """

    frame: pl.DataFrame
    issues: list[Issue]
    rejected: int


@dataclass(frozen=True, slots=True)
class _Check:
    """One way in which a cell may be wrong; ``flag`` names the column that says so."""

    flag: str
    column: Column
    code: Code
    message: str


class CompiledMapping:
    """The mapping of one descriptor over files of one header."""

    def __init__(self, descriptor: Descriptor, fields: Mapping[str, int]) -> None:
        """Compile the columns.

        Args:
            descriptor: Its columns, in order, become ``c1`` … ``cn``.
            fields: 1-based field number of each column that comes from the file, see ``bind``.
        """
        self._key = [c for c in descriptor.columns if c.to in descriptor.key]
        self._fields = fields
        self._parts: list[pl.Expr] = []
        self._values: list[pl.Expr] = []
        self._checks: list[_Check] = []
        self._flags: list[pl.Expr] = []
        for number, column in enumerate(descriptor.columns, 1):
            self._compile(column, f"c{number}")

    def apply(self, batch: pl.DataFrame) -> Mapped:
        """Type a batch of ``line`` and text columns ``"1"`` … ``"n"``."""
        typed = batch.with_columns(self._parts).with_columns(self._values).with_columns(self._flags)
        if not self._checks:
            return Mapped(typed.select("line", *self._names()), [], 0)
        bad = typed.filter(pl.any_horizontal(check.flag for check in self._checks))
        if bad.height == 0:
            return Mapped(typed.select("line", *self._names()), [], 0)
        good = typed.filter(~pl.any_horizontal(check.flag for check in self._checks))
        issues = sorted(self._issues(bad), key=lambda issue: issue.line)
        return Mapped(good.select("line", *self._names()), issues, bad.height)

    def _names(self) -> list[str]:
        return [f"c{number}" for number in range(1, len(self._values) + 1)]

    def _compile(self, column: Column, name: str) -> None:
        """Add the value and the checks of one column."""
        if column.constant is not None:
            self._values.append(pl.lit(column.constant, pl.String).alias(name))
            return
        cell = pl.col(str(self._fields[column.name]))
        if column.trim:
            cell = cell.str.strip_chars()
        text = pl.when(cell != "").then(cell)
        part = self._part(column, name, text)
        conversion = CONVERSIONS[column.type]
        value = conversion.value(part, column)
        if column.on_empty is OnEmpty.DEFAULT:
            default = conversion.value(pl.lit(column.default), column)
            self._values.append(pl.when(text.is_null()).then(default).otherwise(value).alias(name))
        else:
            self._values.append(value.alias(name))
        self._check(column, name, text, part)

    def _part(self, column: Column, name: str, text: pl.Expr) -> pl.Expr:
        """Return the part of the cell that counts; a pattern is matched once and kept."""
        if column.regex is None:
            return text
        kept = f"part of {name}"
        self._parts.append(extracted(text, column.regex).alias(kept))
        return pl.col(kept)

    def _check(self, column: Column, name: str, text: pl.Expr, part: pl.Expr) -> None:
        """Add what may be wrong with the column's cells."""
        conversion = CONVERSIONS[column.type]
        if column.required or column.on_empty is OnEmpty.ERROR:
            self._add(column, Code.EMPTY_VALUE, "is empty", text.is_null())
        if column.regex:
            mismatch = text.is_not_null() & (part.is_null() | (part == ""))
            self._add(column, Code.PATTERN_MISMATCH, "does not match the pattern", mismatch)
        if column.type is not ColumnType.TEXT:
            what = conversion.what
            if column.scale is not None:
                what += f" with at most {column.scale} decimals"
            wrong = part.is_not_null() & (part != "") & pl.col(name).is_null()
            self._add(column, conversion.code, what, wrong)
        if column.max_length is not None:
            what = f"is longer than {column.max_length} characters"
            too_long = (part.str.len_chars() > column.max_length).fill_null(value=False)
            self._add(column, Code.TOO_LONG, what, too_long)

    def _add(self, column: Column, code: Code, message: str, flag: pl.Expr) -> None:
        check = _Check(f"bad{len(self._checks)}", column, code, message)
        self._checks.append(check)
        self._flags.append(flag.alias(check.flag))

    def _issues(self, bad: pl.DataFrame) -> Iterator[Issue]:
        """Describe every fault of the bad rows."""
        for check in self._checks:
            source = str(self._fields[check.column.name])
            for row in bad.filter(check.flag).iter_rows(named=True):
                value = str(row[source])[:VALUE_LIMIT]
                yield Issue(
                    check.code,
                    line=row["line"],
                    column=check.column.origin,
                    value=value,
                    message=_sentence(check, value),
                    key=self._record_key(row),
                )

    def _record_key(self, row: Mapping[str, object]) -> str:
        """Render the record's key as it stands in the file."""
        pairs = [
            f"{c.to}={row[str(self._fields[c.name])]}" for c in self._key if c.name in self._fields
        ]
        return ", ".join(pairs)[:VALUE_LIMIT]


def _sentence(check: _Check, value: str) -> str:
    """Say what is wrong with the cell."""
    if check.code is Code.EMPTY_VALUE:
        return f"{check.column.origin} {check.message}"
    return f"{value!r} {check.message}"
