"""Lists in a cell: a JSON array of their elements, or a row for each."""

import polars as pl

from impex.domain.issue_codes import Code
from impex.domain.issues import Effect
from impex.mapping.checks import Check, Lost, Slot

ELEMENT, PART = "element", "part"

# A list in a record of a document never has so many elements: the record would be too long.
_MOST_ELEMENTS = 1 << 24


def elements(text: pl.Expr, separator: str) -> pl.Expr:
    """Split text into elements without blanks at their ends; empty ones are dropped."""
    trimmed = pl.element().str.strip_chars()
    return text.str.split(separator).list.eval(trimmed.filter(trimmed != ""))


def as_json(listed: pl.Expr) -> pl.Expr:
    """Write lists of text as JSON arrays."""
    wrapped = pl.struct(listed.alias("x")).struct.json_encode()
    start, end = len('{"x":'), len("}")
    return wrapped.str.slice(start, wrapped.str.len_chars() - start - end)


class Explosion:
    """A row for each element of the list in one cell."""

    def __init__(self, slot: Slot, text: pl.Expr, kept: pl.Expr) -> None:
        """Take the cell.

        Args:
            slot: Its column says what stands between elements.
            text: Null where it is empty.
            kept: True in the records that make a row although there are no elements.
        """
        column = slot.column
        self._elements = elements(text, column.split or "")
        self._kept = kept
        self._check = Check(Code.EMPTY_LIST, "has no elements", slot, pii=column.pii)

    def rows(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, Lost]:
        """Return a row for each element, with ``ELEMENT`` and ``PART``, and records without any.

        Where records have parts already, those of their elements go on from them.
        """
        before = pl.col(PART) * _MOST_ELEMENTS if PART in batch.columns else pl.lit(0, pl.Int64)
        count = pl.col(ELEMENT).list.len().fill_null(0)
        makes_rows = (count > 0) | self._kept
        records = batch.with_columns(self._elements.alias(ELEMENT))
        listed = records.filter(makes_rows).with_columns(
            pl.when(count > 0).then(ELEMENT).otherwise(pl.concat_list(pl.lit(None, pl.String))),
            pl.int_ranges(
                before + 1, before + pl.max_horizontal(count, 1) + 1, dtype=pl.Int64
            ).alias(PART),
        )
        empty = Lost(records.filter(~makes_rows), [self._check], Effect.SKIPPED)
        return listed.explode(ELEMENT, PART), empty
