"""What messages say where their exporter names an export of a data group."""

import csv
import io
import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError
from impex.services.resources import Resources
from orders.domain.content import Content, Unwritable
from orders.domain.export_item import Item
from orders.domain.exporter import Batch, Exporter, GroupExport, Split
from orders.services.contents import contents
from tests.contents import HOSTILE, bodies, element, group, made, parts, sender
from tests.order_book import OrderBook

CSV = """
table: orders.export_line
key: [order_number, line_id]
export: {file: lines.csv}
columns: [order_number, sku, {to: price, type: decimal}]
"""
XML = """
layout: {format: xml, record: /lines/line}
table: orders.export_line
key: [order_number, line_id]
export: {file: lines.xml}
columns: [{from: "@order", to: order_number}, sku, {to: price, type: decimal}]
"""
JSON = """
layout: {format: json}
table: orders.export_line
key: [order_number, line_id]
export: {file: lines.jsonl}
columns: [order_number, sku, {to: price, type: decimal}]
"""


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An order of two suppliers, and one of one."""
    book = OrderBook(resources.database)
    book.placed("O1", ("ACME", "A", 2, "standard"), ("BOLT", "B", 1, "standard"))
    book.placed("O2", ("ACME", "C", 5, "standard"))
    book.query("UPDATE orders.order_line SET price = 3")
    return book


@pytest.fixture
def both(book: OrderBook) -> list[Item]:
    """What was raised of both orders."""
    return [*book.items("O2"), *book.items("O1")]


def test_each_message_has_the_rows_of_its_order(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """Each is a file of its own, with a header."""
    found = made(book, tmp_path, sender(group(tmp_path, CSV)), both)

    assert found == [
        Content(b"order_number,sku,price\nO1,A,3\nO1,B,3\n", "text/csv; charset=utf-8", ".csv"),
        Content(b"order_number,sku,price\nO2,C,3\n", "text/csv; charset=utf-8", ".csv"),
    ]


@pytest.mark.parametrize("split", [Split.SUPPLIER, Split.DELIVERY])
def test_a_message_has_only_what_it_is_about(
    book: OrderBook, both: list[Item], tmp_path: Path, split: Split
) -> None:
    """No supplier sees the lines of another one."""
    exporter = sender(group(tmp_path, CSV), split=split)

    assert [body.splitlines()[1:] for body in bodies(made(book, tmp_path, exporter, both))] == [
        [b"O1,A,3"], [b"O1,B,3"], [b"O2,C,3"],
    ]  # fmt: skip


def test_rows_of_an_order_are_in_all_its_messages_if_they_tell_nothing_of_deliveries(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """Rows that name a supplier go to that one."""
    order = "table: orders.export_order\nkey: order_number\nexport: {file: o.csv}\ncolumns: [order_number]"
    supplier = order.replace("export_order", "export_purchase").replace(
        "[order_number]", "[supplier]"
    )

    for text, expected in ((order, [b"O1", b"O1", b"O2"]), (supplier, [b"ACME", b"BOLT", b"ACME"])):
        exporter = sender(group(tmp_path, text), split=Split.SUPPLIER)
        found = bodies(made(book, tmp_path, exporter, both))
        assert [body.splitlines()[1] for body in found] == expected


def test_a_flag_of_a_delivery_is_about_nothing_else(book: OrderBook, tmp_path: Path) -> None:
    """What other exporters take of the order is not in it."""
    [_, second] = book.items("O1")

    [body] = bodies(made(book, tmp_path, sender(group(tmp_path, CSV)), [second]))

    assert body.splitlines()[1:] == [b"O1,B,3"]


def test_an_order_without_deliveries_is_written_whole(book: OrderBook, tmp_path: Path) -> None:
    """Such as a draft that was cancelled; others beside it keep to their deliveries."""
    book.draft("O3", ("ACME", "D", 1, "standard"), ("BOLT", "E", 1, "standard"))
    items = [*book.items("O3"), *book.items("O1")[:1]]
    assert items[0].delivery_id is None

    found = bodies(made(book, tmp_path, sender(group(tmp_path, CSV)), items))

    assert [body.splitlines()[1:] for body in found] == [[b"O1,A,3"], [b"O3,D,", b"O3,E,"]]


def test_the_same_order_may_be_in_several_messages(book: OrderBook, tmp_path: Path) -> None:
    """Flags queue: each of them is told."""
    items = [*book.items("O1"), *book.items("O1", seq=2), *book.items("O2", seq=3)]

    found = bodies(made(book, tmp_path, sender(group(tmp_path, CSV)), items))

    assert found[0] == found[1] != found[2]


def test_json_is_one_object_or_lines_of_them(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """The type tells which."""
    lines, one = made(book, tmp_path, sender(group(tmp_path, JSON)), both)

    assert isinstance(lines, Content)
    assert isinstance(one, Content)
    assert (lines.content_type, one.content_type) == ("application/x-ndjson", "application/json")
    assert json.loads(one.body) == {"order_number": "O2", "sku": "C", "price": 3}
    assert len(lines.body.splitlines()) == 2


def test_spreadsheets_and_packed_files_are_written_too(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """By the ending of the file, as in any export."""
    packed = group(tmp_path, CSV.replace("lines.csv", "lines.csv.gz"))
    sheet = group(tmp_path, CSV.replace("lines.csv", "lines.xlsx"), "sheet")

    for format_, start, ending in ((packed, b"\x1f\x8b", ".csv.gz"), (sheet, b"PK", ".xlsx")):
        for content in made(book, tmp_path, sender(format_), both):
            assert isinstance(content, Content)
            assert content.body.startswith(start)
            assert content.ending == ending


@pytest.mark.parametrize("options", ["delimiter: ';'", 'delimiter: "\\t"', "escape: backslash"])
def test_hostile_text_stays_text_in_every_field_of_a_csv(
    book: OrderBook, both: list[Item], tmp_path: Path, options: str
) -> None:
    """Whatever stands between fields."""
    text = f"layout: {{{options}}}\n{CSV}".replace(
        "[order_number, sku,", "[customer_name, sku, unit, country, name,"
    )
    book.query(
        "UPDATE orders.customer_order SET customer_name = %s, country = %s", HOSTILE, HOSTILE
    )
    book.query(
        "UPDATE orders.order_line SET sku = %s, unit = %s, name = %s", HOSTILE, HOSTILE, HOSTILE
    )
    dialect = {"delimiter": {"delimiter: ';'": ";", 'delimiter: "\\t"': "\t"}.get(options, ",")}
    if "escape" in options:
        dialect |= {"escapechar": "\\", "doublequote": False}

    for body in bodies(made(book, tmp_path, sender(group(tmp_path, text)), both)):
        _, *rows = csv.reader(io.StringIO(body.decode(), newline=""), **dialect)
        assert {tuple(row) for row in rows} == {(*[HOSTILE] * 5, "3")}


def test_hostile_text_stays_text_in_xml_and_json(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """Also as an attribute."""
    book.query("UPDATE orders.customer_order SET customer_name = %s", HOSTILE)
    xml = group(tmp_path, XML.replace("order_number}", "customer_name}"))
    text = group(tmp_path, JSON.replace("[order_number, sku", "[customer_name, sku"), "json")

    for body in bodies(made(book, tmp_path, sender(xml), both)):
        assert {line.get("order") for line in element(body)} == {HOSTILE}
    for body in bodies(made(book, tmp_path, sender(text), both)):
        for line in body.split(b"\n")[:-1]:
            assert json.loads(line)["customer_name"] == HOSTILE


def run_of(count: int, book: OrderBook) -> list[Item]:
    """Insert so many orders with two lines each; return what was raised of them."""
    book.query(
        "WITH o AS (INSERT INTO orders.customer_order (number, shop_code, currency, total) "
        "SELECT 'R' || to_char(n, 'FM0000'), 'SHOP10', 'EUR', 20 FROM generate_series(1, %s) n "
        "RETURNING id), d AS (INSERT INTO orders.delivery (order_id, number, supplier, "
        "delivery_group) SELECT id, 'D' || id, 'ACME', 'standard' FROM o RETURNING id, order_id), "
        "l AS (INSERT INTO orders.order_line (order_id, number, sku, supplier, quantity, price) "
        "SELECT id, n, 'X' || n, 'ACME', 1, 10 FROM o, generate_series(1, 2) n) "
        "INSERT INTO orders.delivery_line (delivery_id, reference, sku, quantity) "
        "SELECT id, n, 'X' || n, 1 FROM d, generate_series(1, 2) n",
        count,
    )
    [pattern] = book.items("R0001")
    rows = book.query(
        "SELECT o.id, o.number, d.id, d.number FROM orders.customer_order o "
        "JOIN orders.delivery d ON d.order_id = o.id WHERE o.number LIKE 'R%%' ORDER BY o.id"
    )
    return [
        replace(
            pattern, id=n, order_id=order_id, order=number, delivery_id=delivery_id, delivery=name
        )
        for n, (order_id, number, delivery_id, name) in enumerate(rows)
    ]


@pytest.mark.parametrize("text", [CSV, XML, JSON])
def test_a_message_of_a_run_has_a_thousand_orders(
    book: OrderBook, tmp_path: Path, text: str
) -> None:
    """In the order of the export, whatever that of the items; as many messages have the same rows."""
    items = run_of(1000, book)
    random.Random(7).shuffle(items)  # noqa: S311 - nothing depends on what it is
    format_ = group(tmp_path, text)

    [together] = bodies(made(book, tmp_path, sender(format_, batch=Batch.PER_RUN), items))
    apart = bodies(made(book, tmp_path, sender(format_), items))

    rows = [line for line in together.splitlines() if b"R" in line]
    assert len(rows) == 2000
    assert rows == sorted(rows)
    assert rows == [line for body in apart for line in body.splitlines() if b"R" in line]


@pytest.mark.parametrize("text", [CSV, XML, JSON])
def test_a_row_that_cannot_be_written_stops_no_other_order(
    book: OrderBook, both: list[Item], tmp_path: Path, text: str
) -> None:
    """The reason is told, and in a message of a run the order that it is because of."""
    book.query("UPDATE orders.order_line SET price = 'NaN' WHERE sku = 'B'")
    format_ = group(tmp_path, text)
    expected = Unwritable(
        "feed/lines cannot write it: price is no number that can be written", frozenset([1])
    )

    bad, good = made(book, tmp_path, sender(format_), both)
    [together] = made(book, tmp_path, sender(format_, batch=Batch.PER_RUN), both)

    assert bad == together == expected
    assert isinstance(good, Content)


def test_a_character_that_the_file_does_not_have_stops_no_other_order(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """Neither in XML nor in an encoding."""
    book.query("UPDATE orders.order_line SET sku = E'\\x01\\u2603' WHERE sku = 'B'")
    xml, old = group(tmp_path, XML), group(tmp_path, f"layout: {{encoding: cp1252}}\n{CSV}", "old")

    (no_xml, one), (no_text, two) = (made(book, tmp_path, sender(f), both) for f in (xml, old))
    [together] = made(book, tmp_path, sender(old, batch=Batch.PER_RUN), both)

    assert no_xml == Unwritable(
        "feed/lines cannot write it: sku has a character that the file cannot hold", frozenset([1])
    )
    assert isinstance(no_text, Unwritable)
    assert "which cp1252 does not have" in no_text.reason
    assert isinstance(together, Unwritable)
    assert together.orders == {1}
    assert isinstance(one, Content)
    assert isinstance(two, Content)
    assert two.content_type == "text/csv; charset=windows-1252"


@pytest.mark.parametrize("batch", Batch)
def test_a_row_at_which_postgresql_fails_stops_no_other_order(
    book: OrderBook, tmp_path: Path, batch: Batch
) -> None:
    """The transaction goes on."""
    items = run_of(21, book)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "shares.sql").write_text(
        "SELECT order_id, delivery_id, order_number, 1 / (price - 7) AS share FROM orders.export_line"
    )
    text = "export: {file: x.csv, query: shares.sql}\ncolumns: [order_number, {to: share, type: decimal}]"
    book.query("UPDATE orders.order_line SET price = 7 WHERE order_id IN (5, 17)")

    found = made(book, tmp_path, sender(group(tmp_path, text), batch=batch), items)

    refused = [each for each in found if isinstance(each, Unwritable)]
    assert {order for each in refused for order in each.orders} == {5, 17}
    assert {each.reason for each in refused} == {"feed/lines cannot read it: division by zero"}
    assert len(found) == (21 if batch is Batch.PER_ORDER else 1)


@pytest.mark.parametrize("batch", Batch)
def test_an_order_without_rows_is_not_taken_for_told(
    book: OrderBook, both: list[Item], tmp_path: Path, batch: Batch
) -> None:
    """Else it would count as exported, and nobody would have heard of it."""
    format_ = group(tmp_path, CSV.replace("lines.csv}", "lines.csv, where: {sku: [A, B]}}"))

    found = made(book, tmp_path, sender(format_, batch=batch), both)

    assert found[-1] == Unwritable("feed/lines has no row of it", frozenset([2]))


def test_a_document_keeps_to_its_schema(book: OrderBook, both: list[Item], tmp_path: Path) -> None:
    """Or it is not sent."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "lines.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="lines">'
        '<xs:complexType><xs:sequence><xs:element name="line"><xs:complexType><xs:sequence>'
        '<xs:element name="sku"/><xs:element name="price"/></xs:sequence>'
        '<xs:attribute name="order"/></xs:complexType></xs:element></xs:sequence>'
        "</xs:complexType></xs:element></xs:schema>"
    )
    format_ = group(tmp_path, XML.replace("xml,", "xml, schema_file: lines.xsd,"))

    two_lines, one_line = made(book, tmp_path, sender(format_), both)

    assert isinstance(two_lines, Unwritable)
    assert two_lines.reason.startswith("feed/lines does not keep to lines.xsd: ")
    assert isinstance(one_line, Content)


CONFIG_FAULTS = {
    "table: orders.nothing\nexport: {file: x.csv}\ncolumns: [a]": "there is no table or view",
    "table: orders.export_line\nexport: {file: x.csv}\ncolumns: [skuu]": "Did you mean sku?",
    "table: orders.customer_order\nexport: {file: x.csv}\ncolumns: [number]":
        "orders.customer_order has no column order_id",
    "table: orders.export_line\nexport: {file: x.csv, where: {order_id: x}}\ncolumns: [sku]":
        "invalid input syntax for type bigint",
}  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), CONFIG_FAULTS.items())
def test_what_does_not_fit_the_database_is_a_fault_of_the_configuration(
    book: OrderBook, both: list[Item], tmp_path: Path, text: str, fault: str
) -> None:
    """It is told at once, not of each order."""
    with pytest.raises(ConfigError, match=fault):
        made(book, tmp_path, sender(group(tmp_path, text)), both)


def test_a_group_that_is_not_there_is_a_fault_of_the_configuration(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """With the nearest name; so is an export."""
    group(tmp_path, CSV)

    with pytest.raises(ConfigError, match="Did you mean `feed`"):
        made(book, tmp_path, sender(GroupExport("fed", "lines")), both)
    with pytest.raises(ConfigError, match="Did you mean `lines`"):
        made(book, tmp_path, sender(GroupExport("feed", "line")), both)


def test_messages_show_what_the_transaction_has_written(
    book: OrderBook, both: list[Item], tmp_path: Path
) -> None:
    """They are made where the orders are locked, and from nothing else."""
    exporter: Exporter = sender(group(tmp_path, CSV))
    with book.database.transaction() as connection:
        connection.execute("UPDATE orders.order_line SET price = %s", [Decimal(9)])
        found = contents(connection, UserFiles(tmp_path), parts(exporter, both))

    assert all(b",9\n" in body for body in bodies(found))
