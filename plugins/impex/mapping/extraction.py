"""Patterns in RE2 syntax: a part of a cell cut out, or all of it compared.

Arrow matches with RE2 itself, which is what the configuration is checked with. Polars has an engine
with a syntax of its own.
"""

import re
from collections.abc import Iterator
from itertools import count

import polars as pl
import pyarrow.compute as pc
import re2

from impex.domain.column import Regex

# Quoted text, escapes and character classes are passed over; what is left opens a group.
_PLAIN_GROUP = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|(\((?!\?))", re.DOTALL
)
_REFERENCE = re.compile(r"\$\{(\w+)\}")


def extracted(cell: pl.Expr, regex: Regex) -> pl.Expr:
    """Return what the template makes of the first match; null where the pattern does not match.

    A group that takes no part in the match is empty.
    """
    pattern = _with_named_groups(regex.pattern)
    parts = list(_parts(regex))

    def cut(cells: pl.Series) -> pl.Series:
        groups = pl.Series(pl.from_arrow(pc.extract_regex(cells.to_arrow(), pattern)))
        pieces = [
            pl.lit(part) if isinstance(part, str) else pl.nth(part).fill_null("") for part in parts
        ]
        text = pl.when(pl.nth(0).is_not_null()).then(pl.concat_str(pieces))
        return groups.struct.unnest().select(text.alias(cells.name)).to_series()

    return cell.map_batches(cut, return_dtype=pl.String)


def matched(cell: pl.Expr, pattern: str) -> pl.Expr:
    """Tell whether the pattern matches the whole text."""
    whole = rf"\A(?:{_closed(pattern)})\z"

    def match(cells: pl.Series) -> pl.Series:
        return pl.Series(pl.from_arrow(pc.match_substring_regex(cells.to_arrow(), whole)))

    return cell.map_batches(match, return_dtype=pl.Boolean)


def _closed(pattern: str) -> str:
    """End quoted text that lasts to the end of the pattern, so that something can follow."""
    last = ""
    for token in _PLAIN_GROUP.finditer(pattern):
        last = token.group()
    return pattern + r"\E" if last.startswith(r"\Q") and not last.endswith(r"\E") else pattern


def _with_named_groups(pattern: str) -> str:
    """Name every group, as Arrow demands, and the whole match as the first."""
    numbers = count(1)
    named = _PLAIN_GROUP.sub(
        lambda found: f"(?P<impex_{next(numbers)}>" if found.group(1) else found.group(),
        _closed(pattern),
    )
    return f"(?P<impex_0>{named})"


def _parts(regex: Regex) -> Iterator[str | int]:
    """Yield the template's texts and the numbers of the groups between them."""
    names = re2.compile(regex.pattern).groupindex
    position = 0
    for reference in _REFERENCE.finditer(regex.template):
        if reference.start() > position:
            yield regex.template[position : reference.start()]
        name = reference.group(1)
        yield names[name] if name in names else int(name)
        position = reference.end()
    if position < len(regex.template):
        yield regex.template[position:]
