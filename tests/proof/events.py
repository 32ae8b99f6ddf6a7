"""Events for the proof: what suppliers, couriers and the bank say of placed orders, by a seed.

Whatever the order of arrival, these must lead to the same end: what is said wrongly is wrong by
itself, and no two events of one order have the same time.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Final, NamedTuple

from impex.storage.connection import Database
from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import Counting, DeliveryUpdate, LineUpdate
from orders.storage.inbox import Arrival

START: Final = datetime(2026, 11, 1, tzinfo=UTC)
PATIENCE_S: Final = 30 * 24 * 3600.0
_WAY: Final = ("allocate", "start_packing", "complete_packing", "release")
_SCANS: Final = (
    TrackingStatus.PRE_TRANSIT,
    TrackingStatus.IN_TRANSIT,
    TrackingStatus.OUT_FOR_DELIVERY,
    TrackingStatus.DELIVERED,
)


class Ordered(NamedTuple):
    """A line of a placed order."""

    order: str
    delivery: str
    group: str
    reference: str
    sku: str
    quantity: Decimal


def placed_lines(database: Database) -> list[Ordered]:
    """Return the lines of all placed orders, by order and delivery."""
    with database.transaction() as connection:
        rows = connection.execute(
            "SELECT o.number, d.number, d.delivery_group, l.reference, l.sku, l.quantity "
            "FROM orders.customer_order o JOIN orders.delivery d ON d.order_id = o.id "
            "JOIN orders.delivery_line l ON l.delivery_id = d.id ORDER BY o.id, d.id, l.id"
        ).fetchall()
    return [Ordered(*row) for row in rows]


def make_events(lines: list[Ordered], seed: int) -> list[Arrival]:
    """Return distinct events about these lines, in the order in which they happened."""
    arrivals: list[Arrival] = []
    for number, of_order in groupby(lines, itemgetter(0)):
        random = Random(f"{seed}/{number}")  # noqa: S311 - nothing secret
        clock = _clock(random)
        updates = list(_order_updates(number, list(of_order), random))
        arrivals += [
            Arrival("proof", f"{number}/{n}", replace(update, occurred_at=next(clock)), PATIENCE_S)
            for n, update in enumerate(updates)
        ]
    return arrivals


def _clock(random: Random) -> Iterator[datetime]:
    at = START + timedelta(seconds=random.randrange(86_400))
    while True:
        at += timedelta(seconds=random.randrange(1, 7200))
        yield at


def _order_updates(order: str, lines: list[Ordered], random: Random) -> Iterator[DeliveryUpdate]:
    """Yield what is said of one order."""
    if random.random() < 0.9:
        yield DeliveryUpdate(order, trigger="payment_ok")
    for delivery, of_delivery in groupby(lines, itemgetter(1)):
        ways = (_at_once, _piece_by_piece, _in_totals, _by_warehouse, _rejected, _nonsense)
        yield from random.choice(ways)(order, delivery, list(of_delivery), random)
    yield DeliveryUpdate(order, data={"seen by": f"agent {random.randrange(9)}"})


def _at_once(
    order: str, delivery: str, lines: list[Ordered], _: Random
) -> Iterator[DeliveryUpdate]:
    """Everything is sent with one advice, and a parcel is announced."""
    said = tuple(_said(line, shipped=line.quantity) for line in lines)
    announced = Scan(START, TrackingStatus.UNKNOWN, f"P-{delivery}", "dhl")
    yield DeliveryUpdate(order, delivery, lines=said, scans=(announced,))


def _piece_by_piece(
    order: str, delivery: str, lines: list[Ordered], random: Random
) -> Iterator[DeliveryUpdate]:
    """Each piece has an advice of its own; sometimes the last one never comes."""
    pieces = [line for line in lines for _ in range(int(line.quantity))]
    for line in pieces[: len(pieces) - random.randrange(2)]:
        said = _said(line, shipped=Decimal(1))
        yield DeliveryUpdate(order, delivery, counting=Counting.EACH, lines=(said,))


def _in_totals(
    order: str, delivery: str, lines: list[Ordered], random: Random
) -> Iterator[DeliveryUpdate]:
    """The supplier tells totals, and what a line is expected by."""
    for line in lines:
        for total in range(1, int(line.quantity) + 1, random.choice((1, 2))):
            details = {"estimated_from": f"2026-12-{total:02}", "remark": f"{total} so far"}
            yield DeliveryUpdate(
                order, delivery, lines=(_said(line, shipped=Decimal(total), details=details),)
            )


def _by_warehouse(
    order: str, delivery: str, lines: list[Ordered], random: Random
) -> Iterator[DeliveryUpdate]:
    """The warehouse tells each step, the courier each scan; what is delivered is shipped."""
    way = ("date_reached", *_WAY) if lines[0].group in {"preorder", "mixed"} else _WAY
    for trigger in () if lines[0].group == "electronic" else way:
        yield DeliveryUpdate(order, delivery, trigger=trigger)
    for hour, status in enumerate(_SCANS[: random.randrange(1, len(_SCANS) + 1)]):
        scan = Scan(START + timedelta(hours=hour), status, f"P-{delivery}", "ups", status.upper())
        yield DeliveryUpdate(order, delivery, scans=(scan,), fires={"delivered": "ship"})


def _rejected(
    order: str, delivery: str, lines: list[Ordered], random: Random
) -> Iterator[DeliveryUpdate]:
    """The supplier has nothing of it, or nothing of some lines."""
    for line in lines:
        if random.random() < 0.8:
            yield DeliveryUpdate(order, delivery, lines=(_said(line, rejected=line.quantity),))
        else:
            yield DeliveryUpdate(order, delivery, lines=(_said(line, shipped=line.quantity),))


def _nonsense(
    order: str, delivery: str, lines: list[Ordered], _: Random
) -> Iterator[DeliveryUpdate]:
    """What must change nothing: too much, too little, unknown lines, unknown orders."""
    line = lines[0]
    yield DeliveryUpdate(order, delivery, lines=(_said(line, shipped=line.quantity + 1),))
    yield DeliveryUpdate(order, delivery, lines=(_said(line, shipped=Decimal(-1)),))
    yield DeliveryUpdate(order, delivery, lines=(LineUpdate("999", shipped=Decimal(1)),))
    yield DeliveryUpdate(f"{order}-unknown", trigger="payment_ok")
    yield DeliveryUpdate(order, f"{delivery}-unknown", trigger="start_packing")


def _said(line: Ordered, **fields: object) -> LineUpdate:
    return LineUpdate(line.reference, line.sku, line.quantity, **fields)  # type: ignore[arg-type]
