"""Orders in a real database for the integration tier."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from impex.storage.connection import Database
from orders.domain.conditions import Subject
from orders.domain.export_item import Item
from orders.domain.order import Cause
from orders.domain.states import OrderStatus, Payment
from orders.domain.update import DeliveryUpdate, LineUpdate
from orders.services.place import place_drafts
from orders.storage import inbox
from orders.storage.inbox import Arrival, Receipt

TESTER = Cause("tester")
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEEK_S = 7 * 24 * 3600.0


class OrderBook:
    """A database with orders, and what tests do to it."""

    def __init__(self, database: Database) -> None:
        """Work on a migrated database."""
        self.database = database

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows, if it has any."""
        with self.database.transaction() as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def stock(self, supplier: str, sku: str, on_hand: int) -> None:
        """Say what a supplier has."""
        self.query(
            "INSERT INTO orders.stock (supplier, sku, on_hand) VALUES (%s, %s, %s)",
            supplier,
            sku,
            on_hand,
        )

    def draft(self, number: str, *lines: tuple[str, str, int, str], paid: bool = True) -> None:
        """Add a draft of 100; its lines are supplier, SKU, quantity and availability."""
        captured = 100 if paid else 0
        ((order_id,),) = self.query(
            "INSERT INTO orders.customer_order (number, shop_code, payment, currency, total, "
            "captured) VALUES (%s, 'SHOP10', 'online', 'EUR', 100, %s) RETURNING id",
            number,
            captured,
        )
        for n, (supplier, sku, quantity, availability) in enumerate(lines, 1):
            self.query(
                "INSERT INTO orders.order_line (order_id, number, sku, supplier, quantity, "
                "availability, available_on) VALUES (%s, %s, %s, %s, %s, %s, '2026-12-24')",
                order_id,
                str(n),
                sku,
                supplier,
                quantity,
                availability,
            )

    def placed(self, number: str, *lines: tuple[str, str, int, str]) -> None:
        """Add a paid order of what is in stock, and place it."""
        for supplier, sku, quantity, _ in lines:
            if not self.query(
                "SELECT 1 FROM orders.stock WHERE supplier = %s AND sku = %s", supplier, sku
            ):
                self.stock(supplier, sku, quantity)
        self.draft(number, *lines)
        place_drafts(self.database, TESTER)

    def receive(self, *updates: DeliveryUpdate, feed: str = "test", ids: str = "") -> list[Receipt]:
        """Take events in; their numbers are the letters of ``ids``."""
        numbers = ids or [""] * len(updates)
        arrivals = [
            Arrival(feed, event_id, update, WEEK_S)
            for event_id, update in zip(numbers, updates, strict=True)
        ]
        with self.database.transaction() as connection:
            return [receipt for receipt, _ in inbox.receive(connection, arrivals)]

    def statuses(self, number: str) -> tuple[str, ...]:
        """Return the status of an order and those of its deliveries."""
        ((status,),) = self.query(
            "SELECT status FROM orders.customer_order WHERE number = %s", number
        )
        deliveries = self.query(
            "SELECT d.status FROM orders.delivery d JOIN orders.customer_order o "
            "ON o.id = d.order_id WHERE o.number = %s ORDER BY d.id",
            number,
        )
        return (status, *(each for (each,) in deliveries))

    def history(self, number: str) -> list[str]:
        """Return the triggers that were fired, in their order."""
        rows = self.query(
            "SELECT h.trigger FROM orders.history h JOIN orders.customer_order o "
            "ON o.id = h.order_id WHERE o.number = %s ORDER BY h.id",
            number,
        )
        return [trigger for (trigger,) in rows]

    def flags(self, number: str) -> list[str]:
        """Return the flags of an order, in the order in which they were raised."""
        rows = self.query(
            "SELECT f.flag FROM orders.flag f JOIN orders.customer_order o "
            "ON o.id = f.order_id WHERE o.number = %s ORDER BY f.seq",
            number,
        )
        return [flag for (flag,) in rows]

    def items(self, number: str, flag: str = "INITPAID", seq: int = 1) -> list[Item]:
        """Return a flag of each delivery of an order; of the order where it has none."""
        rows = self.query(
            "SELECT o.id, o.status, o.total, d.id, coalesce(d.number, ''), coalesce(d.supplier, '') "
            "FROM orders.customer_order o LEFT JOIN orders.delivery d ON d.order_id = o.id "
            "WHERE o.number = %s ORDER BY d.id",
            number,
        )
        return [
            Item(
                id=1000 * order_id + 10 * seq + n,
                order_id=order_id,
                order=number,
                seq=seq,
                flag=flag,
                subject=Subject(
                    "SHOP10", OrderStatus(status), "", "EUR", Payment.ONLINE, total, supplier
                ),
                delivery_id=delivery_id,
                delivery=delivery,
            )
            for n, (order_id, status, total, delivery_id, delivery, supplier) in enumerate(rows)
        ]

    def events(self) -> list[tuple[str, str]]:
        """Return the states of all events and their reasons, in the order of arrival."""
        return [
            (state, reason)
            for state, reason in self.query("SELECT state, reason FROM orders.inbox ORDER BY id")
        ]

    def in_stock(self, supplier: str, sku: str) -> tuple[int, int]:
        """Return what is on hand and what is set aside."""
        rows = self.query(
            "SELECT on_hand, reserved FROM orders.stock WHERE supplier = %s AND sku = %s",
            supplier,
            sku,
        )
        return int(rows[0][0]), int(rows[0][1])


def shipped(
    order: str, reference: str, quantity: int, *, minutes: int = 0, **fields: Any
) -> DeliveryUpdate:
    """Return an update that says how much of a line was sent in all."""
    line = LineUpdate(reference=reference, shipped=Decimal(quantity))
    return DeliveryUpdate(
        order_number=order,
        occurred_at=START + timedelta(minutes=minutes),
        lines=(line,),
        **fields,
    )
