"""The documents of orders that come with the project."""

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from impex.config import load_group
from impex.domain.report import JobState
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.domain.content import Unwritable
from orders.domain.exporter import GroupExport, Split
from orders.services.fire import fire_by_hand
from tests.contents import HOSTILE, bodies, element, made, sender
from tests.imports import bring
from tests.order_book import TESTER, OrderBook
from tests.shared import shared

CONFIG = REPOSITORY / "config"
UBL = load_group(CONFIG / "groups" / "orders-ubl.yaml")
DOCUMENTS = load_group(CONFIG / "groups" / "ubl-documents.yaml")
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An order of two suppliers with two lines each, by Ada of Germany."""
    book = OrderBook(resources.database)
    lines = [
        (supplier, f"{supplier}-{n}", n, "standard")
        for supplier in ("ACME", "BOLT")
        for n in (1, 2)
    ]
    book.placed("O1", *lines)
    book.query("UPDATE orders.order_line SET price = 12.5, name = 'Cup & <saucer>', unit = 'KGM'")
    book.query("UPDATE orders.customer_order SET customer_name = 'Ada', country = 'DE'")
    return book


def written(book: OrderBook, export: str, split: Split = Split.SUPPLIER) -> list[bytes]:
    """Return what the messages about the order say."""
    exporter = sender(GroupExport("order-documents", export), split=split)
    return bodies(made(book, CONFIG, exporter, book.items("O1")))


def test_lines_have_what_their_order_says(book: OrderBook) -> None:
    """One row for each line of the supplier."""
    first, second = (
        list(csv.DictReader(io.StringIO(b.decode()))) for b in written(book, "order-lines")
    )

    assert [row["sku"] for row in first + second] == ["ACME-1", "ACME-2", "BOLT-1", "BOLT-2"]
    assert {(row["order"], row["customer"], row["country"]) for row in first} == {
        ("O1", "Ada", "DE")
    }
    assert (first[1]["quantity"], first[1]["price"], first[1]["total"]) == ("2", "12.50", "100.00")


def test_json_has_the_lines_within_the_delivery(book: OrderBook) -> None:
    """One object for each delivery."""
    [first, _] = [json.loads(body) for body in written(book, "order-json", Split.DELIVERY)]
    [both] = written(book, "order-json", Split.ORDER)

    assert first["customer"] == {"name": "Ada", "email": None, "country": "DE"}
    assert first["delivery"]["number"] == "O1-1"
    assert [line["sku"] for line in first["lines"]] == ["ACME-1", "ACME-2"]
    assert first["lines"][1]["price"] == 12.5
    assert len(both.splitlines()) == 2


def test_an_order_in_ubl_can_be_imported_again(resources: Resources, book: OrderBook) -> None:
    """By the group for orders of partners; all that it takes in comes back."""
    [document, _] = written(book, "ubl-order")
    before = book.query(_ORDER)[:2]
    _forget(book)

    report = bring(resources, UBL, {"order-1.xml": document})

    assert (report.state, report.totals.rejected, report.totals.inserted) == (JobState.DONE, 0, 3)
    assert book.query(_ORDER) == before


def test_the_total_is_that_of_the_order_if_one_supplier_sends_all(book: OrderBook) -> None:
    """Else what its lines cost; nothing is told where a price is missing."""
    shares = [_texts(body, "PayableAmount") for body in written(book, "ubl-order")]
    book.query("UPDATE orders.order_line SET price = NULL WHERE sku = 'BOLT-2'")
    known, unknown = (_texts(body, "PayableAmount") for body in written(book, "ubl-order"))

    assert shares == [["37.50"], ["37.50"]]
    assert (known, unknown) == (["37.50"], [])
    book.placed("O2", ("ACME", "X", 1, "standard"))
    exporter = sender(GroupExport("order-documents", "ubl-order"))
    [whole] = bodies(made(book, CONFIG, exporter, book.items("O2")))
    assert _texts(whole, "PayableAmount") == ["100.00"]


def test_an_order_of_several_suppliers_is_no_single_document(book: OrderBook) -> None:
    """The reason says so; exporters split it by supplier."""
    exporter = sender(GroupExport("order-documents", "ubl-order"))

    [refused] = made(book, CONFIG, exporter, book.items("O1"))

    reason = (
        "order-documents/ubl-order writes 2 rows of it, 1 into a file, and a message is one file"
    )
    assert refused == Unwritable(reason, frozenset([1]))


def test_a_cancelled_order_is_a_change_that_cancels_its_lines(
    resources: Resources, book: OrderBook
) -> None:
    """Which the group for documents of partners reads."""
    fire_by_hand(book.database, "O1", "cancel", TESTER)
    [document, _] = written(book, "ubl-order-change")

    report = bring(resources, DOCUMENTS, {"orderchange-1.xml": document})

    assert (report.state, report.totals.rejected, report.totals.inserted) == (JobState.DONE, 0, 3)
    assert book.query(
        "SELECT d.order_number, d.seller_name, l.number, l.item_number, l.status "
        "FROM shop.trade_document d JOIN shop.trade_line l ON l.document_id = d.id ORDER BY 3"
    ) == [("O1", "ACME", "1", "ACME-1", "Cancelled"), ("O1", "ACME", "2", "ACME-2", "Cancelled")]


def test_hostile_text_comes_back_from_ubl_as_it_was(resources: Resources, book: OrderBook) -> None:
    """Of every field that people type."""
    book.query("UPDATE orders.order_line SET sku = sku || %s, name = %s", HOSTILE, HOSTILE)
    book.query("UPDATE orders.delivery_line SET sku = sku || %s", HOSTILE)
    book.query("UPDATE orders.customer_order SET customer_name = %s", HOSTILE)
    [document, _] = written(book, "ubl-order")
    before = book.query(_ORDER)[:2]
    _forget(book)

    bring(resources, UBL, {"order-1.xml": document})

    assert book.query(_ORDER) == before


@pytest.mark.parametrize(
    ("export", "sample"),
    [
        ("ubl-order", "order__CENBII-Order-maximal.xml"),
        ("ubl-order-change", "orderchange__UBL-OrderChange-2.1-Example.xml"),
    ],
)
def test_elements_stand_in_the_order_of_ubl(book: OrderBook, export: str, sample: str) -> None:
    """As in a real document that has nearly all of them."""
    [document, _] = written(book, export)
    ours = element(document)
    theirs = element((shared("ubl") / sample).read_bytes())

    assert ours.tag == theirs.tag
    assert list(_misplaced(ours, theirs)) == []


_ORDER = """
    SELECT o.number, o.currency, o.customer_name, o.country, o.ordered_at::date, l.number, l.sku,
           l.name, l.supplier, l.quantity, l.unit, l.price
      FROM orders.customer_order o JOIN orders.order_line l ON l.order_id = o.id
     ORDER BY l.supplier, l.number
"""


def _forget(book: OrderBook) -> None:
    """Remove all orders."""
    for statement in (
        "DELETE FROM orders.delivery_line",
        "DELETE FROM orders.delivery",
        "DELETE FROM orders.order_line",
        "DELETE FROM orders.customer_order",
    ):
        book.query(statement)


def _texts(document: bytes, name: str) -> list[str | None]:
    return [each.text for each in element(document).iter(f"{CBC}{name}")]


def _misplaced(ours: ET.Element, theirs: ET.Element) -> Any:
    """Yield the elements of ours that do not follow each other as those of the sample do."""
    order = list(dict.fromkeys(child.tag for child in theirs))
    tags = [child.tag for child in ours if child.tag in order]
    if tags != sorted(tags, key=order.index):
        yield ours.tag, tags
    for child in ours:
        for pattern in theirs.findall(child.tag)[:1]:
            yield from _misplaced(child, pattern)
