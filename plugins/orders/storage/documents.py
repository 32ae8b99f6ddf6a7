"""Orders as documents: what the templates of notices and exporters see of them."""

import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from psycopg import Connection

from impex.storage.named_queries import queries

_SQL = queries("documents", "orders.storage")


def documents(connection: Connection, orders: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return orders by their id, shaped as ``orders.config.sample_order`` shows.

    Deliveries have their ``id`` beside. Amounts and quantities are decimal numbers; an order that
    does not exist has no entry.
    """
    found = connection.execute(_SQL["documents"], {"ids": sorted(orders)})
    return {
        number: json.loads(text, parse_float=Decimal, parse_int=_exact) for number, text in found
    }


def _exact(digits: str) -> Decimal:
    return Decimal(digits)
