"""Orders that come in as files, and their way to being placed."""

from decimal import Decimal

import pytest

from impex.config import load_group
from impex.domain.report import JobState
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.services.consume import consume
from orders.services.place import place_drafts
from tests.imports import bring, faults, rows
from tests.order_book import TESTER, OrderBook, shipped
from tests.shared import shared

GROUPS = REPOSITORY / "config" / "groups"
ORDERS = load_group(GROUPS / "orders.yaml")
UBL = load_group(GROUPS / "orders-ubl.yaml")

STOCK = "supplier,sku,on hand\nNORTH,A,5\nSOUTH,B,1\n"
HEAD = "number,shop,payment,currency,total,paid,paid back,together,customer,e-mail,country,ordered at\n"
BOOK = HEAD + (
    "O1,SHOP10,online,EUR,30.00,30.00,,,Ada Müller,ada@example.com,DE,2026-11-01 10:00:00\n"
    "O2,SHOP10,offline,EUR,10.00,,,,Chloé Rossi,chloe@example.com,FR,2026-11-01 11:00:00\n"
    "O3,SHOP10,online,EUR,99.00,99.00,,true,Dmytro Smith,d@example.com,UA,2026-11-01 12:00:00\n"
)
LINES = (
    "order,line,sku,name,supplier,quantity,unit,price,availability,available on\n"
    "O1,1,A,Article A,NORTH,2,,10,,\n"
    "O1,2,B,Article B,SOUTH,1,,10,,\n"
    "O2,1,A,Article A,NORTH,1,,10,,\n"
    "O3,1,A,Article A,NORTH,1,,10,,\n"
    "O3,2,C,Article C,NORTH,1,,10,preorder,2026-12-24\n"
    "O3,3,D,Article D,NORTH,1,,10,electronic,\n"
    "O3,4,B,Article B,SOUTH,9,,10,backorder,\n"
)
FILES = {"stock.csv": STOCK, "orders.csv": BOOK, "order-lines.csv": LINES}


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An empty book of orders."""
    return OrderBook(resources.database)


def test_imported_orders_are_placed_by_supplier_and_availability(
    resources: Resources, book: OrderBook
) -> None:
    """Each delivery has one supplier; what belongs together for the customer goes together."""
    report = bring(resources, ORDERS, FILES)
    assert (report.state, report.totals.rejected) == (JobState.DONE, 0)
    assert place_drafts(book.database, TESTER) == 3
    assert book.statuses("O1") == ("in_progress", "awaiting_allocation", "awaiting_allocation")
    assert book.statuses("O2") == ("awaiting_confirmation", "reserved")
    assert book.query(
        "SELECT d.number, d.supplier, d.delivery_group, d.available_on::text, count(*) "
        "FROM orders.delivery d JOIN orders.delivery_line l ON l.delivery_id = d.id "
        "WHERE d.number LIKE 'O3-%%' GROUP BY d.id ORDER BY d.id"
    ) == [
        ("O3-1", "NORTH", "electronic", None, 1),
        ("O3-2", "NORTH", "mixed", "2026-12-24", 2),
        ("O3-3", "SOUTH", "backorder", None, 1),
    ]
    assert book.in_stock("NORTH", "A") == (5, 4)


def test_an_order_that_stock_does_not_suffice_for_stays_a_draft(
    resources: Resources, book: OrderBook
) -> None:
    """Nothing of it is set aside; it is placed when there is enough for it, too."""
    scarce = {**FILES, "stock.csv": "supplier,sku,on hand\nNORTH,A,5\nSOUTH,B,0\n"}
    bring(resources, ORDERS, scarce)
    assert place_drafts(book.database, TESTER) == 2
    assert book.statuses("O1") == ("draft", "created", "created")
    assert book.in_stock("NORTH", "A") == (5, 2)
    bring(resources, ORDERS, {"stock.csv": STOCK.replace("B,1", "B,9")})
    assert place_drafts(book.database, TESTER) == 0, "nine are set aside for O3"
    bring(resources, ORDERS, {"stock.csv": STOCK.replace("B,1", "B,10")})
    assert place_drafts(book.database, TESTER) == 1
    assert book.statuses("O1")[0] == "in_progress"


def test_the_same_files_again_move_nothing(resources: Resources, book: OrderBook) -> None:
    """A status is never imported, and what was ordered stays."""
    bring(resources, ORDERS, FILES)
    place_drafts(book.database, TESTER)
    book.receive(shipped("O1", "1", 2), shipped("O1", "2", 1))
    consume(book.database, "")
    changed = {**FILES, "order-lines.csv": LINES.replace("NORTH,2,", "NORTH,7,")}
    del changed["stock.csv"]
    bring(resources, ORDERS, changed)
    assert place_drafts(book.database, TESTER) == 0
    assert book.statuses("O1") == ("completed", "shipped", "shipped")
    assert book.query(
        "SELECT quantity FROM orders.order_line WHERE number = '1' AND order_id = 1"
    ) == [(Decimal(2),)]


def test_wrong_orders_keep_the_whole_package_out(resources: Resources, book: OrderBook) -> None:
    """An order without its lines would never be placed, so all come or none."""
    report = bring(
        resources, ORDERS, {**FILES, "orders.csv": BOOK.replace("EUR,30.00", "EUR,much")}
    )
    assert report.state is JobState.REJECTED
    assert ("orders.csv", 2, "bad_decimal") in faults(resources, report)
    assert book.query("SELECT count(*) FROM orders.customer_order") == [(0,)]


def test_orders_in_ubl_become_orders_of_ours(resources: Resources, book: OrderBook) -> None:
    """With their lines, units and what is to be paid; by invoice."""
    [path] = shared("ubl").glob("order__UBL-Order-2.1-Example.xml")
    report = bring(resources, UBL, {path.name: path.read_bytes()})
    assert (report.state, report.totals.rejected) == (JobState.DONE, 0)
    assert rows(
        resources,
        "SELECT o.number, o.total, o.currency, o.customer_name, o.country, l.number, l.sku, "
        "l.supplier, l.quantity, l.unit FROM orders.customer_order o "
        "JOIN orders.order_line l ON l.order_id = o.id ORDER BY l.number",
    ) == [
        ("34", 6225, "SEK", "Johnssons byggvaror", "SE", "1", "SItemNo001", "Moderna Produkter AB",
         120, "LTR"),
        ("34", 6225, "SEK", "Johnssons byggvaror", "SE", "2", "SItemNo011", "Moderna Produkter AB",
         15, "C62"),
    ]  # fmt: skip
    book.stock("Moderna Produkter AB", "SItemNo001", 120)
    book.stock("Moderna Produkter AB", "SItemNo011", 15)
    assert place_drafts(book.database, TESTER) == 1
    assert book.statuses("34") == ("awaiting_confirmation", "reserved")
