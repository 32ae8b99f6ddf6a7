"""Finds the lines of an order that a delivery update speaks of.

The number of the order's line decides; without one, supplier, article and the ordered quantity do.
Each line of the order is taken once. The order of the lines in the update matters only between
lines that nothing else tells apart.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from orders.domain.order import Delivery, Line, Order
from orders.domain.update import DeliveryUpdate, LineUpdate


class Match(NamedTuple):
    """A line of the order, and what is said of it."""

    delivery: Delivery
    line: Line
    update: LineUpdate


class Place(NamedTuple):
    """A line of the order, in its delivery."""

    delivery: Delivery
    line: Line


def match_lines(
    order: Order, update: DeliveryUpdate
) -> tuple[list[Match], list[tuple[int, LineUpdate]]]:
    """Match the lines of an update.

    Returns:
        What matches, in the order of the update; and what matches nothing, each with its number
        in the update, from 1.
    """
    free = list(_places(order, update))
    matched: list[Match] = []
    strangers: list[tuple[int, LineUpdate]] = []
    for number, said in enumerate(update.lines, 1):
        place = _best(_candidates(free, said, update.supplier), said)
        if place is None:
            strangers.append((number, said))
        else:
            free.remove(place)
            matched.append(Match(*place, said))
    return matched, strangers


def touched_deliveries(order: Order, update: DeliveryUpdate) -> list[Delivery]:
    """Return the deliveries that an update may be about, by the numbers and supplier it names."""
    return [
        delivery
        for delivery in order.deliveries
        if update.delivery_number in {"", delivery.number}
        and update.supplier in {"", delivery.supplier}
    ]


def _places(order: Order, update: DeliveryUpdate) -> Iterator[Place]:
    for delivery in touched_deliveries(order, update):
        for line in delivery.lines:
            yield Place(delivery, line)


def _candidates(free: Iterable[Place], said: LineUpdate, supplier: str) -> list[Place]:
    """Return the lines that are meant by number, or else by supplier and article."""
    if said.reference:
        return [place for place in free if place.line.reference == said.reference]
    if not said.sku or not supplier:
        return []
    return [place for place in free if place.line.sku == said.sku]


def _best(candidates: list[Place], said: LineUpdate) -> Place | None:
    """Return the one of the ordered quantity, else one that still waits, else the first."""
    if said.ordered is not None:
        exact = [place for place in candidates if place.line.quantity == said.ordered]
        candidates = exact or candidates
    waiting = [place for place in candidates if place.line.open > 0]
    return next(iter(waiting or candidates), None)
