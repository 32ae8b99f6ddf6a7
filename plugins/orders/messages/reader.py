"""Reads the messages of one feed as its mapping says."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from orders.domain.acknowledgement import Acknowledgement
from orders.domain.feed import Acknowledging, Feed, MessageFormat, Origin, Parts, UnknownStatus
from orders.domain.outbox import KEY_LENGTH
from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import DETAILS, DeliveryUpdate, LineUpdate
from orders.messages import values
from orders.messages.json_message import read_json
from orders.messages.nodes import Node
from orders.messages.refusal import RefusedMessageError, quoted
from orders.messages.xml_message import read_xml

SKEW: Final = timedelta(days=1)
"""By how much the clock of a sender may be ahead of ours."""

_FORESEEN: Final = timedelta(days=3660)
_DAYS: Final = frozenset({"estimated_from", "estimated_to", "guaranteed_on", "invoice_date"})
_BETWEEN: Final = ", "


class Told(NamedTuple):
    """An event of a message: its number, empty where the sender has none, and what it says."""

    event_id: str
    said: DeliveryUpdate | Acknowledgement


def read_message(feed: Feed, body: bytes, now: datetime) -> list[Told] | None:
    """Return the events of a message, in its order; all of them or none.

    Args:
        feed: Whose message it is.
        body: As it was received.
        now: What is said of a time more than a day later is refused.

    Returns:
        None for a message that the feed does not want to hear.

    Raises:
        RefusedMessageError: It cannot be read, or says something that cannot be.
    """
    if feed.format is MessageFormat.XML:
        return _events(feed, read_xml(body, feed.namespaces), now)
    return _events(feed, read_json(body), now)


def _events(feed: Feed, root: Node, now: datetime) -> list[Told] | None:
    for path, masks in feed.only.items():
        text = root.text(path) or ""
        if not any(fnmatchcase(text, mask.replace("[", "[[]")) for mask in masks):
            return None
    nodes = root.each(feed.each or ".")
    if not nodes:
        raise RefusedMessageError(root.where, f"has no {feed.each or 'fields'}")
    return [_Reader(feed, node, now).event() for node in nodes]


class _Reader:
    """Reads one update or acknowledgement."""

    def __init__(self, feed: Feed, node: Node, now: datetime) -> None:
        self._feed = feed
        self._node = node
        self._now = now

    def event(self) -> Told:
        """Return the event.

        Raises:
            RefusedMessageError: It cannot be.
        """
        feed, fields = self._feed, _Fields(self._node, self._feed.fields)
        occurred_at = fields.moment("occurred_at", feed.timezone, self._now + SKEW)
        said = (
            self._acknowledgement(feed.acknowledgement, occurred_at)
            if feed.acknowledgement
            else self._update(fields, occurred_at)
        )
        return Told(fields.needed("identity") if "identity" in feed.fields else "", said)

    def _acknowledgement(
        self, told: Acknowledging, occurred_at: datetime | None
    ) -> Acknowledgement:
        fields = _Fields(self._node, told.fields)
        word = fields.needed("status")
        status = told.statuses.get(word)
        if status is None:
            what = f"{quoted(word)} is no status that this feed knows"
            raise RefusedMessageError(fields.place("status"), what)
        return Acknowledgement(
            message=fields.needed("message", KEY_LENGTH),
            status=status,
            occurred_at=occurred_at,
            reference=fields.word("reference"),
            reason=fields.sentence("reason"),
            exporters=told.exporters,
        )

    def _update(self, fields: "_Fields", occurred_at: datetime | None) -> DeliveryUpdate:
        feed = self._feed
        update = DeliveryUpdate(
            order_number=fields.word("order_number"),
            delivery_number=fields.word("delivery_number"),
            supplier=feed.supplier,
            occurred_at=occurred_at,
            sequence=fields.whole_number("sequence"),
            counting=feed.counting,
            trigger=self._trigger(fields),
            fires=feed.fires,
            lines=tuple(map(self._line, self._parts(feed.lines))),
            scans=tuple(map(self._scan, self._parts(feed.scans))),
            data=self._data(),
        )
        if not (update.order_number or update.delivery_number or update.parcels):
            raise RefusedMessageError(self._node.where, "names no order, delivery or parcel")
        return update

    def _trigger(self, fields: "_Fields") -> str:
        trigger = fields.word("trigger")
        if trigger and trigger not in self._feed.may_fire:
            possible = ", ".join(sorted(self._feed.may_fire))
            what = f"{quoted(trigger)} is nothing that this feed may ask for; it may: {possible}"
            raise RefusedMessageError(fields.place("trigger"), what)
        return trigger

    def _data(self) -> dict[str, str]:
        fields = _Fields(self._node, self._feed.data)
        found = {name: fields.sentence(name) for name in self._feed.data}
        return {name: text for name, text in found.items() if text}

    def _parts(self, parts: Parts | None) -> Iterator["_Fields"]:
        if parts is None:
            return
        for node in self._node.each(parts.each) if parts.each else [self._node]:
            fields = _Fields(node, parts.fields)
            # A row may tell of a line, of a parcel, or of both.
            if parts.each or fields.say_something():
                yield fields

    def _line(self, fields: "_Fields") -> LineUpdate:
        details = {name: self._detail(fields, name) for name in DETAILS}
        line = LineUpdate(
            reference=fields.word("reference"),
            sku=fields.word("sku"),
            ordered=fields.quantity("ordered"),
            shipped=fields.quantity("shipped"),
            rejected=fields.quantity("rejected"),
            details={name: text for name, text in details.items() if text},
        )
        if not (line.reference or line.sku):
            raise RefusedMessageError(fields.where, "names neither line nor article")
        return line

    def _detail(self, fields: "_Fields", name: str) -> str:
        if name in _DAYS:
            return fields.day(name)
        if name == "confirmed_at":
            at = fields.moment(name, self._feed.timezone, self._now + _FORESEEN)
            return at.isoformat() if at else ""
        return fields.sentence(name)

    def _scan(self, fields: "_Fields") -> Scan:
        at = fields.moment("at", self._feed.timezone, self._now + SKEW)
        if at is None:
            raise RefusedMessageError(fields.place("at"), "is missing or empty")
        message = fields.sentence("message")
        said = fields.word("status")
        status = self._status(said, fields.place("status"))
        if status is TrackingStatus.UNKNOWN and said not in {"", TrackingStatus.UNKNOWN}:
            message = f"{said}: {message}" if message else said
        return Scan(
            at=at,
            status=status,
            number=fields.needed("number"),
            carrier=fields.word("carrier"),
            message=message,
            place=fields.sentence("place"),
        )

    def _status(self, said: str, where: str) -> TrackingStatus:
        if said in self._feed.statuses:
            return self._feed.statuses[said]
        if said in set(TrackingStatus):
            return TrackingStatus(said)
        if said and self._feed.unknown_status is UnknownStatus.REFUSE:
            raise RefusedMessageError(where, f"{quoted(said)} is no status that this feed knows")
        return TrackingStatus.UNKNOWN


class _Fields:
    """What a mapping finds in one object of a message; empty or None where it finds nothing."""

    def __init__(self, node: Node, origins: Mapping[str, Origin]) -> None:
        self._node = node
        self._origins = origins

    @property
    def where(self) -> str:
        """Where the object stands."""
        return self._node.where

    def say_something(self) -> bool:
        """Tell whether the object has anything of what is looked for."""
        paths = (path for origin in self._origins.values() for path in origin.paths)
        return any((self._node.text(path) or "").strip() for path in paths)

    def word(self, name: str, limit: int = values.SHORT) -> str:
        """Return a number or a code."""
        return values.word(self._text(name), self.place(name), limit)

    def needed(self, name: str, limit: int = values.SHORT) -> str:
        """Return a number or a code without which nothing can be done."""
        found = self.word(name, limit)
        if not found:
            raise RefusedMessageError(self.place(name), "is missing or empty")
        return found

    def sentence(self, name: str) -> str:
        """Return what is for people to read."""
        return values.sentence(self._text(name), self.place(name))

    def quantity(self, name: str) -> Decimal | None:
        """Return a quantity."""
        text = self._text(name)
        return values.quantity(text, self.place(name)) if text.strip() else None

    def whole_number(self, name: str) -> int | None:
        """Return a count."""
        text = self._text(name)
        return values.whole_number(text, self.place(name)) if text.strip() else None

    def day(self, name: str) -> str:
        """Return a date."""
        text = self._text(name)
        return values.day(text, self.place(name)) if text.strip() else ""

    def moment(self, name: str, timezone: str, latest: datetime) -> datetime | None:
        """Return a time."""
        text = self._text(name)
        if not text.strip():
            return None
        return values.moment(text, self.place(name), timezone, latest)

    def _text(self, name: str) -> str:
        origin = self._origins.get(name)
        if origin is None:
            return ""
        found = [self._node.text(path) for path in origin.paths]
        return origin.constant or _BETWEEN.join(text for text in found if text)

    def _paths(self, name: str) -> tuple[str, ...]:
        origin = self._origins.get(name)
        return origin.paths if origin else ()

    def place(self, name: str) -> str:
        """Return where a value comes from; the first place where it comes from several."""
        paths = self._paths(name)
        return self._node.place(paths[0]) if paths else self._node.where
