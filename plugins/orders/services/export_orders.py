"""Writes messages about what an exporter has taken, sends them, and raises what follows."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.content import Content
from orders.domain.export_item import Item, ItemState, Part
from orders.domain.exporter import Batch, Exporter
from orders.domain.outbox import Attempt, MessageState
from orders.services.chain import Chain, sending
from orders.services.send import Route, send_due
from orders.storage import export_items, outbox
from orders.storage.export_items import Step
from orders.storage.outbox import Draft

_AT_ONCE: Final = 1000

NOT_ANY_MORE: Final = "the exporter that had taken it would not take it any more"


def export(
    database: Database, chain: Chain, exporter: Exporter, route: Route, stop: Callable[[], bool]
) -> Counter[MessageState]:
    """Send what an exporter has taken, and what is to be tried again; return how attempts ended.

    Raises:
        ConfigError: The exporter cannot be used.
        TransientError: The database failed; what was committed stays.
    """
    compose(database, chain, exporter, stop=stop)

    def check(connection: Connection, attempts: Sequence[Attempt]) -> Collection[int]:
        return _withdraw(connection, chain, exporter, attempts)

    watched = replace(route, order_id=chain.scope.order_id, check=check, settled=settle_items)
    return send_due(database, watched, run=chain.reference, stop=stop)


def compose(
    database: Database, chain: Chain, exporter: Exporter, *, stop: Callable[[], bool]
) -> None:
    """Write a message about each part that an exporter has taken, as its order is now.

    What it would not take any more waits again.
    """
    past, whole = 0, exporter.batch is Batch.PER_RUN
    database.be_repetitive()
    while not stop():
        with database.transaction() as connection:
            orders = export_items.lock_taken(
                connection,
                exporter.name,
                chain.scope,
                past=past,
                limit=None if whole else _AT_ONCE,
            )
            if not orders:
                return
            items = export_items.taken(connection, exporter.name, orders)
            still = [item for item in items if chain.takes(exporter, item)]
            kept = {item.id for item in still}
            steps = [
                Step(item.id, ItemState.WAITING, reason=NOT_ANY_MORE)
                for item in items
                if item.id not in kept
            ]
            written, dead = chain.write(connection, exporter, still)
            export_items.move(connection, [*steps, *dead], chain.run)
            write_messages(connection, chain, written)
        past = orders[-1]


def write_messages(
    connection: Connection, chain: Chain, written: Sequence[tuple[Part, Content]]
) -> None:
    """Put the messages of parts into the outbox; their orders are locked."""
    steps: list[Step] = []
    drafts: list[Draft] = []
    links: list[tuple[int, str]] = []
    for part, content in written:
        exporter, mine = part.exporter, chain.address(part, content)
        if fault := next((draft.fault for draft in mine if draft.fault), ""):
            # As what cannot be written: it is made anew when that is mended.
            steps += [Step(i.id, ItemState.DEAD, exporter.name, fault) for i in part.items]
            continue
        steps += sending(exporter, part.items)
        drafts += mine
        links += [(item.id, draft.key) for item in part.items for draft in mine]
    export_items.move(connection, steps, chain.run)
    outbox.put(connection, drafts)
    export_items.link(connection, links)


def settle_items(connection: Connection, messages: Sequence[int]) -> None:
    """Let items follow their messages, and raise the flags that follow what was exported.

    Whoever calls this has locked the messages before; their orders are locked behind them.
    """
    export_items.lock_orders_of(connection, messages)
    export_items.raise_flags(connection, export_items.follow(connection, messages))


def raise_next(connection: Connection, exporter: Exporter, items: Sequence[Item]) -> None:
    """Raise the flag that follows an exporter, for items that were exported at once."""
    if exporter.next_flag:
        flags = [(i.order_id, i.seq, i.delivery_id, exporter.next_flag) for i in items]
        export_items.raise_flags(connection, flags)


def _withdraw(
    connection: Connection, chain: Chain, exporter: Exporter, attempts: Sequence[Attempt]
) -> Collection[int]:
    """Take back what an exporter does not take any more, or what is on hold.

    What the target may have already is sent to the end: it must not have a part of the story.
    """
    certain = [each.message.id for each in attempts if not each.doubtful]
    export_items.lock_orders_of(connection, certain)
    gone = {
        message
        for message, item, on_hold in export_items.of_messages(connection, certain)
        if on_hold or not chain.takes(exporter, item)
    }
    if gone:
        export_items.withdraw(connection, sorted(gone), NOT_ANY_MORE, chain.reference)
        settle_items(connection, sorted(gone))
    return gone
