"""A descriptor compiled into expressions: text columns in, typed columns and issues out."""

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import polars as pl

from impex.domain.constants import Facts
from impex.domain.group import Descriptor
from impex.domain.issue_codes import Code
from impex.domain.issues import MASK, Effect, Issue
from impex.mapping.binding import Binding
from impex.mapping.cells import Cells
from impex.mapping.checks import Check, Lost, describe
from impex.mapping.constant_values import constant_value
from impex.mapping.nils import Nils
from impex.mapping.selection import selected
from impex.mapping.transforms import RowTransform, load_function


@dataclass(frozen=True, slots=True)
class Mapped:
    """A typed batch; every row that went in, or that a list made, is good, rejected or skipped.

    Attributes:
        frame: The good rows, all columns but the numbers text, null where the cell was empty:
            ``line``, then ``part``, which tells apart the rows of a line, if the descriptor has
            parts, and ``nil`` if it has nils; then for each column of the descriptor its ``c1`` … ``cn``, followed
            by ``c1_2`` … for further sources and by ``c1_currency`` where the currency is kept.
        issues: All faults of all other rows but those that are for other descriptors, in line
            order.
        rejected: Number of bad rows.
        skipped: Number of rows left out on purpose.
    """

    frame: pl.DataFrame
    issues: list[Issue]
    rejected: int
    skipped: int


class CompiledMapping:
    """The mapping of one descriptor over one file."""

    def __init__(
        self, descriptor: Descriptor, binding: Binding, facts: Facts, transforms: Path
    ) -> None:
        """Compile the columns.

        Args:
            descriptor: Its columns, in order, become ``c1`` … ``cn``.
            binding: Has the fields of all columns that are no constants.
            facts: What constants may tell.
            transforms: Directory of the user's functions.

        Raises:
            ConfigError: A function of the user is missing, or a default fits no cell.
        """
        self._cells = Cells(descriptor, transforms)
        for number, column in enumerate(descriptor.columns, 1):
            if column.constant is None:
                self._cells.add(f"c{number}", column, binding.fields[column.name])
            else:
                value = constant_value(column.constant, facts.texts())
                self._cells.add_value(f"c{number}", value)
        self._nils = Nils(descriptor, binding) if descriptor.has_nils else None
        self._transform = None
        if descriptor.transform:
            function = load_function(transforms, descriptor.transform)
            self._transform = RowTransform(function, descriptor.transform, binding.names)
        self._pii = any(column.pii for column in descriptor.columns)
        self._only = [selected(pl.col(str(number)), masks) for number, masks in binding.only]
        self._others = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the rows so far, in sentences."""
        if not self._others:
            return ()
        return (f"{self._others:,} rows are not among those that `only` names; they are skipped",)

    def apply(self, batch: pl.DataFrame) -> Mapped:
        """Type a batch of ``line`` and text columns ``"1"`` … ``"n"``.

        Raises:
            FileFaultError: A function of the user returned something that cannot be used.
        """
        lost: list[Lost] = []
        height = batch.height
        batch = self._nils.told(batch) if self._nils else batch
        batch = batch.filter(self._only) if self._only else batch
        others = height - batch.height
        self._others += others
        if self._transform:
            batch = self._transformed(batch, self._transform, lost)
        frame = self._cells.read(batch, lost)
        issues = chain.from_iterable(describe(rows, self._cells.keys) for rows in lost)
        counts = {
            effect: sum(part.rows.height for part in lost if part.effect is effect)
            for effect in Effect
        }
        return Mapped(
            frame,
            sorted(issues, key=lambda issue: issue.line),
            counts[Effect.REJECTED],
            counts[Effect.SKIPPED] + others,
        )

    def masked(self, issue: Issue) -> Issue:
        """Return an issue of a record that could not be taken apart, without personal data."""
        return replace(issue, value=MASK) if self._pii and issue.value else issue

    def _transformed(
        self, batch: pl.DataFrame, transform: RowTransform, lost: list[Lost]
    ) -> pl.DataFrame:
        """Let the user's function change the rows; those that it does not return are lost."""
        done = transform.over(batch)
        failed = Check(
            Code.TRANSFORM_FAILED,
            f"{transform.name} failed with ",
            reason="failure",
            pii=self._pii,
        )
        left_out = Check(Code.LEFT_OUT, f"{transform.name} left the row out")
        lost.append(Lost(done.failed, [failed]))
        lost.append(Lost(done.left_out, [left_out], Effect.SKIPPED))
        return done.rows
