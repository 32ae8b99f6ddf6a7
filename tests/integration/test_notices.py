"""People are told by mail what became of orders, each of it once."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from impex.config.user_files import UserFiles
from impex.domain.errors import TransientError
from impex.services.resources import Resources
from impex.storage.connection import Database
from local.settings import REPOSITORY
from orders.config.notices import load_notices
from orders.config.sample_order import SAMPLE_ORDER
from orders.domain.clock import Clock
from orders.domain.notice import Letterhead, Mailing
from orders.domain.states import Machine
from orders.services.clocks import notice_overdue
from orders.services.consume import consume
from orders.services.fire import fire_by_hand, note_payment
from orders.services.notices import TARGET, write_notices
from orders.services.place import place_drafts
from orders.services.send import Route, send_due
from orders.storage.documents import documents
from orders.targets.mail import MailTarget
from tests.mail_server import Fault, Mailbox, mail_server
from tests.order_book import TESTER, OrderBook, shipped

TEMPLATES = REPOSITORY / "config" / "templates"


@pytest.fixture
def mailing(tmp_path: Path) -> Mailing:
    """What is shipped, enabled."""
    text = (REPOSITORY / "config" / "notices.yaml").read_text()
    (tmp_path / "notices.yaml").write_text(text.replace("enabled: false", "enabled: true"))
    (tmp_path / "templates").symlink_to(TEMPLATES)
    mailing = load_notices(UserFiles(tmp_path))
    assert mailing is not None
    return mailing


@pytest.fixture
def book(resources: Resources, mailing: Mailing) -> OrderBook:
    """A database where notices are on from now on, and an order that nobody was told of."""
    book = OrderBook(resources.database)
    book.placed("O0", ("S", "A", 1, "standard"))
    write_notices(book.database, mailing, TEMPLATES)
    return book


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as opened:
        yield opened


def deliver(book: OrderBook, box: Mailbox, mailing: Mailing) -> None:
    """Write what is to be told, and send it."""
    write_notices(book.database, mailing, TEMPLATES)
    with closing(MailTarget(box.server)) as target:
        send_due(book.database, Route(TARGET, target), run="", stop=lambda: False)


def place(book: OrderBook, number: str, email: str = "ada@example.com") -> None:
    """Place a paid order of somebody with this address."""
    book.draft(number, ("S", "B", 1, "standard"))
    book.query(
        "UPDATE orders.customer_order SET customer_email = %s, customer_name = 'Ada' "
        "WHERE number = %s",
        email,
        number,
    )
    book.query("INSERT INTO orders.stock VALUES ('S', 'B', 9) ON CONFLICT DO NOTHING")
    place_drafts(book.database, TESTER)


def to(box: Mailbox, recipient: str) -> list[str]:
    """Return the subjects of what somebody was told."""
    return [mail["Subject"] for mail in box.mails if mail["To"] == recipient]


def test_a_customer_is_told_of_an_order_from_its_beginning_to_its_end(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """Each move once, in its order, and nothing of what came before notices were enabled."""
    place(book, "O1")
    book.receive(shipped("O1", "1", 1))
    consume(book.database, "")
    for _ in range(3):
        deliver(book, box, mailing)

    assert to(box, "ada@example.com") == [
        "Your order O1",
        "Your order O1 is packed",
        "Your order O1 is on its way",
        "A part of your order O1 has arrived",
    ]
    assert "Delivery O1-1 is packing" in to(box, "orders@example.com")
    first = box.mails[0].get_content()
    assert "Dear Ada," in first
    assert "1 x B" in first
    assert "In all: 100.00 EUR" in first


def test_who_cancels_is_told_what_is_paid_back(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """And once more when it is."""
    place(book, "O1")
    fire_by_hand(book.database, "O1", "cancel", TESTER)
    deliver(book, box, mailing)
    note_payment(book.database, "O1", None, Decimal(100), TESTER)
    fire_by_hand(book.database, "O1", "refund_processed", TESTER)
    deliver(book, box, mailing)

    _, cancelled, refunded = (mail for mail in box.mails if mail["To"] == "ada@example.com")
    assert cancelled["Subject"] == "Your order O1 is cancelled"
    assert "100.00 EUR, will be paid back" in cancelled.get_content()
    assert refunded["Subject"] == "Money back for your order O1"


def test_who_has_left_no_address_is_not_told(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """That is no failure; the staff is told all the same."""
    place(book, "O1", email="")
    deliver(book, box, mailing)

    assert box.recipients() == ["orders@example.com"]
    assert book.query("SELECT count(*) FROM orders.outbox WHERE state <> 'sent'") == [(0,)]


@pytest.mark.parametrize(
    "address",
    ["ada", "ada@", "a@b@c", "ada@example.com\r\nBcc: all@example.com", "žofie@example.com"],
)
def test_an_address_that_is_none_fails_alone(
    book: OrderBook, box: Mailbox, mailing: Mailing, address: str
) -> None:
    """With the reason, and without a header that somebody has smuggled in."""
    place(book, "O1", email=address)
    place(book, "O2")
    deliver(book, box, mailing)

    assert to(box, "ada@example.com") == ["Your order O2"]
    assert {*box.recipients()} == {"ada@example.com", "orders@example.com"}
    [(state, reason)] = book.query(
        "SELECT state, reason FROM orders.outbox WHERE recipient = %s", address
    )
    assert state == "failed"
    assert "mail address is none" in reason


def test_what_people_type_is_never_read_as_a_template(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """Nor does it reach the headers of a mail."""
    book.draft("O{{ 7 * 7 }}", ("S", "{% raw %}", 1, "standard"))
    book.query(
        "UPDATE orders.customer_order SET customer_name = %s, customer_email = 'ada@example.com'",
        "{{ order.__class__ }}\r\nBcc: all@example.com",
    )
    book.query("INSERT INTO orders.stock VALUES ('S', '{%% raw %%}', 9)")
    fire_by_hand(book.database, "O0", "cancel", TESTER)
    deliver(book, box, mailing)

    mail = next(mail for mail in box.mails if mail["To"] == "ada@example.com")
    assert "{{ order.__class__ }}" in mail.get_content()
    assert mail["Bcc"] is None
    assert {*box.recipients()} == {"ada@example.com", "orders@example.com"}


def test_shops_write_in_their_own_name(book: OrderBook, box: Mailbox, mailing: Mailing) -> None:
    """And tell their own staff."""
    own = replace(mailing, shops={"SHOP10": Letterhead("ten@example.com", ("boss@example.com",))})
    place(book, "O1")
    deliver(book, box, own)

    assert {mail["From"] for mail in box.mails} == {"ten@example.com"}
    assert {*box.recipients()} == {"ada@example.com", "boss@example.com"}


def test_what_happened_too_long_ago_is_not_told(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """Somebody who enables notices again after a week sends no flood."""
    place(book, "O1")
    deliver(book, box, replace(mailing, limit_s=0))
    deliver(book, box, mailing)

    assert box.mails == []


def test_what_is_overdue_is_told_once(book: OrderBook, box: Mailbox, mailing: Mailing) -> None:
    """To the staff; a later stay is told again."""
    clocks = [Clock(Machine.DELIVERY, "packing", timedelta(days=2))]
    fire_by_hand(book.database, "O0-1", "allocate", TESTER)
    fire_by_hand(book.database, "O0-1", "start_packing", TESTER)
    for days in (3, 4):
        book.query(
            "UPDATE orders.delivery SET status_since = now() - make_interval(days => %s)", days
        )
        notice_overdue(book.database, clocks)
        deliver(book, box, mailing)
        deliver(book, box, mailing)

    late = [subject for subject in box.subjects() if "Overdue" in subject]
    assert late == ["Overdue: delivery O0-1 is packing for too long"] * 2


def test_a_mail_that_may_have_arrived_is_not_sent_again(
    book: OrderBook, box: Mailbox, mailing: Mailing
) -> None:
    """It waits for a person; the others go on."""
    place(book, "O1")
    place(book, "O2")
    box.faults.append(Fault.CUT_AFTER)
    for _ in range(3):
        deliver(book, box, mailing)

    assert len(box.mails) == 4
    assert book.query("SELECT state, count(*) FROM orders.outbox GROUP BY 1 ORDER BY 1") == [
        ("sent", 3),
        ("uncertain", 1),
    ]


def test_moves_that_are_committed_late_are_told_too(
    book: OrderBook, dsn: str, mailing: Mailing
) -> None:
    """Whoever writes notices waits for them, or the next run tells them."""
    with Database(dsn) as slow, slow.transaction() as connection:
        connection.execute(
            "INSERT INTO orders.history (order_id, machine, trigger, source, dest, actor) "
            "SELECT id, 'order', 'cancel', 'in_progress', 'cancelled', 'x' FROM orders.customer_order"
        )
        fast = Database(dsn)
        with pytest.raises(TransientError, match="lock timeout"):
            write_notices(fast, mailing, TEMPLATES)
        fast.close()
    write_notices(book.database, mailing, TEMPLATES)

    assert book.query("SELECT count(*) FROM orders.outbox") == [(1,)]


def test_templates_see_of_real_orders_what_they_see_of_the_sample(book: OrderBook) -> None:
    """Else a template that was tried would fail when it is needed."""
    book.query("UPDATE orders.delivery_line SET estimated_from = '2026-12-01'")
    book.query(
        "INSERT INTO orders.parcel (delivery_id, number) SELECT id, 'P' FROM orders.delivery"
    )
    with book.database.transaction() as connection:
        [order] = documents(connection, [1]).values()

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items() if key != "id"}
        return [shape(value[0])] if isinstance(value, list) else None

    assert shape(order) == shape(SAMPLE_ORDER)
    for name in ("total", "captured", "refunded"):
        assert type(order[name]) is type(SAMPLE_ORDER[name])
    line, sample = order["lines"][0], SAMPLE_ORDER["lines"][0]
    assert type(line["quantity"]) is type(sample["quantity"])
