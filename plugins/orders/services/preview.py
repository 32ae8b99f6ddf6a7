"""Shows what would be sent where, and sends nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.content import Content
from orders.domain.destination import Manual, kind
from orders.domain.export_item import Item, ItemState, Part
from orders.domain.exporter import Exporter
from orders.services.chain import Chain
from orders.services.export_orders import raise_next
from orders.services.match import assign
from orders.storage import export_items
from orders.storage.export_items import Step

MOST: Final = 1000
"""So many orders are shown at most: they are locked until all is written."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that would be sent, or wait for a person.

    Attributes:
        exporter: Which would send it.
        kind: Of its target: file, email, http, table, python, manual.
        recipient: Name of a file, address of a mail, else number of the order; may be empty.
        orders: Numbers of the orders that it is about.
        flag: What it would be sent for.
        approval: Whether a person would be asked first.
        ending: Of the name of a file with the body.
        body: Byte by byte as it would be sent; of a manual exporter, what the person would see.
    """

    exporter: str
    kind: str
    recipient: str
    orders: tuple[str, ...]
    flag: str
    approval: bool
    ending: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """A flag that would not go on.

    Attributes:
        order: Number of the order.
        flag: Its name.
        state: ``unmatched`` or ``dead``.
        reason: Why.
    """

    order: str
    flag: str
    state: ItemState
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do.

    Attributes:
        messages: In the order in which they would be written.
        left: What would not go on.
        orders: How many orders were looked at; ``MOST`` if there may be more.
    """

    messages: list[Shown] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    orders: int = 0


def preview(database: Database, chain: Chain) -> Preview:
    """Return what the flags that wait would become, hop by hop, as if all were taken at once.

    What waits for an approval goes no further. Messages that are written already are not shown.
    Everything is done as in a run, in one transaction that is rolled back.

    Raises:
        ConfigError: An exporter cannot be used.
        TransientError: The database failed.
    """
    return database.attempt(lambda connection: _run(connection, chain), keep=lambda _: False)


def _run(connection: Connection, chain: Chain) -> Preview:
    orders = export_items.claim(connection, chain.scope, past=0, limit=MOST)
    found = Preview(orders=len(orders))
    while items := export_items.waiting(connection, chain.scope, orders):
        unmatched, taken = assign(chain, items)
        _leave(connection, chain, found, items, unmatched)
        for exporter, mine in taken:
            _show(connection, chain, found, exporter, mine)
    return found


def _show(
    connection: Connection, chain: Chain, found: Preview, exporter: Exporter, items: Sequence[Item]
) -> None:
    """Write what an exporter would send of items, and let them go where they would."""
    written, dead = chain.write(connection, exporter, items)
    held = exporter.approval is not None
    gone: list[Item] = []
    for part, content in written:
        if fault := _message(chain, found, part, content):
            dead += [Step(i.id, ItemState.DEAD, exporter.name, fault) for i in part.items]
        else:
            gone += part.items
    _leave(connection, chain, found, items, dead)
    state = ItemState.HELD if held else ItemState.EXPORTED
    export_items.move(connection, [Step(i.id, state, exporter.name) for i in gone], chain.run)
    if not held:
        raise_next(connection, exporter, gone)


def _message(chain: Chain, found: Preview, part: Part, content: Content) -> str:
    """Add the messages about a part; return why there are none, or nothing."""
    if isinstance(part.exporter.destination, Manual):
        found.messages.append(_shown(part, "", content.ending, content.body))
        return ""
    drafts = chain.address(part, content)
    if fault := next((draft.fault for draft in drafts if draft.fault), ""):
        return fault
    ending = ".eml" if kind(part.exporter.destination) == "email" else content.ending
    found.messages.extend(_shown(part, each.recipient, ending, each.body) for each in drafts)
    return ""


def _shown(part: Part, recipient: str, ending: str, body: bytes) -> Shown:
    exporter = part.exporter
    orders = tuple(dict.fromkeys(item.order for item in part.items))
    return Shown(
        exporter.name,
        kind(exporter.destination),
        recipient,
        orders,
        exporter.flag,
        exporter.approval is not None,
        ending,
        body,
    )


def _leave(
    connection: Connection,
    chain: Chain,
    found: Preview,
    items: Sequence[Item],
    steps: Sequence[Step],
) -> None:
    """Let items stay where they would, and say why."""
    export_items.move(connection, steps, chain.run)
    found.left.extend(_left(items, steps))


def _left(items: Sequence[Item], steps: Sequence[Step]) -> Iterator[Left]:
    by_id = {item.id: item for item in items}
    told = {(by_id[s.item].order, by_id[s.item].flag, s.state, s.reason) for s in steps}
    yield from (Left(*each) for each in sorted(told))
