"""Functions of the user over what an export writes: cells of columns, or rows, as text."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl
import pyarrow as pa

from impex.domain.export import Export
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Issue
from impex.formats.text_writer import Tally
from impex.mapping.transforms import CellTransform, RowTransform, load_function
from impex.services.ahead import ahead
from impex.storage.export_rows import placed
from impex.storage.selection import Selection


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The functions of one export.

    Attributes:
        width: How many fields a row has.
        cells: By the number of the field, counted from 1, the function over it.
        rows: The function over whole rows.
    """

    width: int
    cells: Sequence[tuple[int, CellTransform]]
    rows: RowTransform | None

    @classmethod
    def of(cls, export: Export, selection: Selection, directory: Path) -> Self | None:
        """Load the functions that an export names; None if it names none.

        Raises:
            ConfigError: One of them cannot be loaded.
        """
        fields = placed(selection.fields)
        cells = [
            (number, _over_cells(directory, cell.column.transform, number))
            for number, cell in enumerate(fields, 1)
            if cell.column.transform
        ]
        rows = None
        if export.transform is not None:
            function = load_function(directory, export.transform)
            rows = RowTransform(function, export.transform, [str(cell.source) for cell in fields])
        return cls(len(fields), cells, rows) if cells or rows else None

    def frames(
        self, batches: Generator[pa.RecordBatch, None, None], tally: Tally, *, flagged: bool
    ) -> Iterator[pl.DataFrame]:
        """Yield rows as the functions return them, in text columns ``"1"`` … ``"n"``.

        Args:
            batches: Rows of text.
            tally: Counts rows that are faulty, or at which a function fails.
            flagged: Whether the first field is filled in faulty rows.
        """
        columns = ["flag", *self._names] if flagged else self._names
        line = 1
        # While functions work on rows, the next ones come from the database.
        with ahead(batches) as ready:
            for batch in ready:
                read = pl.DataFrame(batch.rename_columns(columns))
                frame = read.filter(pl.col("flag").is_null()) if flagged else read
                tally.rejected += read.height - frame.height
                lines = pl.int_range(line, line + frame.height, dtype=pl.Int64)
                line += frame.height
                yield self._changed(frame.select(lines.alias("line"), *self._names), tally)

    @property
    def _names(self) -> list[str]:
        return [str(number) for number in range(1, self.width + 1)]

    def _changed(self, frame: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        for number, transform in self.cells:
            frame = transform.over(frame)
            if frame[transform.failure].count():
                failed = frame.filter(pl.col(transform.failure).is_not_null())
                for value, why in failed.select(str(number), transform.failure).iter_rows():
                    tally.reject(_failed(transform.name, value, why))
                frame = frame.filter(pl.col(transform.failure).is_null())
            frame = frame.with_columns(pl.col(transform.text).alias(str(number)))
            frame = frame.drop(transform.text, transform.failure)
        if self.rows is None:
            return frame.drop("line")
        changed = self.rows.over(frame)
        for values in changed.failed.drop("line", "row", strict=False).iter_rows():
            *cells, why = values
            tally.reject(_failed(self.rows.name, ", ".join(filter(None, cells)), why))
        return changed.rows.drop("line")


def _over_cells(directory: Path, name: str, number: int) -> CellTransform:
    function = load_function(directory, name)
    return CellTransform(function, name, pl.col(str(number)), f"{number} text", f"{number} failure")


def _failed(name: str, value: str | None, why: str) -> Issue:
    message = f"makes {name} fail with {why}"
    return Issue(Code.TRANSFORM_FAILED, value=(value or "")[:VALUE_LIMIT], message=message)
