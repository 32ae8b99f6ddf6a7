"""What a database says after all is done: everything that an event may have an effect on."""

from typing import Any, Final

from impex.storage.connection import Database

_QUESTIONS: Final = {
    "orders": "SELECT number, status, flags, data, captured FROM orders.customer_order ORDER BY 1",
    "deliveries": "SELECT number, status, tracking_status FROM orders.delivery ORDER BY 1",
    "lines": "SELECT d.number, l.reference, l.shipped, l.rejected, l.estimated_from, l.remark "
    "FROM orders.delivery_line l JOIN orders.delivery d ON d.id = l.delivery_id ORDER BY 1, 2",
    "parcels": "SELECT d.number, p.number, p.carrier, p.status, p.at FROM orders.parcel p "
    "JOIN orders.delivery d ON d.id = p.delivery_id ORDER BY 1, 2",
    "scans": "SELECT d.number, s.number, s.at, s.status, i.event_id FROM orders.scan s "
    "JOIN orders.delivery d ON d.id = s.delivery_id JOIN orders.inbox i ON i.id = s.event_id "
    "ORDER BY 1, 2, 3, 4",
    # By delivery: the deliveries of an order overtake each other. Whether the order was partially
    # shipped in between depends on whose news came first, so its own way is told without that.
    "history": "SELECT o.number, d.number, array_agg(replace(h.source, 'partially_shipped', "
    "'in_progress') || ' ' || h.trigger || ' ' || h.dest ORDER BY h.id) FROM orders.history h "
    "JOIN orders.customer_order o ON o.id = h.order_id "
    "LEFT JOIN orders.delivery d ON d.id = h.delivery_id "
    "WHERE h.dest <> 'partially_shipped' GROUP BY 1, 2 ORDER BY 1, 2",
    "flags": "SELECT o.number, d.number, array_agg(f.flag ORDER BY f.seq) FROM orders.flag f "
    "JOIN orders.customer_order o ON o.id = f.order_id "
    "LEFT JOIN orders.delivery d ON d.id = f.delivery_id GROUP BY 1, 2 ORDER BY 1, 2",
    "stock": "SELECT supplier, sku, on_hand, reserved FROM orders.stock ORDER BY 1, 2",
    "movements": "SELECT d.number, l.reference, m.kind, m.on_hand, m.reserved "
    "FROM orders.stock_movement m JOIN orders.delivery_line l ON l.id = m.line_id "
    "JOIN orders.delivery d ON d.id = l.delivery_id ORDER BY 1, 2, 3",
    "events": "SELECT event_id, state, jsonb_array_length(issues) FROM orders.inbox ORDER BY 1",
}
_WRONG: Final = {
    "stock differs from the sum of its movements": "SELECT s.sku FROM orders.stock s "
    "JOIN (SELECT d.supplier, l.sku, sum(m.reserved) AS reserved FROM orders.stock_movement m "
    "JOIN orders.delivery_line l ON l.id = m.line_id JOIN orders.delivery d ON d.id = l.delivery_id "
    "GROUP BY 1, 2) m USING (supplier, sku) WHERE s.reserved <> m.reserved",
    "a history has a gap": "SELECT order_id FROM (SELECT order_id, source, lag(dest) OVER "
    "(PARTITION BY order_id, delivery_id ORDER BY id) AS before FROM orders.history) h "
    "WHERE before <> source",
    "a status is not the last of its history": "SELECT d.id FROM orders.delivery d "
    "JOIN LATERAL (SELECT dest FROM orders.history h WHERE h.order_id = d.order_id "
    "AND h.delivery_id = d.id ORDER BY id DESC LIMIT 1) h ON true WHERE h.dest <> d.status",
    "flags are not numbered from 1": "SELECT order_id FROM orders.flag GROUP BY order_id "
    "HAVING max(seq) <> count(*)",
    "an event moved something twice": "SELECT event_id FROM orders.history "
    "WHERE event_id IS NOT NULL GROUP BY event_id, delivery_id, trigger HAVING count(*) > 1",
    "an event still waits": "SELECT id FROM orders.inbox WHERE state = 'waiting'",
}


def outcome(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return the answers to all questions, by the names of what they ask."""
    with database.transaction() as connection:
        return {
            name: connection.execute(question.encode()).fetchall()
            for name, question in _QUESTIONS.items()
        }


def broken_rules(database: Database) -> list[str]:
    """Return which rules do not hold that must always hold."""
    with database.transaction() as connection:
        return [
            f"{rule}: {len(found)}"
            for rule, question in _WRONG.items()
            if (found := connection.execute(question.encode()).fetchall())
        ]


def differences(
    expected: dict[str, list[tuple[Any, ...]]], found: dict[str, list[tuple[Any, ...]]]
) -> list[str]:
    """Return the first differences of each kind, as sentences."""
    told = []
    for name, rows in expected.items():
        wanted, got = {repr(row): row for row in rows}, {repr(row): row for row in found[name]}
        missing, extra = sorted(wanted.keys() - got.keys()), sorted(got.keys() - wanted.keys())
        if missing or extra or len(rows) != len(found[name]):
            told.append(
                f"{name}: {len(missing)} missing, such as {missing[:2]}; "
                f"{len(extra)} instead, such as {extra[:2]}"
            )
    return told
