"""Rows for a workbook from lines of CSV: cells become numbers and dates where those hold the value."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from impex.domain.column import Column, ColumnType
from impex.domain.errors import DataError
from impex.formats.workbook_writer import Value

# Spreadsheets count days from 1900 on, and take that for a leap year.
_FIRST_DAY = date(1900, 3, 1)
_MOST_ROWS = 1_048_576
# Digits that they keep.
_DIGITS = 15


def sheet_rows(
    columns: Sequence[Column], names: Sequence[str] | None, blocks: Iterable[bytes]
) -> Iterator[Sequence[Value]]:
    """Yield the header, if there is one, and the rows.

    Args:
        columns: What each field is.
        names: Of the fields.
        blocks: Whole lines, in UTF-8; empty fields hold nothing.

    Raises:
        DataError: They are more than a sheet holds.
    """
    if names is not None:
        yield names
    left = _MOST_ROWS - (names is not None)
    for block in blocks:
        for fields in csv.reader(io.StringIO(block.decode(), newline="")):
            if left == 0:
                raise DataError(
                    f"a sheet holds {_MOST_ROWS:,} rows and there are more; write `split_rows`"
                )
            left -= 1
            yield [_value(text, column) for text, column in zip(fields, columns, strict=True)]


def _value(text: str, column: Column) -> Value:
    """Return what a cell holds; what would be another value there stays text."""
    notation = column.notation
    if text == "" or notation.locale is not None or notation.formats or notation.yes:
        return text
    if column.type is ColumnType.INTEGER or column.type is ColumnType.DECIMAL:
        return _number(text)
    if column.type is ColumnType.BOOLEAN:
        return text == "true"
    if column.type is ColumnType.DATE:
        day = date.fromisoformat(text)
        return day if day >= _FIRST_DAY else text
    return text


def _number(text: str) -> Value:
    number = Decimal(text)
    if len(number.as_tuple().digits) > _DIGITS:
        return text
    return int(number) if number == number.to_integral_value() else float(number)
