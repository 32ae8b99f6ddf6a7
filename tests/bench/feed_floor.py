"""The floors of feeds: the same writes by hand, in sets of SQL or event by event.

What a careful person would write for events that are known to be right: no one is late, too early,
unknown or wrong, and nothing is decided but how far a delivery has come.
"""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.clock import timed

_STATEMENTS = re.split(
    r"^-- [a-z_]+ --$",
    Path(__file__).with_name("feed_floor.sql").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)[1:]
# A temporary table of the way that goods take: the floor needs no more of the machine.
_WAY = """
    CREATE TEMPORARY TABLE bench_way (n integer, source text, trigger text, dest text, flag boolean)
"""
_STEPS = (
    ("awaiting_allocation", "allocate", "allocated", False),
    ("allocated", "start_packing", "packing", False),
    ("packing", "complete_packing", "ready", False),
    ("ready", "release", "in_transit", True),
    ("in_transit", "ship", "shipped", True),
)
_STATES = [source for source, *_ in _STEPS] + ["shipped"]


def apply_in_sets(events: str) -> float:
    """Time the floor; so many events a transaction, four for each order."""
    orders = max(1, int(events) // 4)

    def work() -> None:
        with psycopg.connect(os.environ["IMPEX_DSN"], autocommit=True) as connection:
            connection.execute(_WAY)
            with connection.cursor() as cursor:
                rows = [(n, *step) for n, step in enumerate(_STEPS)]
                cursor.executemany("INSERT INTO bench_way VALUES (%s, %s, %s, %s, %s)", rows)
            ((past,),) = connection.execute("SELECT max(order_id) + 1 FROM orders.inbox").fetchall()
            for first, end in pairwise([*range(1, past, orders), past]):
                with connection.transaction():
                    for statement in _STATEMENTS:
                        connection.execute(statement.encode(), {"first": first, "past": end})

    return timed(work)


def apply_one_by_one() -> float:
    """Time the floor that claims and applies each event in a transaction of its own."""

    def work() -> None:
        with psycopg.connect(os.environ["IMPEX_DSN"], autocommit=True) as connection:
            while True:
                with connection.transaction():
                    claimed = connection.execute(
                        "SELECT id, order_id, occurred_at, payload FROM orders.inbox "
                        "WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
                    ).fetchone()
                    if claimed is None:
                        return
                    _apply(connection, *claimed)

    return timed(work)


def _apply(
    connection: psycopg.Connection, event: int, order: int, at: Any, payload: dict[str, Any]
) -> None:
    """Apply one event."""
    connection.execute("SELECT FROM orders.customer_order WHERE id = %s FOR UPDATE", (order,))
    for line in payload["lines"]:
        said = {name: at.isoformat() for name in line if name != "reference"}
        connection.execute(
            "UPDATE orders.delivery_line l SET shipped = coalesce(%s, l.shipped), "
            "estimated_from = coalesce(%s::date, l.estimated_from), "
            "remark = coalesce(%s, l.remark), as_of = l.as_of || %s FROM orders.delivery d "
            "WHERE d.order_id = %s AND l.delivery_id = d.id AND l.reference = %s",
            (
                line.get("shipped"),
                line.get("estimated_from"),
                line.get("remark"),
                psycopg.types.json.Jsonb(said),
                order,
                line["reference"],
            ),
        )
    ((delivery, source, is_over, is_begun),) = connection.execute(
        "SELECT d.id, d.status, bool_and(l.shipped + l.rejected >= l.quantity), "
        "bool_or(l.shipped > 0) FROM orders.delivery d JOIN orders.delivery_line l "
        "ON l.delivery_id = d.id WHERE d.order_id = %s GROUP BY d.id",
        (order,),
    ).fetchall()
    dest = "shipped" if is_over else "packing" if is_begun else source
    if dest != source:
        _move(connection, event, order, delivery, (source, dest))
    connection.execute(
        "UPDATE orders.inbox SET state = 'applied', merged = true, "
        "settled_at = clock_timestamp() WHERE id = %s",
        (event,),
    )


def _move(
    connection: psycopg.Connection, event: int, order: int, delivery: int, way: tuple[str, str]
) -> None:
    """Move a delivery, and the order with its last one."""
    source, dest = way
    steps = _STEPS[_STATES.index(source) : _STATES.index(dest)]
    connection.execute(
        "UPDATE orders.delivery SET status = %s, status_since = clock_timestamp() WHERE id = %s",
        (dest, delivery),
    )
    connection.execute(
        "INSERT INTO orders.history (order_id, delivery_id, machine, trigger, source, dest, actor, "
        "event_id) SELECT %s, %s, 'delivery', s.t, s.s, s.d, 'feed bench', %s "
        "FROM unnest(%s::text[], %s::text[], %s::text[]) AS s (t, s, d)",
        (order, delivery, event, *([s[i] for s in steps] for i in (1, 0, 2))),
    )
    if source == _STATES[0]:
        connection.execute(
            "INSERT INTO orders.stock_movement (line_id, kind, on_hand, reserved) "
            "SELECT id, 'allocated', -quantity, -quantity FROM orders.delivery_line "
            "WHERE delivery_id = %s",
            (delivery,),
        )
        connection.execute(
            "UPDATE orders.stock s SET on_hand = s.on_hand - l.quantity, "
            "reserved = s.reserved - l.quantity FROM orders.delivery_line l "
            "JOIN orders.delivery d ON d.id = l.delivery_id "
            "WHERE d.id = %s AND s.supplier = d.supplier AND s.sku = l.sku",
            (delivery,),
        )
    if dest == "shipped":
        connection.execute(
            "WITH o AS (UPDATE orders.customer_order SET status = 'completed', "
            "status_since = clock_timestamp(), flags = flags + 2 WHERE id = %(order)s "
            "RETURNING flags), f AS (INSERT INTO orders.flag (order_id, seq, delivery_id, flag) "
            "SELECT %(order)s, o.flags - n, %(delivery)s, 'DELIVERY' "
            "FROM o, generate_series(0, 1) n) INSERT INTO orders.history (order_id, machine, "
            "trigger, source, dest, actor, event_id) VALUES (%(order)s, 'order', "
            "'delivery_shipped', 'in_progress', 'completed', 'feed bench', %(event)s)",
            {"order": order, "delivery": delivery, "event": event},
        )
