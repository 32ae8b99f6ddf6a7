"""What a type makes of a cell: its value, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from impex.domain.issue_codes import Code

Keep = Callable[[str, pl.Expr], pl.Expr]
"""Computes what several expressions need once, under a name; returns a reference to it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which cells are wrong.

    Attributes:
        what: Ends the sentence that begins with the value.
        where: True in the cells that are wrong.
    """

    code: Code
    what: str
    where: pl.Expr


@dataclass(frozen=True, slots=True)
class Value:
    """What cells become.

    Attributes:
        text: As PostgreSQL reads the type without loss; null where the cell is not of the type.
        faults: Reasons beside the cell not being of the type at all.
        currency: Code of the currency of an amount of money; null where it names none.
    """

    text: pl.Expr
    faults: tuple[Fault, ...] = ()
    currency: pl.Expr | None = None


def seldom(cells: pl.Expr, check: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    """Tell which cells are wrong, where a batch hardly ever has any cell that needs to be checked.

    Args:
        cells: Those that need to be checked; the others are null.
        check: Tells of each cell whether it is wrong.
    """

    def checked(found: pl.Series) -> pl.Series:
        if found.null_count() == len(found):
            return pl.repeat(value=False, n=len(found), eager=True)
        return check(found)

    return cells.map_batches(checked, return_dtype=pl.Boolean)
