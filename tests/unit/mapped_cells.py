"""Maps cells in a test and looks at what became of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from impex.domain.column import Column
from impex.domain.group import Descriptor
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.mapping.binding import Binding
from impex.mapping.compiled import CompiledMapping, Mapped
from tests.groups import FACTS, column, goods


def mapped(columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> Mapped:
    """Map rows of a code and further cells; the first row stands on line 2."""
    return mapped_by(goods(*columns), rows)


def mapped_by(
    descriptor: Descriptor, rows: Sequence[tuple[str, ...]], transforms: Path = Path()
) -> Mapped:
    """Map rows with a cell for each source of the descriptor's columns, in their order."""
    fields: dict[str, tuple[int, ...]] = {}
    names: list[str] = []
    for bound in descriptor.columns:
        if bound.sources:
            names += map(str, bound.sources)
            fields[bound.name] = tuple(range(len(names) - len(bound.sources) + 1, len(names) + 1))
    cells = [[row[n] for row in rows] for n in range(len(names))]
    lines = pl.Series("line", range(2, len(rows) + 2), pl.Int64)
    batch = pl.DataFrame(
        [lines, *(pl.Series(str(n), c, pl.String) for n, c in enumerate(cells, 1))]
    )
    binding = Binding(fields, names=tuple(names))
    return CompiledMapping(descriptor, binding, FACTS, transforms).apply(batch)


def value_of(cell: str, **options: Any) -> object:
    """Return what one cell becomes; it must be good."""
    result = mapped([column("x", **options)], [("A", cell)])
    assert result.issues == []
    return result.frame["c2"][0]


def issues_of(cell: str, **options: Any) -> list[Issue]:
    """Return what is wrong with one cell."""
    return mapped([column("x", **options)], [("A", cell)]).issues


def code_of(cell: str, **options: Any) -> Code:
    """Return the code of the one fault of a cell."""
    (issue,) = issues_of(cell, **options)
    return issue.code
