"""Which rows of a table, view or query some messages are about."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from psycopg import sql

from impex.storage.selection import Source
from impex.storage.statements import any_of
from orders.domain.export_item import Item

ORDER: Final = "order_id"
"""The column that tells the order of a row."""

_DELIVERY: Final = "delivery_id"
_SUPPLIER: Final = "supplier"


def narrowed(source: Source, items: Collection[Item]) -> Source:
    """Return the rows that are about some items; all of them where rows do not tell their order.

    Of an order, these are the rows of the deliveries if rows have a ``delivery_id``, or else of their
    suppliers if they have a ``supplier``. An item without a delivery is about all of its order.
    """
    if ORDER not in source.columns:
        return source
    orders = sorted({item.order_id for item in items})
    conditions = sql.SQL("{} AND {}").format(_is_any(ORDER, orders), any_of(_about(source, items)))
    rows = sql.SQL("(SELECT * FROM {} t WHERE {})").format(source.name, conditions)
    return replace(source, name=rows)


def _about(source: Source, items: Collection[Item]) -> Iterator[sql.Composable]:
    """Yield the ways in which a row is about one of the items."""
    with_delivery = [item for item in items if item.delivery_id is not None]
    whole = sorted({item.order_id for item in items if item.delivery_id is None})
    if whole:
        yield _is_any(ORDER, whole)
    if not with_delivery:
        return
    if _DELIVERY in source.columns:
        yield _is_any(_DELIVERY, sorted({item.delivery_id or 0 for item in with_delivery}))
    elif _SUPPLIER in source.columns:
        pairs = sorted({(item.order_id, item.subject.supplier) for item in with_delivery})
        yield sql.SQL("(t.{}, t.{}) IN (SELECT * FROM unnest({}::bigint[], {}::text[]))").format(
            sql.Identifier(ORDER),
            sql.Identifier(_SUPPLIER),
            sql.Literal([order for order, _ in pairs]),
            sql.Literal([supplier for _, supplier in pairs]),
        )
    else:
        yield _is_any(ORDER, sorted({item.order_id for item in with_delivery}))


def _is_any(column: str, ids: list[int]) -> sql.Composable:
    return sql.SQL("t.{} = ANY({}::bigint[])").format(sql.Identifier(column), sql.Literal(ids))
