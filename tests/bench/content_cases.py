"""What messages about orders say, and the floor: one COPY of the same lines by hand."""

import os

import psycopg

from impex.config.user_files import UserFiles
from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.domain.conditions import Subject
from orders.domain.content import Content
from orders.domain.destination import Table
from orders.domain.export_item import Item, Part, parts_of
from orders.domain.exporter import Batch, Exporter, GroupExport, Split, Template
from orders.domain.states import OrderStatus, Payment
from orders.services.contents import contents
from tests.bench.clock import timed

_ITEMS = """
    SELECT o.id, o.number, d.id, d.number, d.supplier, o.total
      FROM orders.customer_order o JOIN orders.delivery d ON d.order_id = o.id
     WHERE o.id %% 10 = 0
     ORDER BY o.id
     LIMIT %s
"""
LINES = """
    COPY (
        SELECT o.number AS "order", o.shop_code AS shop, o.status,
               o.ordered_at AS "ordered at", o.currency, round(o.total, 2) AS total,
               o.customer_name AS customer, o.customer_email AS "e-mail", o.country,
               l.supplier, d.number AS delivery, l.number AS line, l.sku, l.name,
               trim_scale(i.quantity) AS quantity, l.unit, round(l.price, 2) AS price,
               trim_scale(i.shipped) AS shipped, trim_scale(i.rejected) AS rejected,
               i.estimated_from AS "estimated from", i.estimated_to AS "estimated to",
               i.guaranteed_on AS "guaranteed on"
          FROM orders.customer_order o
          JOIN orders.order_line l ON l.order_id = o.id
          JOIN orders.delivery d ON d.order_id = o.id
          JOIN orders.delivery_line i ON i.delivery_id = d.id AND i.reference = l.number
         WHERE o.id = ANY(%s)
         ORDER BY o.number, l.id
    ) TO STDOUT (FORMAT csv, HEADER)
"""


def write_contents(count: str, format_: str, batch: str = Batch.PER_ORDER) -> float:
    """Time the contents of messages about so many orders; fail unless they say all of them.

    Args:
        count: How many orders.
        format_: An export of the shipped group, or a template.
        batch: Whether they are one message.
    """
    said = Template(format_) if "." in format_ else GroupExport("order-documents", format_)
    exporter = Exporter(
        "bench", "INITPAID", Table("a.b"), format=said, batch=Batch(batch), split=Split.ORDER
    )
    with Database(os.environ["IMPEX_DSN"]) as database, database.transaction() as connection:
        parts = list(parts_of(exporter, _items(connection, int(count))))
        made: list[object] = []
        files = UserFiles(REPOSITORY / "config")
        seconds = timed(lambda: made.extend(contents(connection, files, parts)))
        _require_all(connection, parts, made, format_)
    return seconds


def copy_lines(count: str) -> float:
    """Time the floor."""
    with Database(os.environ["IMPEX_DSN"]) as database, database.transaction() as connection:
        ids = [item.order_id for item in _items(connection, int(count))]
        return timed(lambda: _copied(connection, ids))


def _copied(connection: psycopg.Connection, ids: list[int]) -> bytes:
    with connection.cursor() as cursor, cursor.copy(LINES, [ids]) as copy:
        return b"".join(map(bytes, copy))


def _items(connection: psycopg.Connection, count: int) -> list[Item]:
    return [
        Item(
            id=order_id,
            order_id=order_id,
            order=order,
            seq=1,
            flag="INITPAID",
            subject=Subject(
                "SHOP10", OrderStatus.IN_PROGRESS, "DE", "EUR", Payment.OFFLINE, total, supplier
            ),
            delivery_id=delivery_id,
            delivery=delivery,
        )
        for order_id, order, delivery_id, delivery, supplier, total in connection.execute(
            _ITEMS, [count]
        )
    ]


def _require_all(
    connection: psycopg.Connection, parts: list[Part], made: list[object], format_: str
) -> None:
    """Fail unless there is a content for each part; lines must be those of the floor."""
    bodies = [each.body for each in made if isinstance(each, Content)]
    if len(bodies) != len(parts):
        raise SystemExit(f"{len(bodies)} contents of {len(parts)} messages")
    if format_ != "order-lines":
        return
    header, *rows = _copied(connection, [o for part in parts for o in part.orders]).splitlines()
    found = [body.splitlines() for body in bodies]
    if [row for _, *some in found for row in some] != rows or {h for h, *_ in found} != {header}:
        raise SystemExit("the lines are not those of the floor")
