"""Rules about the values that a column writes down: constants, defaults and limits."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from impex.config.column_models import ColumnModel
from impex.config.findings import shown
from impex.config.literals import literal_fault
from impex.config.suggestions import suggest
from impex.domain.column import ColumnType
from impex.domain.constants import SAMPLES, sample

Fault = tuple[str, str, str]
"""The option, what is wrong, what to do."""

NUMBERS: Final = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY)

# What somebody meant as a placeholder; ``${1}`` and ``${}`` are ordinary text.
_MEANT: Final = re.compile(r"\$\{([A-Za-z_][\w -]*)\}")


def _placeholders(column: ColumnModel) -> Iterator[Fault]:
    for name in dict.fromkeys(_MEANT.findall(column.constant or "")):
        if name not in SAMPLES:
            what = f"`constant` cannot tell {shown('${' + name + '}')}."
            yield "constant", what, suggest(name, SAMPLES)


def _literals(column: ColumnModel) -> Iterator[Fault]:
    """Let values be written plainly: ISO dates, a decimal point, whatever the file has."""
    for option in ("constant", "default", "min", "max"):
        text = getattr(column, option)
        if text is None:
            continue
        wanted = literal_fault(sample(text), _kind(column, option), scale=column.scale)
        if wanted is not None:
            yield option, f"`{option}` must be {wanted}, not {shown(text)}.", ""
        elif column.max_length is not None and len(text) > column.max_length:
            what = f"`{option}` is longer than `max_length` {column.max_length}: {shown(text)}."
            yield option, what, "Shorten it."


def _kind(column: ColumnModel, option: str) -> ColumnType:
    listed = option == "default" and (column.split or column.repeated) and not column.explode
    return ColumnType.JSON if listed else column.type


def _enum_default(column: ColumnModel) -> Iterator[Fault]:
    written = column.values.values()
    if column.type is ColumnType.ENUM and column.default not in (None, *written):
        what = f"`default` is none of the values that are written: {shown(str(column.default))}."
        yield "default", what, suggest(str(column.default), written)


def _ranges(column: ColumnModel) -> Iterator[Fault]:
    low, high = column.min, column.max
    if low is not None and high is not None and _above(low, high, column.type):
        yield "max", f"`max` {shown(high)} is below `min` {shown(low)}.", "Correct one of them."
    if (column.min_length or 0) > (column.max_length or column.min_length or 0):
        what = f"`max_length` {column.max_length} is below `min_length` {column.min_length}."
        yield "max_length", what, "Correct one of them."


def _above(low: str, high: str, kind: ColumnType) -> bool:
    if any(literal_fault(text, kind) for text in (low, high)):
        return False  # that is told already
    if kind in NUMBERS:
        return Decimal(low) > Decimal(high)
    return low.replace("T", " ") > high.replace("T", " ")


LITERAL_RULES: Final[tuple[Callable[[ColumnModel], Iterator[Fault]], ...]] = (
    _placeholders,
    _literals,
    _enum_default,
    _ranges,
)
