"""When a delivery is expected, made of what was said of its lines."""

import itertools
from datetime import timedelta

import pytest

from impex.services.resources import Resources
from orders.domain.update import DeliveryUpdate, LineUpdate
from orders.services.consume import consume
from tests.order_book import START, OrderBook

NOTHING: dict[str, str] = {}


def guaranteed(day: int) -> dict[str, str]:
    """A line that comes on a day of December."""
    return {"guaranteed_on": f"2026-12-{day}"}


def estimated(first: int, last: int) -> dict[str, str]:
    """A line that comes between two days of December."""
    return {"estimated_from": f"2026-12-{first}", "estimated_to": f"2026-12-{last}"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([guaranteed(10), guaranteed(10)], (None, None, 10)),
        ([guaranteed(10), guaranteed(15)], (None, None, 15)),
        ([guaranteed(10), NOTHING], (10, None, None)),
        ([estimated(17, 20), NOTHING], (17, None, None)),
        ([estimated(17, 20), estimated(17, 21)], (17, 21, None)),
        ([estimated(17, 20), guaranteed(25)], (25, 25, None)),
        ([estimated(17, 20), guaranteed(12), NOTHING], (17, None, None)),
        ([NOTHING, NOTHING], (None, None, None)),
    ],
)
def test_dates_do_not_depend_on_the_order_of_lines(
    resources: Resources, lines: list[dict[str, str]], expected: tuple[int | None, ...]
) -> None:
    """All orders of the lines, one delivery each, have the same dates."""
    book = OrderBook(resources.database)
    orders = list(itertools.permutations(lines))
    for n, said in enumerate(orders):
        articles = [("S", f"A{n}{i}", 1, "standard") for i in range(len(said))]
        book.placed(f"O{n}", *articles)
        updates = [LineUpdate(str(i), details=details) for i, details in enumerate(said, 1)]
        book.receive(DeliveryUpdate(f"O{n}", occurred_at=START, lines=tuple(updates)))
    consume(book.database, "")
    assert book.query(
        "SELECT extract(day FROM estimated_from), extract(day FROM estimated_to), "
        "extract(day FROM guaranteed_on) FROM orders.delivery_dates"
    ) == [expected] * len(orders)


def test_remarks_and_confirmations_take_no_estimate_back(resources: Resources) -> None:
    """What is not said erases nothing; confirmed is what every line is."""
    book = OrderBook(resources.database)
    book.placed("O1", ("S", "A", 1, "standard"), ("S", "B", 1, "standard"))
    for minutes, lines in enumerate(
        (
            (
                LineUpdate("1", details=estimated(17, 20)),
                LineUpdate("2", details=estimated(17, 20)),
            ),
            (LineUpdate("1", details={"remark": "soon"}),),
            (LineUpdate("1", details={"confirmed_at": "2026-12-18T10:00:00+00:00"}),),
        )
    ):
        at = START + timedelta(minutes=minutes)
        book.receive(DeliveryUpdate("O1", occurred_at=at, lines=lines))
    consume(book.database, "")
    dates = "SELECT estimated_to::text, confirmed_at::text FROM orders.delivery_dates"
    assert book.query(dates) == [("2026-12-20", None)]
    confirmed = LineUpdate("2", details={"confirmed_at": "2026-12-19T10:00:00+00:00"})
    book.receive(DeliveryUpdate("O1", occurred_at=START + timedelta(hours=1), lines=(confirmed,)))
    consume(book.database, "")
    assert book.query(dates) == [("2026-12-20", "2026-12-19 10:00:00+00")]
