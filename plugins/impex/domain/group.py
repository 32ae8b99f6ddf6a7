"""A data group and its descriptors, as the rest of the framework sees them.

Built once from YAML by ``impex.config``; everything here is frozen and plain, so that a
descriptor can be frozen into the job row of a run (``to_json``) and read back by another machine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from typing import Final, Self

from impex.domain.column import Column
from impex.domain.export import Export, Publication
from impex.domain.layout import Format, Layout
from impex.domain.policy import ErrorPolicy, Limit, OnError
from impex.domain.table import Table

# What Airflow calls the pool of tasks that name none.
DEFAULT_POOL: Final = "default_pool"


class OnDuplicate(StrEnum):
    """Which of several rows of one file with the same key is applied."""

    ERROR = "error"
    FIRST = "first"
    LAST = "last"


class Mode(StrEnum):
    """What the rows of a file do to the table."""

    MERGE = "merge"
    INSERT_ONLY = "insert_only"
    UPDATE_ONLY = "update_only"
    DELETE = "delete"
    REPLACE = "replace"

    @property
    def inserts(self) -> bool:
        """Whether new rows go into the table."""
        return self in (Mode.MERGE, Mode.INSERT_ONLY, Mode.REPLACE)

    @property
    def updates(self) -> bool:
        """Whether rows that the table has are changed."""
        return self in (Mode.MERGE, Mode.UPDATE_ONLY, Mode.REPLACE)


class OnAbsent(StrEnum):
    """What happens to rows of the table that a full file does not have."""

    IGNORE = "ignore"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


class UnknownColumns(StrEnum):
    """What happens if a file has columns that the descriptor does not name."""

    IGNORE = "ignore"
    WARN = "warn"
    REJECT = "reject"


class Atomic(StrEnum):
    """What becomes visible at once."""

    FILE = "file"
    GROUP = "group"


class Ready(StrEnum):
    """How the sender tells that a file in the inbox is whole."""

    RENAME = "rename"
    MARKER = "marker"
    MANIFEST = "manifest"
    STABLE = "stable"


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows that are a group's business; it does not touch any other.

    Attributes:
        column: Of every table that the group fills.
        value: What that column holds; where it is looked up, the code that is looked up.
    """

    column: str
    value: str

    def __str__(self) -> str:
        """Render as ``column value``."""
        return f"{self.column} {self.value}"

    @property
    def setting(self) -> tuple[str, str]:
        """Column and value, as a full feed has those of its scope."""
        return self.column, self.value


@dataclass(frozen=True, slots=True)
class FullFeed:
    """What a file says about the rows that it does not have.

    Attributes:
        inactive: Columns and what deactivating a row makes of them.
        scope: Columns and what they hold in the rows that the file speaks for; none means all.
        max_absent: Most rows of the scope that may be deleted or deactivated.
    """

    on_absent: OnAbsent = OnAbsent.IGNORE
    inactive: tuple[tuple[str, str], ...] = ()
    scope: tuple[tuple[str, str], ...] = ()
    max_absent: Limit = field(default_factory=lambda: Limit(share=0.05))

    def within(self, scope: Scope | None) -> tuple[tuple[str, str], ...]:
        """Return columns and what they hold inside both scopes, that of the group and its own."""
        settings = (scope.setting,) if scope else ()
        return tuple(dict.fromkeys((*settings, *self.scope)))


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Which files it takes, how they are laid out, what they map to.

    Attributes:
        files: Masks with ``*``, ``?`` and ``[…]``, matched case-insensitively on the member's
            base name.
        key: Target columns that identify a row; their combination is unique in the target.
        unescapes: Whether an apostrophe in front of a formula's begin is taken away from texts.
        only: Header names and masks of their cells; rows that do not match are left to others.
        ignore_columns: Masks of header names that are known and not imported.
        transform: ``file.py:function`` over a pandas DataFrame of the cells of a batch.
        after: Names of descriptors that must be merged before, beside those the lookups imply.
    """

    name: str
    files: tuple[str, ...]
    table: Table
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str = ""
    unescapes: bool = False
    layout: Layout = field(default_factory=Layout)
    errors: ErrorPolicy = field(default_factory=ErrorPolicy)
    on_duplicate: OnDuplicate = OnDuplicate.ERROR
    mode: Mode = Mode.MERGE
    full_feed: FullFeed = field(default_factory=FullFeed)
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unknown_columns: UnknownColumns = UnknownColumns.WARN
    ignore_columns: tuple[str, ...] = ()
    transform: str | None = None
    after: tuple[str, ...] = ()

    @property
    def has_parts(self) -> bool:
        """Whether several rows may come from one line of a file."""
        return self.layout.format is Format.XML or any(column.explode for column in self.columns)

    @property
    def has_nils(self) -> bool:
        """Whether a file can say of a value that it is to be cleared, whatever ``on_empty`` says."""
        return self.layout.format is not Format.TEXT

    def without(self, names: Collection[str]) -> Self:
        """Return the descriptor for a file that does not have some of the columns."""
        return replace(self, columns=tuple(c for c in self.columns if c.name not in names))

    def takes(self, file_name: str) -> bool:
        """Tell whether one of the masks matches the base name."""
        return any(fnmatchcase(file_name.lower(), mask.lower()) for mask in self.files)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How packages come in.

    Attributes:
        on_arrival: Whether a package that is ready starts a run by itself.
        stable_seconds: For ``Ready.STABLE``: how long neither size nor time of a file may change.
        max_bytes: Larger packages are refused; None leaves it to the limits of archives.
    """

    ready: Ready = Ready.RENAME
    on_arrival: bool = False
    stable_seconds: int = 60
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """After how many days what a run has left behind is removed."""

    archive_days: int = 90
    failed_days: int = 365
    history_days: int = 400


@dataclass(frozen=True, slots=True)
class Group:
    """One YAML file; descriptors and exports are in the order of the file.

    Attributes:
        descriptors: Those that import.
        owners: People or teams, as Airflow shows them.
        connection: Airflow connection of the target database; None means the ledger's own.
        scope: None means all rows.
        max_parallel: How many files of a run are read at once; None leaves it to Airflow.
        pool: Of Airflow, for the tasks that read files and write tables.
        dag: Whether Airflow has DAGs of it.
    """

    name: str
    descriptors: tuple[Descriptor, ...]
    title: str = ""
    description: str = ""
    owners: tuple[str, ...] = ("merchant-operations",)
    tags: tuple[str, ...] = ()
    schedule: str | None = None
    timezone: str = "UTC"
    connection: str | None = None
    scope: Scope | None = None
    atomic: Atomic = Atomic.FILE
    arrival: Arrival = field(default_factory=Arrival)
    retention: Retention = field(default_factory=Retention)
    exports: tuple[Export, ...] = ()
    publication: Publication = field(default_factory=Publication)
    max_parallel: int | None = None
    pool: str = DEFAULT_POOL
    dag: bool = True

    @property
    def all_or_nothing(self) -> bool:
        """Whether all files of a package become visible at once, or none."""
        spoiling = any(d.errors.on_error is OnError.REJECT_PACKAGE for d in self.descriptors)
        return spoiling or self.atomic is Atomic.GROUP

    @property
    def judges_absence(self) -> bool:
        """Whether rows that a file does not have go."""
        return any(d.full_feed.on_absent is not OnAbsent.IGNORE for d in self.descriptors)

    @property
    def merge_order(self) -> tuple[str, ...]:
        """Names of the descriptors, each after those it depends on, else as in the file."""
        before = {d.name: depends_on(d, self.descriptors) for d in self.descriptors}
        return tuple(TopologicalSorter(before).static_order())

    def strictly(self) -> Self:
        """Return the same group for a run that imports nothing if a row is rejected."""
        policy = ErrorPolicy(OnError.REJECT_PACKAGE)
        strict = tuple(replace(each, errors=policy) for each in self.descriptors)
        return replace(self, descriptors=strict)

    def letting_go(self) -> Self:
        """Return the same group for a run whose full files may lack any number of rows."""
        lax = tuple(
            replace(each, full_feed=replace(each.full_feed, max_absent=Limit()))
            for each in self.descriptors
        )
        return replace(self, descriptors=lax)

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
