"""Takes orders in that were made up, by COPY."""

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from psycopg import Connection

from impex.storage.named_queries import queries
from orders.domain.generation import MadeLine, MadeOrder

_SQL = queries("making", "orders.storage")
_LINE = attrgetter(*(field.name for field in fields(MadeLine)))


def insert_orders(connection: Connection, orders: Iterable[MadeOrder]) -> int:
    """Insert drafts with their lines; return how many."""
    connection.execute(_SQL["make_made_lines"])
    lines, count = [], 0
    with connection.cursor().copy(_SQL["copy_orders"]) as copy:
        for order in orders:
            count += 1
            lines += [(order.number, *_LINE(line)) for line in order.lines]
            copy.write_row(
                (
                    order.number,
                    order.shop_code,
                    order.payment,
                    order.currency,
                    order.total,
                    order.captured,
                    order.together,
                    order.customer_name,
                    order.customer_email,
                    order.country,
                    order.ordered_at,
                )
            )
    with connection.cursor().copy(_SQL["copy_lines"]) as copy:
        for line in lines:
            copy.write_row(line)
    connection.execute(_SQL["insert_lines"])
    return count


def stock_up(connection: Connection) -> None:
    """Have enough of everything that drafts ask for."""
    connection.execute(_SQL["stock_up"])
