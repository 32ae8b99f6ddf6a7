"""JSON that PostgreSQL's jsonb can hold."""

import json
import math
import re
from typing import NoReturn

import polars as pl

from impex.domain.column import Column
from impex.mapping.values import Keep, Value

# An escaped backslash before ``u0000`` is text, an unescaped one is the NUL character.
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_LONGEST_NUMBER = 1000


def document(cell: pl.Expr, _: Column, __: Keep) -> Value:
    """Check JSON, cell by cell: nothing vectorised tells right from wrong."""
    return Value(cell.map_elements(_valid, return_dtype=pl.String))


def _valid(text: str) -> str | None:
    """Return the text if PostgreSQL's jsonb can hold it, else None."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            # Half of a surrogate pair is JSON, but it is no character.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return None if _ESCAPED_NUL.search(text) else text


def _finite(number: str) -> float:
    """Refuse numbers so long, large or small that programs read them differently."""
    value = float(number)
    vanished = value == 0 and any(digit in "123456789" for digit in re.split("[eE]", number)[0])
    if vanished or not math.isfinite(value) or len(number) > _LONGEST_NUMBER:
        _refuse(number)
    return value


def _refuse(constant: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python reads and JSON does not know."""
    raise ValueError(constant)
