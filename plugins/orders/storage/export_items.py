"""Items of exports: what becomes of flags, under the locks of their orders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.conditions import Subject
from orders.domain.export_item import Item, ItemState, Scope
from orders.domain.order import Cause
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment

_SQL = queries("export_items", "orders.storage")

REOPENED: Final = (ItemState.UNMATCHED, ItemState.DEAD, ItemState.REJECTED)
"""Items without messages that a person may let wait again, or discard."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an item goes.

    Attributes:
        item: Its number.
        state: The state that it gets.
        exporter: Which has it now; empty for none.
        reason: Why, for a person.
        next_flag: What is raised once its messages were taken; empty for nothing.
    """

    item: int
    state: ItemState
    exporter: str = ""
    reason: str = ""
    next_flag: str = ""


Next = tuple[int, int, int | None, str]
"""A flag that follows: order, number of the flag that was exported, delivery, and the flag to raise."""


def begin_run(connection: Connection, run: str) -> int:
    """Note that a run has begun; return its number, the same one each time."""
    ((number,),) = connection.execute(_SQL["begin_run"], {"run": run}).fetchall()
    return int(number)


def newest(connection: Connection) -> int:
    """Return the number of the newest item that waits; 0 if none does."""
    ((number,),) = connection.execute(_SQL["newest"]).fetchall()
    return int(number)


def claim(connection: Connection, scope: Scope, *, past: int, limit: int) -> list[int]:
    """Lock some orders that have a flag whose turn it is, by id; those that others have locked wait.

    Args:
        connection: In a transaction, which holds the locks.
        scope: Which flags are looked at.
        past: Only orders with a higher id.
        limit: How many at most.
    """
    values = {"order": scope.order_id, "flag": scope.flag, "past": past, "limit": limit}
    return [number for (number,) in connection.execute(_SQL["claim"], values)]


def forsake(connection: Connection, exporters: Sequence[str]) -> int:
    """Let what others than these exporters have taken wait again; return how many items."""
    return connection.execute(_SQL["forsaken"], {"exporters": list(exporters)}).rowcount


def waiting(connection: Connection, scope: Scope, orders: Sequence[int]) -> list[Item]:
    """Return the items whose turn it is, of orders that are locked: for each, all of one flag."""
    return _items(connection, "waiting", orders=list(orders), flag=scope.flag)


def lock_taken(
    connection: Connection, exporter: str, scope: Scope, *, past: int, limit: int | None
) -> list[int]:
    """Lock some orders that have items which an exporter has taken and not written of, by id."""
    values = {"exporter": exporter, "order": scope.order_id, "past": past, "limit": limit}
    return [number for (number,) in connection.execute(_SQL["lock_taken"], values)]


def taken(connection: Connection, exporter: str, orders: Sequence[int]) -> list[Item]:
    """Return those items, of orders that are locked."""
    return _items(connection, "taken", exporter=exporter, orders=list(orders))


def move(connection: Connection, steps: Sequence[Step], run: int | None) -> None:
    """Bring items where they belong; ``run`` is the one that has taken them, if one has."""
    ordered = sorted(steps, key=lambda step: step.item)
    values = {
        "ids": [step.item for step in ordered],
        "states": [step.state.value for step in ordered],
        "exporters": [step.exporter for step in ordered],
        "reasons": [step.reason for step in ordered],
        "next_flags": [step.next_flag for step in ordered],
        "run": run,
    }
    connection.execute(_SQL["move"], values)


def link(connection: Connection, pairs: Iterable[tuple[int, str]]) -> None:
    """Say which items the messages of which keys are about."""
    items, keys = [], []
    for item, key in pairs:
        items.append(item)
        keys.append(key)
    connection.execute(_SQL["link"], {"items": items, "keys": keys})


def lock_orders_of(connection: Connection, messages: Sequence[int]) -> None:
    """Lock the orders that messages are about, by id."""
    connection.execute(_SQL["orders_of_messages"], {"messages": list(messages)})


def of_messages(
    connection: Connection, messages: Sequence[int]
) -> Iterator[tuple[int, Item, bool]]:
    """Yield messages with what they are about, and whether that is on hold; orders are locked."""
    values = {"messages": list(messages)}
    for message, on_hold, *row in connection.execute(_SQL["of_messages"], values):
        yield message, _item(*row), on_hold


def withdraw(connection: Connection, messages: Sequence[int], reason: str, reference: str) -> None:
    """Take messages back that their target certainly does not have; what they are about waits.

    Args:
        connection: In a transaction that has locked the orders.
        messages: Their numbers.
        reason: Why.
        reference: Of the run of Airflow; may be empty.
    """
    values = {"messages": list(messages), "reason": reason, "reference": reference}
    connection.execute(_SQL["withdraw"], values)
    connection.execute(_SQL["delete_messages"], values)


def follow(connection: Connection, messages: Sequence[int]) -> list[Next]:
    """Let items follow their messages, whose orders are locked.

    Returns:
        The flags that follow what was exported by that, and never before.
    """
    rows = connection.execute(_SQL["follow"], {"messages": list(messages)})
    return [(*item, flag) for *item, flag in rows if flag]


def raise_flags(connection: Connection, flags: Sequence[Next]) -> None:
    """Raise the flags that follow what was exported at once; the orders are locked."""
    if not flags:
        return
    ordered = sorted(flags, key=lambda flag: (flag[0], flag[1], flag[2] or 0))
    orders, seqs, deliveries, names = zip(*ordered, strict=True)
    values = {
        "orders": list(orders),
        "seqs": list(seqs),
        "deliveries": list(deliveries),
        "flags": list(names),
    }
    connection.execute(_SQL["raise"], values)


def busy_exporters(connection: Connection) -> set[tuple[str, bool]]:
    """Return the exporters with items on their way, and, marked, those with uncertain ones."""
    return {(name, doubtful) for name, doubtful in connection.execute(_SQL["busy_exporters"])}


def balance(connection: Connection, run: int | None) -> dict[ItemState, int]:
    """Return how many items are in which state: those that a run has taken, or all."""
    rows = connection.execute(_SQL["balance"], {"run": run})
    return {ItemState(state): number for state, number in rows}


def faults(connection: Connection, run: int | None) -> dict[str, int]:
    """Return what must never be, with how often it is; empty where all adds up.

    Args:
        connection: In a transaction.
        run: Only of what this run has taken; None looks at everything that ever was.
    """
    return dict(connection.execute(_SQL["faults"], {"run": run}).fetchall())


def listed(
    connection: Connection, states: Sequence[ItemState], limit: int, past: int = 0
) -> list[dict[str, Any]]:
    """Return items in some states with higher numbers than ``past``, in order."""
    values = {"states": [state.value for state in states], "limit": limit, "past": past}
    return _rows(connection, "listed", values)


def counts(connection: Connection) -> list[dict[str, Any]]:
    """Return how many items of which flag and exporter are in which state."""
    return _rows(connection, "counts", {})


def reopen(
    connection: Connection, items: Sequence[int], state: ItemState, cause: Cause
) -> list[int]:
    """Let items without messages wait again, or discard them; return those that allow it."""
    values = {
        "ids": list(items),
        "from": [each.value for each in REOPENED],
        "state": state.value,
        "reason": cause.reason,
    }
    found = [number for (number,) in connection.execute(_SQL["reopen"], values)]
    note(connection, found, state.value, cause)
    return found


def hold(connection: Connection, order_id: int, cause: Cause) -> bool:
    """Let the flags of a locked order queue; tell whether they did not already."""
    values = {"order": order_id, "actor": cause.actor, "reason": cause.reason}
    if not connection.execute(_SQL["hold_order"], values).rowcount:
        return False
    _mark(connection, order_id, cause, what="hold", on_hold=True)
    return True


def release(connection: Connection, order_id: int, cause: Cause) -> bool:
    """Let the flags of a locked order go on; tell whether they were on hold."""
    if not connection.execute(_SQL["release_order"], {"order": order_id}).rowcount:
        return False
    _mark(connection, order_id, cause, what="release", on_hold=False)
    return True


def note(connection: Connection, items: Sequence[int], what: str, cause: Cause) -> None:
    """Keep who has decided what about items."""
    values = {"ids": list(items), "what": what, "actor": cause.actor, "reason": cause.reason}
    connection.execute(_SQL["note"], values)


def items_at_gate(connection: Connection, gate: int) -> list[Item]:
    """Return the items that wait at a gate, of orders that are locked."""
    return _items(connection, "gate_items", gate=gate)


def _items(connection: Connection, name: str, **values: object) -> list[Item]:
    return [_item(*row) for row in connection.execute(_SQL[name], values)]


def _mark(connection: Connection, order_id: int, cause: Cause, *, what: str, on_hold: bool) -> None:
    values = {"order": order_id, "on_hold": on_hold, "what": what}
    connection.execute(_SQL["mark_hold"], values)
    values |= {"actor": cause.actor, "reason": cause.reason}
    connection.execute(_SQL["note_order"], values)


def _item(*row: Any) -> Item:
    """Make an item of a row of the view ``orders.export_subject``."""
    number, order_id, order, seq, flag, delivery_id, delivery, *facts = row
    shop, status, country, currency, payment, total, supplier, delivery_status, group, *_ = facts
    subject = Subject(
        shop=shop,
        status=OrderStatus(status),
        country=country,
        currency=currency,
        payment=Payment(payment),
        total=total,
        supplier=supplier,
        delivery_status=DeliveryStatus(delivery_status) if delivery_status else None,
        delivery_group=DeliveryGroup(group) if group else None,
    )
    return Item(number, order_id, order, seq, flag, subject, delivery_id, delivery)


def _rows(connection: Connection, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL[name], values).fetchall()
