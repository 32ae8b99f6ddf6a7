"""A feed: who tells of orders or of messages, and how what they say becomes events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orders.domain.acknowledgement import Acceptance
from orders.domain.tracking import TrackingStatus
from orders.domain.update import Counting

SIZE_LIMIT: Final = 256_000
"""How many bytes a message may have where its feed does not say."""


class MessageFormat(StrEnum):
    """How messages are written."""

    JSON = "json"
    XML = "xml"


class Signature(StrEnum):
    """How a sender proves who it is."""

    STANDARD = "standard"
    EASYPOST = "easypost"


class UnknownStatus(StrEnum):
    """What becomes of a courier's word that the feed does not name."""

    KEEP = "keep"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Push:
    """A source that sends its messages by HTTP.

    Attributes:
        connection: Airflow connection that holds the secrets of the sender.
        signature: How it signs.
        size_bytes: Longer messages are refused.
        per_minute: How many messages it may send.
    """

    connection: str
    signature: Signature = Signature.STANDARD
    size_bytes: int = SIZE_LIMIT
    per_minute: int = 600


@dataclass(frozen=True, slots=True)
class Table:
    """A source that writes rows into a table of our database.

    Attributes:
        name: With its schema.
        cursor: Column that grows from row to row.
    """

    name: str
    cursor: str


@dataclass(frozen=True, slots=True)
class Python:
    """A source that is a class of the installation.

    Attributes:
        name: ``file.py:class``, in ``config/sources``.
    """

    name: str


Source = Push | Table | Python


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from.

    Attributes:
        paths: Into the message; what several of them find is joined.
        constant: The value itself, where there is no path.
    """

    paths: tuple[str, ...] = ()
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The lines or scans in an update.

    Attributes:
        each: Path from the update to them; empty where the update itself is the only one.
        fields: What is known of each.
    """

    each: str
    fields: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """What is said of messages that we have sent.

    Attributes:
        exporters: Those whose messages may be spoken of.
        fields: What is known of each acknowledgement, by the names of ``Acknowledgement``.
        statuses: What the receiver's words mean; other words are refused.
    """

    exporters: tuple[str, ...]
    fields: Mapping[str, Origin]
    statuses: Mapping[str, Acceptance]


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of events.

    Attributes:
        name: Of its file, and in the inbox.
        source: How its messages come.
        title: What people call it.
        supplier: The only one that it speaks for; empty where it names suppliers itself or where
            lines are known by their numbers alone.
        patience_s: For how many seconds an event may wait for its order or its predecessor.
        format: How messages are written.
        namespaces: Of XML, by the prefix that paths use.
        timezone: Of times that do not say theirs; empty where each must say it.
        only: What messages must say to be looked at, by path: masks.
        each: Path to the updates in a message; empty where a message is one.
        fields: What is known of an event, by the names of ``DeliveryUpdate`` and ``identity``.
        acknowledgement: What is said of messages; None where it tells of orders.
        data: What is known of the order itself.
        lines: What is known of lines; None where it does not tell of any.
        scans: The same of scans.
        counting: Whether quantities are what was sent in all, or this time.
        statuses: What the courier's words mean.
        unknown_status: What becomes of its other words.
        fires: What a tracking status asks the machine for.
        may_fire: What a message may ask the machine for.
    """

    name: str
    source: Source
    title: str = ""
    supplier: str = ""
    patience_s: float = 7 * 24 * 3600.0
    format: MessageFormat = MessageFormat.JSON
    namespaces: Mapping[str, str] = field(default_factory=dict)
    timezone: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    each: str = ""
    fields: Mapping[str, Origin] = field(default_factory=dict)
    acknowledgement: Acknowledging | None = None
    data: Mapping[str, Origin] = field(default_factory=dict)
    lines: Parts | None = None
    scans: Parts | None = None
    counting: Counting = Counting.TOTAL
    statuses: Mapping[str, TrackingStatus] = field(default_factory=dict)
    unknown_status: UnknownStatus = UnknownStatus.KEEP
    fires: Mapping[str, str] = field(default_factory=dict)
    may_fire: frozenset[str] = frozenset()
