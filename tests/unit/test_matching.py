"""Which lines of an order a delivery update speaks of."""

from decimal import Decimal

from orders.domain.matching import match_lines
from orders.domain.order import Delivery, Line, Order
from orders.domain.states import DeliveryGroup, DeliveryStatus
from orders.domain.update import DeliveryUpdate, LineUpdate
from tests.unit.made_orders import made_order


def delivery(id_: int, supplier: str, *lines: tuple[str, str, int]) -> Delivery:
    """Return a delivery O1-<id>; its lines are reference, SKU and quantity."""
    made = Delivery(id_, f"O1-{id_}", supplier, DeliveryGroup.STANDARD, DeliveryStatus.ALLOCATED)
    for n, (reference, sku, quantity) in enumerate(lines):
        made.lines.append(Line(10 * id_ + n, reference, sku, Decimal(quantity)))
    return made


def matched(order: Order, *said: LineUpdate, **about: str) -> list[str]:
    """Return the references of the lines that are meant, ``-`` for none."""
    update = DeliveryUpdate("O1", lines=said, **about)
    matches, strangers = match_lines(order, update)
    by_number = dict.fromkeys(range(1, len(said) + 1), "-")
    numbers = [n for n in by_number if n not in {number for number, _ in strangers}]
    by_number |= {n: m.line.reference for n, m in zip(numbers, matches, strict=True)}
    return list(by_number.values())


TWO = made_order(
    delivery(1, "S", ("1", "A", 2), ("2", "A", 5)), delivery(2, "T", ("3", "A", 2), ("4", "B", 1))
)


def test_the_reference_decides() -> None:
    """Whatever article the message names with it."""
    assert matched(TWO, LineUpdate("4", sku="A")) == ["4"]


def test_a_named_supplier_must_be_that_of_the_delivery() -> None:
    """Nobody speaks of what another supplier sends."""
    assert matched(TWO, LineUpdate("4"), supplier="S") == ["-"]
    assert matched(TWO, LineUpdate("4"), supplier="T") == ["4"]


def test_without_a_reference_supplier_and_article_are_needed() -> None:
    """An article alone could be anybody's."""
    assert matched(TWO, LineUpdate(sku="B")) == ["-"]
    assert matched(TWO, LineUpdate(sku="B"), supplier="T") == ["4"]
    assert matched(TWO, LineUpdate(sku="C"), supplier="T") == ["-"]
    assert matched(TWO, LineUpdate(), supplier="T") == ["-"]


def test_the_ordered_quantity_tells_lines_of_one_article_apart() -> None:
    """Whatever the order of the lines in the message."""
    five, two = (LineUpdate(sku="A", ordered=Decimal(n)) for n in (5, 2))
    assert matched(TWO, five, two, supplier="S") == ["2", "1"]
    assert matched(TWO, two, five, supplier="S") == ["1", "2"]


def test_each_line_is_taken_once() -> None:
    """A third message line for two lines of the order matches nothing."""
    assert matched(TWO, *[LineUpdate(sku="A")] * 3, supplier="S") == ["1", "2", "-"]
    assert matched(TWO, LineUpdate("1"), LineUpdate("1")) == ["1", "-"]


def test_a_line_that_waits_goes_before_one_that_is_done() -> None:
    """The rest of what was ordered is what is sent next."""
    order = made_order(delivery(1, "S", ("1", "A", 2), ("2", "A", 2)))
    order.deliveries[0].lines[0].shipped = Decimal(2)
    assert matched(order, LineUpdate(sku="A"), supplier="S") == ["2"]


def test_a_delivery_number_leaves_the_others_out() -> None:
    """One that the order does not have leaves all out."""
    assert matched(TWO, LineUpdate("1"), LineUpdate("3"), delivery_number="O1-2") == ["-", "3"]
    assert matched(TWO, LineUpdate("1"), delivery_number="O9-1") == ["-"]
