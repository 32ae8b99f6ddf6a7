"""Gates: what a person is asked to approve, and the one decision about it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from impex.storage.named_queries import queries
from orders.domain.exporter import Exporter
from orders.domain.order import Cause

_SQL = queries("export_items", "orders.storage")


class Decision(StrEnum):
    """What a person says of a gate."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Held(NamedTuple):
    """An item at a gate, and the fingerprint of what its message would say."""

    item: int
    seen: bytes


class Gate(NamedTuple):
    """A gate and what was decided, if anything was.

    Attributes:
        asked_by: The run of Airflow with the task that asks, as ``dag_id/run_id``; empty if none does.
    """

    exporter: str
    decision: Decision | None
    actor: str
    reason: str
    opened_at: datetime
    rejected_at: datetime | None
    asked_by: str


def open_gate(connection: Connection, exporter: Exporter, run: int, held: Sequence[Held]) -> int:
    """Let items wait until a person decides; return the number of the gate."""
    approval = exporter.approval
    values = {
        "exporter": exporter.name,
        "run": run,
        "within": approval.after if approval else None,
        "remind": approval.remind if approval else None,
    }
    ((gate,),) = connection.execute(_SQL["open_gate"], values).fetchall()
    ordered = sorted(held)
    values |= {
        "ids": [each.item for each in ordered],
        "gates": [gate] * len(ordered),
        "seen": [each.seen for each in ordered],
    }
    connection.execute(_SQL["hold_items"], values)
    return int(gate)


def lock_orders(connection: Connection, gate: int) -> None:
    """Lock the orders whose items wait at a gate, by id."""
    connection.execute(_SQL["lock_gate_orders"], {"gate": gate})


def decide(connection: Connection, gate: int, decision: Decision, cause: Cause) -> str | None:
    """Decide, if nobody has; return the exporter then, and None otherwise."""
    values = {
        "gate": gate,
        "decision": decision.value,
        "actor": cause.actor,
        "reason": cause.reason,
    }
    row = connection.execute(_SQL["decide_gate"], values).fetchone()
    return None if row is None else str(row[0])


def gate(connection: Connection, number: int) -> Gate | None:
    """Return a gate; None if there is none of that number."""
    row = connection.execute(_SQL["gate"], {"gate": number}).fetchone()
    if row is None:
        return None
    exporter, decision, actor, *rest = row
    return Gate(exporter, Decision(decision) if decision else None, actor or "", *rest)


def shown(connection: Connection, items: Sequence[int]) -> dict[int, tuple[bytes, bool]]:
    """Return what people were shown of items, and whether their orders are on hold."""
    rows = connection.execute(_SQL["seen"], {"ids": sorted(items)})
    return {item: (seen, on_hold) for item, seen, on_hold in rows}


def open_gates(connection: Connection, limit: int, past: int = 0) -> list[dict[str, Any]]:
    """Return gates that nobody has decided about with higher numbers than ``past``, in order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"limit": limit, "past": past}
        return cursor.execute(_SQL["open_gates"], values).fetchall()


def late_gates(connection: Connection) -> list[int]:
    """Return the gates whose time is over."""
    return [number for (number,) in connection.execute(_SQL["late_gates"])]


def ask(connection: Connection, run: str, limit: int) -> list[int]:
    """Take some gates that no task waits for; the tasks of this run will."""
    rows = connection.execute(_SQL["ask"], {"run": run, "limit": limit})
    return sorted(number for (number,) in rows)


def askers(connection: Connection) -> list[str]:
    """Return the runs whose tasks wait for decisions."""
    return [run for (run,) in connection.execute(_SQL["askers"])]


def forget_askers(connection: Connection, runs: Sequence[str]) -> None:
    """Note that runs are gone, so that others ask instead."""
    connection.execute(_SQL["forget_askers"], {"runs": list(runs)})


def at_gate(connection: Connection, number: int, limit: int) -> list[dict[str, Any]]:
    """Return what waits at a gate, as a person wants to see it."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL["at_gate"], {"gate": number, "limit": limit}).fetchall()
