"""The changes of a run as a table that people open: a row for each column of each changed row."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from impex.domain.formulas import no_formula

_HEADER: Final = ("file", "line", "table", "key", "action", "column", "before", "after")
_BLOCK_ROWS: Final = 1000


def as_csv(changes: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield CSV (RFC 4180) in UTF-8 with a mark at its beginning, block by block.

    Texts that a spreadsheet would take for formulas get an apostrophe in front. A row that was
    inserted or deleted has no columns: the file that was imported has its values.

    Args:
        changes: As ``impex.storage.reports.changes`` has them.
    """
    yield "\ufeff".encode() + _block([_HEADER])
    rows = (row for change in changes for row in _rows(change))
    while block := list(islice(rows, _BLOCK_ROWS)):
        yield _block(block)


def _rows(change: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    key = ", ".join(f"{name}={_text(value)}" for name, value in change["key"].items())
    line = str(change["line"] or "")
    about = (no_formula(change["file"]), line, change["table"], no_formula(key), change["action"])
    columns = change["changes"] or {"": (None, None)}
    for column, values in columns.items():
        yield (*about, column, *map(_cell, values))


def _cell(value: object) -> str:
    """Return a value as it may stand in a cell: of numbers, nothing is a formula."""
    return no_formula(value) if isinstance(value, str) else _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _block(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
