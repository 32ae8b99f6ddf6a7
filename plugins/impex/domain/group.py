"""A data group and its descriptors, as the rest of the framework sees them.

Built once from YAML by ``impex.config``; everything here is frozen and plain, so that a
descriptor can be frozen into the job row of a run (``to_json``) and read back by another machine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from typing import Self


class ColumnType(StrEnum):
    """The type a cell is read as."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    JSON = "json"


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


class OnDuplicate(StrEnum):
    """Which of several rows of one file with the same key is applied."""

    ERROR = "error"
    FIRST = "first"
    LAST = "last"


class OnError(StrEnum):
    """How far one bad row reaches."""

    REJECT_ROWS = "reject_rows"
    REJECT_FILE = "reject_file"
    REJECT_PACKAGE = "reject_package"


class Escape(StrEnum):
    """How a quote is written inside a quoted field."""

    DOUBLED = "doubled"
    BACKSLASH = "backslash"


class Ragged(StrEnum):
    """What happens to a record with fewer fields than the header."""

    PAD = "pad"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bytes of a delimited file become records.

    Attributes:
        encoding: A Python codec name; a byte order mark of that encoding is dropped.
        delimiter: One ASCII character.
        quote: One ASCII character.
        header: Whether the first record names the columns.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: Escape = Escape.DOUBLED
    header: bool = True
    ragged: Ragged = Ragged.REJECT


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the target database."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Render as ``schema.name``."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Replaces a code from the file by ``value`` of the row of ``table`` whose ``by`` equals it."""

    table: Table
    by: str
    value: str = "id"
    on_missing: OnMissing = OnMissing.REJECT


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
class Column:
    """One column of a descriptor: where a value comes from, what it is, where it goes.

    Attributes:
        to: Target column.
        source: Header name; None for positional and constant columns.
        position: 1-based field number; None for columns addressed by name and for constants.
        constant: The same text for every row, instead of a source.
        language: Key under which the text goes into the target's jsonb of translations.
        required: An empty cell is an error, whatever ``on_empty`` says; key columns always are.
        max_length: Longer text is an error, counted in characters.
        scale: Most digits after the decimal point that the target keeps.
        format: strptime pattern of dates and timestamps; None means ISO 8601.
        insert_only: An existing row keeps its value.
    """

    to: str
    source: str | None = None
    position: int | None = None
    constant: str | None = None
    type: ColumnType = ColumnType.TEXT
    language: str | None = None
    required: bool = False
    on_empty: OnEmpty = OnEmpty.KEEP
    default: str | None = None
    regex: Regex | None = None
    trim: bool = False
    max_length: int | None = None
    scale: int | None = None
    format: str | None = None
    lookup: Lookup | None = None
    insert_only: bool = False

    @property
    def name(self) -> str:
        """The column's name in staging and in issues: unique within a descriptor."""
        return f"{self.to}:{self.language}" if self.language else self.to

    @property
    def origin(self) -> str:
        """What a person calls the column: its header, its position or its constant."""
        if self.source is not None:
            return self.source
        return f"column {self.position}" if self.position else self.to


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """How many bad rows a file may have and how far one bad row reaches.

    Attributes:
        max_rejects: Most rejected rows of a file, as a count; None means any number.
        max_reject_share: The same as a share of the rows read, 0 to 1.
    """

    on_error: OnError = OnError.REJECT_ROWS
    max_rejects: int | None = None
    max_reject_share: float | None = None

    def allows(self, rejected: int, read: int) -> bool:
        """Tell whether a file with so many bad rows may still apply its good ones."""
        if rejected == 0:
            return True
        if self.on_error is not OnError.REJECT_ROWS:
            return False
        if self.max_rejects is not None and rejected > self.max_rejects:
            return False
        return self.max_reject_share is None or rejected <= self.max_reject_share * read


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Which files it takes, how they are laid out, what they map to.

    Attributes:
        files: Masks with ``*``, ``?`` and ``[…]``, matched case-insensitively on the member's
            base name.
        key: Target columns that identify a row; their combination is unique in the target.
        after: Names of descriptors that must be merged before, beside those the lookups imply.
    """

    name: str
    files: tuple[str, ...]
    table: Table
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    service: str = "csv-import"
    description: str = ""
    layout: Layout = field(default_factory=Layout)
    errors: ErrorPolicy = field(default_factory=ErrorPolicy)
    on_duplicate: OnDuplicate = OnDuplicate.ERROR
    after: tuple[str, ...] = ()

    def without(self, names: Collection[str]) -> Self:
        """Return the descriptor for a file that does not have some of the columns."""
        return replace(self, columns=tuple(c for c in self.columns if c.name not in names))

    def takes(self, file_name: str) -> bool:
        """Tell whether one of the masks matches the base name."""
        return any(fnmatchcase(file_name.lower(), mask.lower()) for mask in self.files)


@dataclass(frozen=True, slots=True)
class Group:
    """One YAML file, one DAG; descriptors are in the order of the file."""

    name: str
    descriptors: tuple[Descriptor, ...]
    title: str = ""
    description: str = ""
    owner: str = "merchant-operations"
    tags: tuple[str, ...] = ()
    schedule: str | None = None
    timezone: str = "UTC"

    @property
    def all_or_nothing(self) -> bool:
        """Whether one bad row keeps the whole package out."""
        return any(d.errors.on_error is OnError.REJECT_PACKAGE for d in self.descriptors)

    @property
    def merge_order(self) -> tuple[str, ...]:
        """Names of the descriptors, each after those it depends on, else as in the file."""
        before = {d.name: depends_on(d, self.descriptors) for d in self.descriptors}
        return tuple(TopologicalSorter(before).static_order())

    def descriptor(self, name: str) -> Descriptor:
        """Return the descriptor of that name.

        Raises:
            KeyError: There is none.
        """
        for descriptor in self.descriptors:
            if descriptor.name == name:
                return descriptor
        raise KeyError(name)

    def takers(self, file_name: str) -> tuple[Descriptor, ...]:
        """Return every descriptor that takes a file of this base name."""
        return tuple(d for d in self.descriptors if d.takes(file_name))


def depends_on(descriptor: Descriptor, others: Sequence[Descriptor]) -> tuple[str, ...]:
    """Name the descriptors that must be merged before this one, in the order of ``others``.

    A lookup into the table that another descriptor fills makes that one a predecessor; a lookup
    into the own table does not.
    """
    looked_up = {c.lookup.table for c in descriptor.columns if c.lookup} - {descriptor.table}
    return tuple(
        other.name
        for other in others
        if other.name != descriptor.name
        and (other.table in looked_up or other.name in descriptor.after)
    )
