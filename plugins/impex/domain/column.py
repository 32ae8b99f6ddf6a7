"""One column of a descriptor: where a value comes from, what it is, where it goes."""

from dataclasses import dataclass, field
from enum import StrEnum

from impex.domain.marks import BETWEEN
from impex.domain.table import Table


class ColumnType(StrEnum):
    """The type a cell is read as."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    JSON = "json"
    UUID = "uuid"
    ENUM = "enum"


class OnEmpty(StrEnum):
    """What an empty cell does to the target column."""

    KEEP = "keep"
    CLEAR = "clear"
    DEFAULT = "default"
    ERROR = "error"


class OnMissing(StrEnum):
    """What a lookup does that finds nothing."""

    REJECT = "reject"
    SKIP_ROW = "skip_row"
    NULL = "null"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Replaces a code from the file by ``value`` of the one row of ``table`` that has it.

    Attributes:
        by: The columns that hold the code, one for each source of the column.
        where: Further columns of that table and what they must be.
    """

    table: Table
    by: tuple[str, ...]
    value: str = "id"
    on_missing: OnMissing = OnMissing.REJECT
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Regex:
    """Extracts a part of a cell.

    Attributes:
        pattern: RE2 syntax, searched anywhere in the cell unless anchored.
        template: Text with ``${1}`` or ``${name}`` for groups; ``${0}`` is the whole match.
    """

    pattern: str
    template: str


@dataclass(frozen=True, slots=True)
class Notation:
    """How the values of a column are written in the file.

    Attributes:
        formats: strptime patterns of dates and times, tried in turn; none means ISO 8601.
        timezone: Of timestamps without an offset; None leaves them as they are.
        locale: Whose marks numbers have; None allows a decimal point and nothing else.
        yes: Words for true in lower case; with ``no`` they replace the usual ones.
        no: Words for false in lower case.
        values: What an enum may hold: the word in the file and what is written for it.
        currency: ISO 4217 code of amounts that name none.
    """

    formats: tuple[str, ...] = ()
    timezone: str | None = None
    locale: str | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value must keep to.

    Attributes:
        minimum: As text of the column's type; inclusive.
        maximum: The same.
        min_length: Shorter text is an error, counted in characters.
        max_length: Longer text is an error.
        scale: Most digits after the decimal point that the target keeps.
        pattern: RE2 syntax; the whole text must match.
    """

    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    scale: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a descriptor.

    Attributes:
        to: Target column.
        sources: Header names, paths from a record of XML or JSON, or 1-based field numbers; one, but
            for lookups by several columns; none for constants.
        aliases: Other header names of the only source.
        constant: The same text for every row, instead of a source. ``${name}`` in it stands for a
            fact of the run, see ``impex.domain.constants``.
        currency_to: Target column of the currency of an amount of money.
        language: Key under which the text goes into the target's jsonb of translations.
        required: An empty cell is an error, whatever ``on_empty`` says; key columns always are.
        split: Separates the elements of a list in the cell; they become a JSON array.
        explode: Every element becomes a row of its own instead.
        transform: ``file.py:function`` over a pandas Series of the cells.
        insert_only: An existing row keeps its value.
        update_only: A new row does not get the value.
        pii: Personal data: reports show that there is a value, not which.
    """

    to: str
    sources: tuple[str | int, ...] = ()
    aliases: tuple[str, ...] = ()
    constant: str | None = None
    type: ColumnType = ColumnType.TEXT
    notation: Notation = field(default_factory=Notation)
    limits: Limits = field(default_factory=Limits)
    currency_to: str | None = None
    language: str | None = None
    required: bool = False
    on_empty: OnEmpty = OnEmpty.KEEP
    default: str | None = None
    regex: Regex | None = None
    trim: bool = False
    split: str | None = None
    explode: bool = False
    transform: str | None = None
    lookup: Lookup | None = None
    insert_only: bool = False
    update_only: bool = False
    pii: bool = False

    @property
    def repeated(self) -> bool:
        """Whether the elements of a list are elements of a document."""
        return self.split == BETWEEN

    @property
    def name(self) -> str:
        """The column's name in staging and in issues: unique within a descriptor."""
        return f"{self.to}:{self.language}" if self.language else self.to

    @property
    def origin(self) -> str:
        """What a person calls the column: its header, its position or its constant."""
        names = (s if isinstance(s, str) else f"column {s}" for s in self.sources)
        return " + ".join(names) or self.to
