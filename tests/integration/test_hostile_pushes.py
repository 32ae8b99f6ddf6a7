"""Whatever is pushed gets its clear answer, nothing is lost, and the service goes on."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from impex.services.resources import Resources
from orders.push.door import BODY_TIMEOUT_S
from orders.services.consume import consume
from tests.feeds import event, shipped
from tests.order_book import OrderBook
from tests.push_server import PushServer, told

KEPT = "SELECT count(*) FROM orders.inbox"


HOSTILE = [
    "'; DROP TABLE orders.inbox; --",
    '" OR 1=1 --',
    "{{ 7 * 7 }}{% for x in () %}",
    "{{ conn.impex.password }}",
    "${jndi:ldap://x}",
    "%s %(name)s {0} \\x00 \\",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "../../etc/passwd",
]


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """An empty book of orders."""
    return OrderBook(resources.database)


@pytest.fixture
def service(dsn: str) -> Iterator[PushServer]:
    """The service with the feeds that come with the project."""
    feeds = {name: shipped(name) for name in ("courier", "easypost")}
    with PushServer(dsn, feeds) as running:
        yield running


def test_a_message_of_a_gigabyte_is_refused_before_it_is_read(service: PushServer) -> None:
    """Whether or not its length is told in front."""
    sent = 0

    def gigabyte() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1024):
            sent += 1 << 20
            yield b"x" * (1 << 20)

    chunked = service.client.post("/feeds/courier", content=gigabyte())
    assert told(chunked) == (413, "too_long")
    assert sent <= 32 << 20
    declared = service.client.post(
        "/feeds/courier", content=gigabyte(), headers={"content-length": str(1 << 30)}
    )
    assert told(declared) == (413, "too_long")
    assert service.is_alive()


def test_as_many_bytes_as_a_feed_takes_are_taken(service: PushServer) -> None:
    """And not one more."""
    body = json.dumps(event()).encode()

    assert service.push(body + b" " * (256_000 - len(body))).status_code == 202
    assert service.push(body + b" " * (256_001 - len(body))).status_code == 413


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "line 1, character 1"),
        (b"[" * 100_000, "$"),
        (b'{"event_id": "e", "order_number": NaN}', "$"),
        (b'{"event_id": "e", "event_id": "f"}', "$"),
        (b'{"event_id": "\xff"}', "byte 15"),
        (b'{"event_id": "\\ud800", "order_number": 1}', "$.event_id"),
        (b'{"event_id": "a\\u0000", "order_number": 1}', "$.event_id"),
        (b'{"event_id": 1, "order_number": 1, "trigger": "drop"}', "$.trigger"),
        (
            b'{"event_id": 1, "order_number": 1, "occurred_at": "2999-01-01T00:00Z"}',
            "$.occurred_at",
        ),
        (
            b'{"event_id": 1, "order_number": 1, "lines": [{"reference": 1, "shipped": "NaN"}]}',
            "$.lines[0].shipped",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(
    service: PushServer, book: OrderBook, body: bytes, where: str
) -> None:
    """Nothing of it is kept, and the service goes on."""
    answer = service.push(body)

    assert told(answer) == (400, "unreadable")
    assert answer.json()["where"] == where
    assert answer.json()["message"]
    assert book.query(KEPT) == [(0,)]
    assert service.is_alive()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_texts(service: PushServer, book: OrderBook, text: str) -> None:
    """In every field; what is kept is what was sent, and the order moves as before."""
    book.placed("O1", ("S", "A", 2, "standard"))
    scan = {"number": text, "at": "2026-01-01T00:00:00Z"}
    words = {"carrier": text, "message": text, "place": text, "status": text}
    line = {"reference": "1", "sku": text, "remark": text, "invoice_number": text, "shipped": 2}

    answer = service.push(
        event(
            text,
            delivery_number="O1-1",
            lines=[line],
            scans=[scan | words],
            estimated_delivery=text,
        )
    )
    unknown = service.push(event("e2", text, delivery_number=text))

    assert (answer.status_code, unknown.status_code) == (202, 202)
    consume(book.database, "")
    assert book.query("SELECT remark, invoice_number FROM orders.delivery_line") == [(text, text)]
    assert book.query("SELECT number, carrier, status FROM orders.parcel") == [
        (text, text, "unknown")
    ]
    assert book.query("SELECT message, place FROM orders.scan") == [(f"{text}: {text}", text)]
    assert book.query("SELECT data ->> 'estimated_delivery' FROM orders.customer_order") == [
        (text,)
    ]
    assert [state for state, _ in book.events()] == ["applied", "parked"]
    assert book.statuses("O1") == ("completed", "shipped")


def test_clocks_of_senders_may_differ(service: PushServer) -> None:
    """By hours; a date of next week is a mistake."""
    now = datetime.now(UTC)

    answers = [
        told(
            service.push(event(str(hours), occurred_at=(now + timedelta(hours=hours)).isoformat()))
        )
        for hours in (-1000, -2, 2, 23, 26, 200)
    ]

    assert answers == [(202, "accepted")] * 4 + [(400, "unreadable")] * 2


def test_a_message_that_breaks_us_takes_no_other_along(
    service: PushServer, book: OrderBook
) -> None:
    """They are taken in together; the one that cannot be kept is told so, in few words."""
    book.query("ALTER TABLE orders.inbox ADD CHECK (event_id <> 'poison')")
    messages = [event("poison" if n == 7 else f"e{n}", f"O{n}") for n in range(40)]

    with ThreadPoolExecutor(16) as senders:
        answers = list(senders.map(service.push, messages))

    assert told(answers.pop(7)) == (500, "internal")
    assert {told(answer) for answer in answers} == {(202, "accepted")}
    assert book.query(KEPT) == [(39,)]
    assert service.is_alive()


def test_a_sender_that_dawdles_is_told_so(service: PushServer) -> None:
    """Nobody holds a place for long without a message."""

    def trickle() -> Iterator[bytes]:
        yield b"{"
        time.sleep(BODY_TIMEOUT_S + 0.5)
        yield b"}"

    assert told(service.client.post("/feeds/courier", content=trickle())) == (408, "too_slow")


@given(st.binary(max_size=200))
@example(b'{"event_id": 1, "order_number": 1, "data": {}, "sequence": 999999999999999999}')
@example(b'{"event_id": 1, "order_number": 1, "occurred_at": "1970-01-02T00:00:00Z"}')
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_service_answers_whatever_is_sent(service: PushServer, body: bytes) -> None:
    """Signed by who may send."""
    assert service.push(body).status_code in {200, 202, 400, 409}


def test_a_sender_that_goes_away_does_no_harm(service: PushServer) -> None:
    """In the middle of the head, or of the body."""
    address = service.client.base_url
    for part in (b"POST /feeds/courier HT", (b"POST /feeds/courier HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 500\r\n\r\nabc"), b"\x00\xff\r\n\r\n"):  # fmt: skip
        with socket.create_connection((address.host, address.port or 0)) as connection:
            connection.sendall(part)

    assert service.is_alive()
    assert service.push(event()).status_code == 202
