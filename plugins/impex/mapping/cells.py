"""From the text of cells to values: trimmed, transformed, taken apart, converted and checked."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from impex.domain.column import Column, ColumnType, OnEmpty
from impex.domain.formulas import ESCAPED
from impex.domain.group import Descriptor
from impex.domain.issue_codes import Code
from impex.mapping.checks import Check, Lost, Slot
from impex.mapping.conversion import converted, plain_value
from impex.mapping.extraction import extracted
from impex.mapping.layers import Layers
from impex.mapping.limits import exceeded
from impex.mapping.lists import ELEMENT, PART, Explosion, as_json, elements
from impex.mapping.nils import NILS
from impex.mapping.transforms import CellTransform, load_function
from impex.mapping.values import Fault

_TEXTS = (ColumnType.TEXT, ColumnType.ENUM, ColumnType.JSON)


class Cells:
    """Reads the cells of one descriptor.

    Attributes:
        keys: The cells that make up the key of a record.
    """

    def __init__(self, descriptor: Descriptor, transforms: Path) -> None:
        """Start without a column.

        Args:
            descriptor: What is common to its columns counts.
            transforms: Directory of the user's functions.
        """
        self.keys: list[Slot] = []
        self._key = descriptor.key
        self._unescapes = descriptor.unescapes
        self._explodes = any(column.explode for column in descriptor.columns)
        self._explosion: Explosion | None = None
        self._functions = transforms
        self._transforms: list[CellTransform] = []
        self._layers = Layers()
        self._checks: list[Check] = []
        self._output = ["line"]
        self._output += [PART] if descriptor.has_parts else []
        self._output += [NILS] if descriptor.has_nils else []

    def add(self, name: str, column: Column, fields: Sequence[int]) -> None:
        """Add a column that is read from these fields, one for each of its sources.

        Raises:
            ConfigError: Its function is missing, or its default is no value that a cell can have.
        """
        for number, (source, field) in enumerate(zip(column.sources, fields, strict=True), 1):
            slot_name = name if number == 1 else f"{name}_{number}"
            self._add_slot(Slot(slot_name, replace(column, sources=(source,)), str(field)))

    def add_value(self, name: str, value: pl.Expr) -> None:
        """Add a column of the result."""
        self._layers.keep(name, value)
        self._output.append(name)

    def read(self, batch: pl.DataFrame, lost: list[Lost]) -> pl.DataFrame:
        """Return the good rows, typed; the others go to ``lost``.

        Raises:
            FileFaultError: A function of the user returned something that cannot be used.
        """
        for transform in self._transforms:
            batch = transform.over(batch)
        if self._explosion:
            batch, empty = self._explosion.rows(batch)
            lost.append(empty)
        rows = self._layers.over(batch)
        good = rows.select(self._output)
        if self._checks:
            flags = [check.flag for check in self._checks if check.flag]
            # Of an empty cell nobody knows whether it is wrong, so it is not.
            bad = rows.select(pl.any_horizontal(flags).fill_null(value=False)).to_series()
            if bad.any():
                lost.append(Lost(rows.filter(bad), self._checks))
                good = good.filter(~bad)
        return good

    def _add_slot(self, slot: Slot) -> None:
        """Add the value of a cell, and what may be wrong with it."""
        column, cell = slot.column, self._told(slot)
        failed = None
        if column.transform:
            cell, failed = self._transformed(slot, cell, column.transform)
        text: pl.Expr = pl.when(cell != "").then(cell)
        if column.explode:
            makes_a_row = pl.lit(self._makes_a_row(column))
            self._explosion = Explosion(
                slot, text, makes_a_row if failed is None else failed | makes_a_row
            )
            slot, text = replace(slot, shown=ELEMENT), pl.col(ELEMENT)
        else:
            text = self._keep(slot, "cell", text)
        if column.to in self._key:
            self.keys.append(slot)
        part, empty, faults = self._part(slot, text)
        value = converted(part, column, partial(self._keep, slot))
        final = value.text
        if column.on_empty is OnEmpty.DEFAULT:
            default = pl.lit(plain_value(column.default or "", column))
            final = pl.when(empty).then(default).otherwise(final)
        self.add_value(slot.name, final)
        if column.currency_to and value.currency is not None:
            currency = pl.when(pl.col(slot.name).is_not_null()).then(value.currency)
            self.add_value(f"{slot.name}_currency", currency)
        for fault in (*faults, *value.faults, *exceeded(part, value.text, column)):
            where = fault.where if failed is None else fault.where & ~failed
            self._check(slot, replace(fault, where=where))

    def _told(self, slot: Slot) -> pl.Expr:
        """Return what a cell says, without what only surrounds it."""
        cell = pl.col(slot.shown)
        if slot.column.trim:
            cell = cell.str.strip_chars()
        if self._unescapes and slot.column.type in _TEXTS:
            cell = pl.when(cell.str.contains(ESCAPED)).then(cell.str.slice(1)).otherwise(cell)
        return cell

    def _makes_a_row(self, column: Column) -> bool:
        """Tell whether a list without elements does, for a default or for a fault.

        That every key is required does not mean that every list must have elements.
        """
        wanted = column.required or column.on_empty is OnEmpty.ERROR
        return (wanted and column.to not in self._key) or column.on_empty is OnEmpty.DEFAULT

    def _transformed(self, slot: Slot, cell: pl.Expr, name: str) -> tuple[pl.Expr, pl.Expr]:
        """Let the user's function change the cells; return them, and where it failed."""
        text, failure = f"text of {slot.name}", f"failure of {slot.name}"
        function = load_function(self._functions, name)
        self._transforms.append(CellTransform(function, name, cell, text, failure))
        failed = pl.col(failure).is_not_null()
        self._check(slot, Fault(Code.TRANSFORM_FAILED, f"makes {name} fail with ", failed), failure)
        return pl.col(text), failed

    def _part(self, slot: Slot, text: pl.Expr) -> tuple[pl.Expr, pl.Expr, list[Fault]]:
        """Return the part of the text that counts, where there is none, and what is wrong."""
        column, part, empty, faults = slot.column, text, text.is_null(), []
        if column.regex:
            found = self._keep(slot, "part", extracted(text, column.regex))
            part = pl.when(found != "").then(found)
            missed = text.is_not_null() & part.is_null()
            faults.append(Fault(Code.PATTERN_MISMATCH, "does not match the pattern", missed))
        if column.split and not column.explode:
            listed = self._keep(slot, "list", elements(part, column.split))
            part = pl.when(listed.list.len() > 0).then(as_json(listed))
            empty |= listed.list.len() == 0
        if column.required or column.on_empty is OnEmpty.ERROR:
            faults.insert(0, Fault(Code.EMPTY_VALUE, "is empty", empty))
        return part, empty, faults

    def _keep(self, slot: Slot, label: str, value: pl.Expr) -> pl.Expr:
        return self._layers.keep(f"{label} of {slot.name}", value)

    def _check(self, slot: Slot, fault: Fault, reason: str | None = None) -> None:
        flag = f"fault {len(self._checks) + 1}"
        self._layers.keep(flag, fault.where)
        shared = self._explodes and not slot.column.explode
        self._checks.append(
            Check(fault.code, fault.what, slot, flag, reason, pii=slot.column.pii, once=shared)
        )
