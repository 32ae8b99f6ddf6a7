"""Fields of which the file says that they have no value: what was there is cleared."""

import polars as pl

from impex.domain.group import Descriptor
from impex.domain.marks import NIL
from impex.mapping.binding import Binding

NILS = "nil"
"""The column of a batch that names the columns of the descriptor to be cleared: ``,c1,c4,``."""


class Nils:
    """Takes the marks of such fields out of the cells, and tells where they were."""

    def __init__(self, descriptor: Descriptor, binding: Binding) -> None:
        """Take the columns."""
        fields = {
            f"c{number}": str(binding.fields[column.name][0])
            for number, column in enumerate(descriptor.columns, 1)
            if column.constant is None
        }
        read = {number for numbers in binding.fields.values() for number in numbers}
        self._cells = sorted({str(number) for number in read.union(n for n, _ in binding.only)})
        self._told = pl.concat_str(
            pl.lit(","),
            *(pl.when(pl.col(f) == NIL).then(pl.lit(f"{name},")) for name, f in fields.items()),
            ignore_nulls=True,
        )

    def told(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the batch with ``NILS``; cells without a value are empty."""
        marked = pl.any_horizontal(pl.col(self._cells) == NIL).any()
        if not batch.select(marked).item():
            return batch.with_columns(pl.lit("").alias(NILS))
        empty = pl.col(self._cells).replace(NIL, "")
        return batch.with_columns(self._told.alias(NILS), empty)
