"""What messages say where their exporter names a template."""

import json
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError
from impex.services.resources import Resources
from orders.domain.content import Content, Unwritable
from orders.domain.exporter import Batch, Split, Template
from tests.contents import HOSTILE, bodies, made, sender, template
from tests.order_book import OrderBook

LINES = """\
{{ flag }} {{ order.number }}
{% for delivery in deliveries %}
{{ delivery.number }}:{% for line in delivery.lines %} {{ line.quantity|number }} x {{ line.sku }}{% endfor %}

{% endfor %}
"""


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An order of two suppliers, one of one, and a draft."""
    book = OrderBook(resources.database)
    book.placed("O1", ("ACME", "A", 2, "standard"), ("BOLT", "B", 1, "standard"))
    book.placed("O2", ("ACME", "C", 5, "standard"))
    book.draft("O3", ("ACME", "D", 1, "standard"))
    return book


def test_a_template_sees_the_order_and_its_deliveries(book: OrderBook, tmp_path: Path) -> None:
    """One message for each order, in the order of their numbers."""
    exporter = sender(template(tmp_path, "order.txt", LINES))

    found = made(book, tmp_path, exporter, [*book.items("O2"), *book.items("O1")])

    assert found == [
        Content(b"INITPAID O1\nO1-1: 2 x A\nO1-2: 1 x B\n", "text/plain; charset=utf-8", ".txt"),
        Content(b"INITPAID O2\nO2-1: 5 x C\n", "text/plain; charset=utf-8", ".txt"),
    ]


def test_suppliers_do_not_see_what_others_send(book: OrderBook, tmp_path: Path) -> None:
    """A message about a supplier has its deliveries only."""
    exporter = sender(template(tmp_path, "order.txt", LINES), split=Split.SUPPLIER)

    assert bodies(made(book, tmp_path, exporter, book.items("O1"))) == [
        b"INITPAID O1\nO1-1: 2 x A\n",
        b"INITPAID O1\nO1-2: 1 x B\n",
    ]


def test_an_order_without_deliveries_has_none(book: OrderBook, tmp_path: Path) -> None:
    """Such as a draft that was cancelled."""
    exporter = sender(template(tmp_path, "order.txt", LINES))
    book.query("DELETE FROM orders.delivery_line")

    assert bodies(made(book, tmp_path, exporter, book.items("O3"))) == [b"INITPAID O3\n"]


def test_what_was_raised_of_the_whole_order_is_about_all_deliveries(
    book: OrderBook, tmp_path: Path
) -> None:
    """Also of those that came later."""
    exporter = sender(template(tmp_path, "order.txt", "{{ deliveries|length }}"))
    [first, _] = book.items("O1")
    whole = type(first)(first.id, first.order_id, "O1", 1, first.flag, first.subject)

    assert bodies(made(book, tmp_path, exporter, [whole])) == [b"2"]


def test_a_message_of_a_run_has_all_orders(book: OrderBook, tmp_path: Path) -> None:
    """Each with those of its deliveries that the message is about."""
    text = "{% for o in orders %}{{ o.number }} {{ o.deliveries|map(attribute='number')|list }}\n{% endfor %}"
    exporter = sender(template(tmp_path, "all.txt", text), batch=Batch.PER_RUN)

    found = made(book, tmp_path, exporter, [*book.items("O2"), *book.items("O1")[1:]])

    assert bodies(found) == [b"O1 ['O1-2']\nO2 ['O2-1']\n"]


def test_nothing_that_people_have_typed_is_read_as_a_template(
    book: OrderBook, tmp_path: Path
) -> None:
    """It is put in as it is; as JSON it stays one value."""
    text = '{"name": {{ order.customer_name|tojson }}, "mail": {{ order.customer_email|tojson }}}'
    exporter = sender(template(tmp_path, "order.json", text))
    book.query(
        "UPDATE orders.customer_order SET customer_name = %s, customer_email = %s", HOSTILE, HOSTILE
    )

    [content] = made(book, tmp_path, exporter, book.items("O1"))

    assert isinstance(content, Content)
    assert content.content_type == "application/json"
    assert json.loads(content.body) == {"name": HOSTILE, "mail": HOSTILE}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("order.json", '{"name": "{{ order.customer_name }}"}', "order.json makes no JSON of it: "),
        ("order.xml", "<n>{{ order.customer_name|safe }}</n>", "order.xml makes no XML of it: "),
        ("order.xml", "<name>{{ order.country }}</name>", "order.xml makes no XML of it: "),
    ],
)
def test_a_template_that_forgets_to_escape_sends_nothing_broken(
    book: OrderBook, tmp_path: Path, name: str, text: str, reason: str
) -> None:
    """Most orders go well, and those that do not are told."""
    exporter = sender(template(tmp_path, name, text))
    book.query(
        "UPDATE orders.customer_order SET customer_name = %s, country = E'\\x01' WHERE number = 'O1'",
        HOSTILE,
    )

    bad, good = made(book, tmp_path, exporter, [*book.items("O1"), *book.items("O2")])

    assert isinstance(bad, Unwritable)
    assert bad.reason.startswith(reason)
    assert isinstance(good, Content)


def test_an_order_that_cannot_be_filled_in_stops_no_other(book: OrderBook, tmp_path: Path) -> None:
    """In a message of a run it is named, so that the others can be sent without it."""
    words = template(tmp_path, "o.txt", "{{ order.lines[0].price|money }}")
    several = template(
        tmp_path, "all.txt", "{% for o in orders %}{{ o.lines[0].price|money }} {% endfor %}"
    )
    items = [*book.items("O1"), *book.items("O2"), *book.items("O3")]
    book.query("UPDATE orders.order_line SET price = 3 WHERE sku <> 'C'")

    one, two, three = made(book, tmp_path, sender(words), items)
    [together] = made(book, tmp_path, sender(several, batch=Batch.PER_RUN), items)

    assert bodies([one, three]) == [b"3.00", b"3.00"]
    assert two == Unwritable(
        "o.txt cannot be filled in: [<class 'decimal.ConversionSyntax'>]", frozenset([2])
    )
    assert isinstance(together, Unwritable)
    assert together.orders == {2}


def test_orders_that_cannot_be_written_together_are_all_named(
    book: OrderBook, tmp_path: Path
) -> None:
    """Nobody can tell which one it is because of."""
    text = "{{ 1 / (2 - orders|length) }}"
    exporter = sender(template(tmp_path, "all.txt", text), batch=Batch.PER_RUN)

    found = made(book, tmp_path, exporter, [*book.items("O1"), *book.items("O2")])

    reason = "all.txt cannot be filled in: division by zero"
    assert found == [Unwritable(reason, frozenset([1, 2]))]


def test_of_nothing_nothing_is_made(book: OrderBook, tmp_path: Path) -> None:
    """Nor is any file looked for."""
    assert made(book, tmp_path, sender(Template("none.txt")), []) == []


def test_a_template_that_is_not_there_is_a_fault_of_the_configuration(
    book: OrderBook, tmp_path: Path
) -> None:
    """With the nearest name."""
    template(tmp_path, "order.txt", "")

    with pytest.raises(ConfigError, match=r"Did you mean `order\.txt`"):
        made(book, tmp_path, sender(Template("oder.txt")), book.items("O1"))
