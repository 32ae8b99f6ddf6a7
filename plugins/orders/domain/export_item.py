"""What is exported: a flag of one delivery is an item, and one message is about some items."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Final
from urllib.parse import quote

from orders.domain.conditions import Subject
from orders.domain.exporter import Batch, Exporter, Split
from orders.domain.outbox import KEY_LENGTH


class ItemState(StrEnum):
    """Where an item is.

    ``WAITING`` for its turn; ``HELD`` for a person's decision; ``SENDING``: a message is on its way.
    ``EXPORTED`` is the end. ``UNMATCHED``: no exporter takes it. ``UNCERTAIN``: its message may have
    been taken. ``DEAD``: its message was not. ``REJECTED`` by a person who was to approve it, or by
    the receiver later. ``DISCARDED`` by a person.
    """

    WAITING = "waiting"
    HELD = "held"
    SENDING = "sending"
    EXPORTED = "exported"
    UNMATCHED = "unmatched"
    UNCERTAIN = "uncertain"
    DEAD = "dead"
    REJECTED = "rejected"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Item:
    """A flag of one delivery, or of an order without deliveries, as it is while the order is locked.

    Attributes:
        id: Its number.
        order_id: Of the order that raised the flag.
        order: Number of the order.
        seq: Number of the flag within the order; flags are exported in this order.
        flag: Its name.
        subject: What exporters are chosen by.
        delivery_id: Which delivery; None for an order without any.
        delivery: Number of the delivery; empty without one.
    """

    id: int
    order_id: int
    order: str
    seq: int
    flag: str
    subject: Subject
    delivery_id: int | None = None
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which flags a run is about; all, unless it says more.

    Attributes:
        order_id: Only those of this order.
        flag: Only those of this name.
    """

    order_id: int | None = None
    flag: str = ""


EVERYTHING: Final = Scope()


@dataclass(frozen=True, slots=True)
class Part:
    """What one message is about.

    Attributes:
        exporter: Which sends it.
        items: One at least, by number of the order and id; of one order unless the exporter makes one
            message of a run.
    """

    exporter: Exporter
    items: tuple[Item, ...]

    @property
    def first(self) -> Item:
        """The item that stands for the others in names."""
        return self.items[0]

    @property
    def orders(self) -> list[int]:
        """The ids of the orders, each once, in the order of the items."""
        return list(dict.fromkeys(item.order_id for item in self.items))

    def about(self, *orders: int) -> "Part":
        """Return what of it is about some of its orders."""
        return replace(self, items=tuple(item for item in self.items if item.order_id in orders))

    @property
    def key(self) -> str:
        """What names the message for its target: at most 255 visible ASCII characters, no full stops.

        The same items make the same key, so that what is sent again is recognised; other messages
        have other keys.
        """
        return _joined(self._names)

    def key_to(self, recipient: str) -> str:
        """Return the key of the message to one of several recipients."""
        return _joined((*self._names, recipient))

    @property
    def _names(self) -> tuple[str, ...]:
        """What tells the message from all others."""
        exporter, first = self.exporter, self.first
        if exporter.batch is Batch.PER_RUN:
            numbers = ",".join(str(item.id) for item in self.items)
            return exporter.name, hashlib.sha256(numbers.encode()).hexdigest()[:40]
        return first.order, str(first.seq), exporter.name, _division(exporter.split, first)


def parts_of(exporter: Exporter, items: Iterable[Item]) -> Iterator[Part]:
    """Yield what there is one message for, of items that an exporter takes.

    Args:
        exporter: All of them are its.
        items: In any order.
    """
    if exporter.batch is Batch.PER_RUN:
        ordered = sorted(items, key=lambda item: (item.order, item.seq, item.id))
        if ordered:
            yield Part(exporter, tuple(ordered))
        return

    def part(item: Item) -> tuple[str, int, str]:
        return item.order, item.seq, _division(exporter.split, item)

    for _, group in groupby(sorted(items, key=lambda item: (*part(item), item.id)), key=part):
        yield Part(exporter, tuple(group))


def _division(split: Split, item: Item) -> str:
    """Return what tells the messages about one flag of an order from each other."""
    if split is Split.DELIVERY:
        return item.delivery
    return item.subject.supplier if split is Split.SUPPLIER else ""


def _joined(names: Iterable[str]) -> str:
    """Join names so that others never make the same key; a long one ends with a digest of all of it."""
    written = (quote(name, safe="").replace(".", "%2E").replace("~", "%7E") for name in names)
    key = "/".join(name for name in written if name)
    if len(key) <= KEY_LENGTH:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"{key[: KEY_LENGTH - 41]}~{digest}"
