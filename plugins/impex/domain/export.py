"""What a descriptor writes into files, and what its group does with them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from impex.domain.column import Column
from impex.domain.layout import Layout
from impex.domain.params import named
from impex.domain.policy import ErrorPolicy
from impex.domain.table import Table

_SPREADSHEETS = (".xlsx",)


class Direction(StrEnum):
    """Which way the rows of a descriptor go."""

    IMPORT = "import"
    EXPORT = "export"
    BOTH = "both"


class Empty(StrEnum):
    """What becomes of an export without rows."""

    FILE = "file"
    HEADER = "header"
    SKIP = "skip"


class Quoting(StrEnum):
    """Which fields of a text file stand in quotes."""

    MINIMAL = "minimal"
    TEXT = "text"
    ALL = "all"


class LineEnd(StrEnum):
    """What ends a line."""

    LF = "lf"
    CRLF = "crlf"

    @property
    def characters(self) -> str:
        """The characters that it stands for."""
        return "\n" if self is LineEnd.LF else "\r\n"


@dataclass(frozen=True, slots=True)
class Style:
    """How a text file is written, where more than one way can be read."""

    quoting: Quoting = Quoting.MINIMAL
    line_end: LineEnd = LineEnd.LF
    bom: bool = False
    empty: Empty = Empty.HEADER


@dataclass(frozen=True, slots=True)
class Increment:
    """Which rows are new since the last export that was published; without either, all are.

    Attributes:
        watermark: The column that grows with every change of a row.
        changed_rows: Whether rows are compared with what was published of them.
    """

    watermark: str | None = None
    changed_rows: bool = False

    def __bool__(self) -> bool:
        """Tell whether it matters what was published before."""
        return self.watermark is not None or self.changed_rows


@dataclass(frozen=True, slots=True)
class Export:
    """Which rows become a file, and how.

    Columns are those of an import of the same file: ``sources`` name the fields, ``to`` the column
    that the value is taken from.

    Attributes:
        file: Pattern of the file's name, see ``impex.domain.file_name``.
        table: A table or view; None where a query says what the rows are.
        query: Name of the file with that query.
        key: Columns that identify a row; none is needed where nothing refers to rows.
        reversible: Whether an import of the file must find everything as it is.
        where: Columns and what they hold in the rows that are written, any of the texts; None
            stands for null.
        sort: Columns that the rows are ordered by.
        transform: ``file.py:function`` over a pandas DataFrame of the cells of a batch.
        split_rows: How many rows one file has at most.
    """

    name: str
    file: str
    columns: tuple[Column, ...]
    table: Table | None = None
    query: str | None = None
    key: tuple[str, ...] = ()
    description: str = ""
    reversible: bool = False
    layout: Layout = field(default_factory=Layout)
    style: Style = field(default_factory=Style)
    errors: ErrorPolicy = field(default_factory=ErrorPolicy)
    where: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    sort: tuple[str, ...] = ()
    transform: str | None = None
    split_rows: int | None = None
    increment: Increment = field(default_factory=Increment)

    def remembered_as(self, params: Mapping[str, str]) -> str:
        """Return the name for what was published: other parameters may choose other rows.

        Args:
            params: Those of a run.
        """
        texts = (text for _, some in self.where for text in some if text is not None)
        chosen = set(params) if self.query else {name for text in texts for name in named(text)}
        given = {name: params[name] for name in sorted(chosen)}
        return f"{self.name} {json.dumps(given)}" if given else self.name

    @property
    def is_spreadsheet(self) -> bool:
        """Whether the name says that the file is a workbook."""
        return self.file.lower().endswith(_SPREADSHEETS)


@dataclass(frozen=True, slots=True)
class Publication:
    """What becomes of the files of an export.

    Attributes:
        schedule: Cron expression; None where exports run only when they are asked for.
        archive: Pattern of the name of the zip that takes all files; None leaves them alone.
        targets: Where finished files are copied to: paths, URLs, or names of Airflow connections.
        keep_days: After how many days the files are removed from the store.
        params: What queries and filters may be given, by name with the usual value.
    """

    schedule: str | None = None
    archive: str | None = None
    targets: tuple[str, ...] = ()
    keep_days: int = 30
    params: tuple[tuple[str, str], ...] = ()
