"""What placing and sweeping need of the database, beside the orders themselves."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from psycopg import Connection

from impex.storage.named_queries import queries

_SQL = queries("placing", "orders.storage")


def lock_drafts(connection: Connection, *, past: int, limit: int, tried: bool) -> list[int]:
    """Lock drafts with lines, with ids past the given one.

    Args:
        connection: In a transaction.
        past: Only drafts with a higher id than this.
        limit: How many.
        tried: Whether those are wanted, too, that could not be placed before.
    """
    rows = connection.execute(_SQL["drafts"], {"past": past, "limit": limit, "tried": tried})
    return [id_ for (id_,) in rows]


def make_deliveries(connection: Connection, order_ids: Sequence[int]) -> None:
    """Make the deliveries of locked orders that have none."""
    for name in ("make_deliveries", "make_lines"):
        connection.execute(_SQL[name], {"ids": list(order_ids)})


def lock_stock(
    connection: Connection, articles: Iterable[tuple[str, str]], *, reserved: bool = False
) -> dict[tuple[str, str], Decimal]:
    """Lock the stock of articles, in the order of their keys.

    Args:
        connection: In a transaction.
        articles: Suppliers and SKUs.
        reserved: Whether what is set aside counts as stock.

    Returns:
        What there is, by article; nothing for articles without stock.
    """
    rows = json.dumps([{"supplier": supplier, "sku": sku} for supplier, sku in articles])
    locked = connection.execute(_SQL["lock_stock"], {"rows": rows})
    return {
        (supplier, sku): on_hand if reserved else on_hand - aside
        for supplier, sku, on_hand, aside in locked
    }


def lock_waiting_deliveries(
    connection: Connection, *, past: int, today: date, limit: int
) -> list[tuple[int, int]]:
    """Lock the orders of deliveries that wait for stock or for a date that has come.

    Returns:
        Ids of the orders and of the deliveries, by delivery.
    """
    values = {"past": past, "today": today, "limit": limit}
    return [
        (order, delivery)
        for order, delivery in connection.execute(_SQL["waiting_deliveries"], values)
    ]
