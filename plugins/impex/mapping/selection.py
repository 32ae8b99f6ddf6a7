"""Which rows of a file are for a descriptor."""

import re
from collections.abc import Sequence

import polars as pl

_WILD = {"*": ".*", "?": "."}


def selected(cell: pl.Expr, masks: Sequence[str]) -> pl.Expr:
    """Tell whether a cell, without blanks at both ends, matches one of the masks."""
    patterns = "|".join(_pattern(mask) for mask in masks)
    return cell.str.strip_chars().str.contains(f"(?s)^(?:{patterns})$")


def _pattern(mask: str) -> str:
    return "".join(_WILD.get(character) or re.escape(character) for character in mask)
