"""One decision about what waits at a gate, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from impex.config.markdown import escape
from impex.domain.errors import DataError
from impex.storage.connection import Database
from orders.domain.destination import Manual
from orders.domain.export_item import Item, ItemState
from orders.domain.exporter import Exporter
from orders.domain.order import Cause
from orders.services.chain import Chain
from orders.services.export_orders import raise_next, write_messages
from orders.services.match import fingerprint
from orders.storage import export_items, gates
from orders.storage.export_items import Step
from orders.storage.gates import Decision, Gate

CHANGED = "it has changed since it was shown"

_SHORTEST: Final = timedelta(minutes=10)
_LONGEST: Final = timedelta(days=1)


def decide(database: Database, chain: Chain, number: int, decision: Decision, cause: Cause) -> Gate:
    """Approve or reject what waits at a gate; the first decision counts.

    What is approved is exactly what was shown: an order that says something else by now, that its
    exporter does not take any more or that is on hold, waits again and is asked about anew.

    Returns:
        The gate with the decision that counts, which may be somebody else's.

    Raises:
        DataError: There is no such gate.
        ConfigError: Its exporter cannot be used.
        TransientError: The database failed, and nothing was decided.
    """
    with database.transaction() as connection:
        gates.lock_orders(connection, number)
        name = gates.decide(connection, number, decision, cause)
        if name is not None:
            items = export_items.items_at_gate(connection, number)
            exporter = chain.exporter(name)
            if decision is Decision.REJECTED:
                reason = f"{cause.actor}: {cause.reason}" if cause.reason else cause.actor
                steps = _steps(items, ItemState.REJECTED, name, reason)
                export_items.move(connection, steps, chain.run)
            elif exporter is None:
                steps = _steps(items, ItemState.WAITING, reason="its exporter is gone")
                export_items.move(connection, steps, chain.run)
            else:
                _release(connection, chain, exporter, items)
            export_items.note(connection, [item.id for item in items], decision.value, cause)
        return _gate(connection, number)


def reject_late(database: Database, chain: Chain) -> int:
    """Reject what nobody has decided about in time; return how many gates."""
    with database.transaction() as connection:
        late = gates.late_gates(connection)
    cause = Cause("timeout", reason="nobody has decided in time")
    for number in late:
        decide(database, chain, number, Decision.REJECTED, cause)
    return len(late)


def _release(
    connection: Connection, chain: Chain, exporter: Exporter, items: Sequence[Item]
) -> None:
    """Let what is as it was shown go on, and the rest wait."""
    shown = gates.shown(connection, [item.id for item in items])
    written, _ = chain.write(connection, exporter, items)
    same = [
        (part, content)
        for part, content in written
        if all(
            shown[item.id] == (fingerprint(content.body), False) and chain.takes(exporter, item)
            for item in part.items
        )
    ]
    kept = {item.id for part, _ in same for item in part.items}
    changed = [item for item in items if item.id not in kept]
    export_items.move(connection, _steps(changed, ItemState.WAITING, reason=CHANGED), chain.run)
    if isinstance(exporter.destination, Manual):
        done = [item for part, _ in same for item in part.items]
        steps = _steps(done, ItemState.EXPORTED, exporter.name)
        export_items.move(connection, steps, chain.run)
        raise_next(connection, exporter, done)
    else:
        write_messages(connection, chain, same)


def _steps(
    items: Sequence[Item], state: ItemState, exporter: str = "", reason: str = ""
) -> list[Step]:
    return [Step(item.id, state, exporter, reason) for item in items]


def patience(database: Database, number: int, now: datetime) -> timedelta | None:
    """Return after which time to look again whether a gate is decided; None if it is.

    As long as it has waited by now, so that a thousand old ones cost little; and at once when its
    time is over.

    Raises:
        DataError: There is no such gate.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        found = _gate(connection, number)
    if found.decision is not None:
        return None
    wait = min(now - found.opened_at, _LONGEST)
    if found.rejected_at is not None:
        wait = min(wait, found.rejected_at - now)
    return max(wait, _SHORTEST)


def describe_gate(database: Database, number: int, limit: int) -> tuple[str, str]:
    """Return what a person is asked and what it is about, as Markdown that shows text as it is.

    Raises:
        DataError: There is no such gate.
        TransientError: The database failed.
    """
    with database.transaction() as connection:
        found = _gate(connection, number)
        rows = gates.at_gate(connection, number, limit)
    lines = [
        f"| {escape(row['order_number'])} | {escape(row['delivery'])} | {escape(row['supplier'])} "
        f"| {escape(row['shop'])} | {row['status']} | {row['total']:.2f} {escape(row['currency'])} |"
        for row in rows
    ]
    head = ["| order | delivery | supplier | shop | status | total |", "|---|---|---|---|---|---|"]
    end = (
        "Approve or reject here, or mark this task: success approves, failed rejects. "
        f"What will be sent: `python -m orders gate {number}`"
    )
    return f"{found.exporter}: gate {number}", "\n".join([*head, *lines, "", end])


def _gate(connection: Connection, number: int) -> Gate:
    found = gates.gate(connection, number)
    if found is None:
        raise DataError(f"there is no gate {number}")
    return found
