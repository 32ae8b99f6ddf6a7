"""What cannot be said by the type of one option: words of the life cycles, and what goes together.

The rules about words look at the file itself, so that they tell their faults even where others
keep the feed from being understood.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from impex.config.complaints import Complaints
from impex.config.findings import shown
from impex.config.sizes import size_in_bytes
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles, transform_fault
from impex.config.yaml_files import files_in
from impex.config.yaml_source import Block, Items, Location
from orders.config.choices import check_choice
from orders.config.exporter_loader import exporters_directory
from orders.config.fields import path_fault
from orders.config.models import FeedModel
from orders.domain.acknowledgement import Acceptance
from orders.domain.feed import MessageFormat
from orders.domain.moves import TABLES
from orders.domain.states import Machine
from orders.domain.tracking import TrackingStatus
from orders.domain.update import Counting

_LARGEST: Final = 4_000_000
_WITH_ACKNOWLEDGEMENT: Final = frozenset(
    {
        "title",
        "description",
        "source",
        "patience",
        "format",
        "namespaces",
        "timezone",
        "only",
        "each",
        "identity",
        "occurred_at",
        "acknowledgement",
    }
)


class _Words(NamedTuple):
    """Words that an option may hold, and what they are."""

    kind: str
    all: list[str]


def _triggers(kind: str, machines: Iterable[Machine]) -> _Words:
    triggers = (trigger for machine in machines for trigger in TABLES[machine].triggers)
    return _Words(kind, list(dict.fromkeys(triggers)))


_STATUSES: Final = _Words("tracking status", [status.value for status in TrackingStatus])
_ACCEPTANCES: Final = _Words("status of messages", [status.value for status in Acceptance])
_TRIGGERS: Final = _triggers("trigger", Machine)
_OF_DELIVERIES: Final = _triggers("trigger of deliveries", [Machine.DELIVERY])


def check_words(complaints: Complaints, context: Mapping[str, Any]) -> None:
    """Complain about statuses, triggers and paths that do not exist.

    Args:
        complaints: About the feed.
        context: Has ``format`` and ``namespaces`` of the feed.
    """
    for word, status in _pairs(complaints.root, "statuses"):
        _check_word(complaints, ("statuses", word), status, _STATUSES)
    for status, trigger in _pairs(complaints.root, "fires"):
        _check_word(complaints, ("fires", status), status, _STATUSES)
        _check_word(complaints, ("fires", status), trigger, _OF_DELIVERIES)
    for location, trigger in _entries(complaints.root, "may_fire"):
        _check_word(complaints, location, trigger, _TRIGGERS)
    acknowledgement = complaints.root.get("acknowledgement")
    if isinstance(acknowledgement, Block):
        _check_acknowledgement_words(acknowledgement, complaints)
    only = complaints.root.get("only")
    for path in only if isinstance(only, Block) else ():
        fault = path_fault(path, context)
        if fault:
            what = f"A path of `only` {fault}: {shown(path)}."
            complaints.add(("only", path), what, "Compare docs/feeds.md, Paths.", key=True)


def check_feed(feed: FeedModel, complaints: Complaints) -> None:
    """Complain about options that do not go together, or not without others."""
    _check_source(feed, complaints)
    if feed.namespaces and feed.format is not MessageFormat.XML:
        hint = "Remove it, or write `format: xml`."
        complaints.add(("namespaces",), "`namespaces` is for XML only.", hint, key=True)
    if feed.acknowledgement is not None:
        _check_company(feed, complaints)
        return
    _check_subject(feed, complaints)
    _check_lines(feed, complaints)
    _check_triggers(feed, complaints)
    if feed.counting is Counting.EACH and not (feed.identity or not feed.source.push):
        what = "`counting: each` needs an `identity`: two parcels alike would be taken for one."
        complaints.add(("counting",), what, "Name the path to the number of the event.")


def _check_source(feed: FeedModel, complaints: Complaints) -> None:
    hint = "For example `push: {connection: courier}`."
    check_choice(complaints, "source", feed.source, hint)
    if feed.source.push and size_in_bytes(feed.source.push.size) > _LARGEST:
        hint = "Messages are held in memory, many at once; let the sender split them."
        complaints.add(("source", "push", "size"), "`size` must be 4 MB or less.", hint)
    if feed.source.python:
        sources = UserFiles.beside(complaints.directory).sources
        fault = transform_fault(feed.source.python, sources)
        if fault is not None:
            complaints.add(("source", "python"), *fault)
    if feed.source.table and feed.format is not MessageFormat.JSON:
        what = "The rows of a table are not written as XML."
        complaints.add(("format",), what, "Remove `format`; paths name columns.")


def _check_acknowledgement_words(block: Block, complaints: Complaints) -> None:
    """Complain about exporters that do not exist, and statuses that are none."""
    exporters = _Words("exporter", [path.stem for path in files_in(exporters_directory())])
    for location, name in _entries(block, "exporters"):
        _check_word(complaints, ("acknowledgement", *location), name, exporters)
    for word, status in _pairs(block, "statuses"):
        location = ("acknowledgement", "statuses", word)
        _check_word(complaints, location, status, _ACCEPTANCES)


def _check_company(feed: FeedModel, complaints: Complaints) -> None:
    """Complain about what a feed of acknowledgements says of orders."""
    for option in type(feed).model_fields:
        if option in feed.model_fields_set and option not in _WITH_ACKNOWLEDGEMENT:
            what = f"`{option}` has no effect beside `acknowledgement`."
            complaints.add((option,), what, "Remove it, or write another feed.", key=True)


def _check_subject(feed: FeedModel, complaints: Complaints) -> None:
    """Complain if no event could ever be brought to an order."""
    if not (feed.order_number or feed.delivery_number or feed.scans):
        what = "Nothing in this feed tells which order an update is about."
        hint = "Write `order_number`, `delivery_number` or `scans`."
        complaints.add((), what, hint)


def _check_lines(feed: FeedModel, complaints: Complaints) -> None:
    if feed.lines is None:
        return
    if not (feed.lines.reference or feed.lines.sku):
        hint = "Write `reference` or `sku`."
        complaints.add(("lines",), "Nothing in `lines` tells which line is meant.", hint)
    if feed.lines.sku and not feed.lines.reference and not feed.supplier:
        what = "Lines are known by article only together with a supplier."
        complaints.add(("lines", "sku"), what, "Write `supplier`, or `reference`.")


def _check_triggers(feed: FeedModel, complaints: Complaints) -> None:
    if bool(feed.trigger) != bool(feed.may_fire):
        named, other = ("trigger", "may_fire") if feed.trigger else ("may_fire", "trigger")
        what = f"`{named}` has no effect without `{other}`."
        complaints.add((named,), what, f"Write `{other}`, or remove `{named}`.", key=True)
    if feed.scans is not None and feed.scans.status is not None:
        return
    for option in ("statuses", "fires"):
        if getattr(feed, option):
            what = f"`{option}` has no effect without `status` in `scans`."
            complaints.add((option,), what, "Write `status`, or remove it.", key=True)


def _check_word(complaints: Complaints, location: Location, value: str, words: _Words) -> None:
    if value not in words.all:
        what = f"There is no {words.kind} {shown(value)}."
        is_key = value == location[-1]
        complaints.add(location, what, suggest(value, words.all), key=is_key)


def _entries(block: Block, option: str) -> list[tuple[Location, str]]:
    """Return the texts of an option that holds one or a list, each with its place."""
    value = block.get(option)
    if isinstance(value, str):
        return [((option,), value)]
    listed = enumerate(value if isinstance(value, Items) else ())
    return [((option, number), entry) for number, entry in listed if isinstance(entry, str)]


def _pairs(block: Block, option: str) -> list[tuple[str, str]]:
    """Return what an option maps to what, as far as it is written as it should be."""
    value = block.get(option)
    if not isinstance(value, Block):
        return []
    return [(word, meaning) for word, meaning in value.items() if isinstance(meaning, str)]
