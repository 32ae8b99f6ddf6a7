"""Events that are pushed by HTTP: the real service, over loopback, with a real database."""

import hmac
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest

from impex.domain.errors import ConfigError, Problem
from impex.services.resources import Resources
from local.ports import Ports
from orders.services.consume import consume
from tests.feeds import FEEDS, PUSHED, TRACKING, event, load, shipped, signed
from tests.order_book import OrderBook
from tests.push_server import ENVIRONMENT, SECRET, PushServer, told
from tests.waiting import wait_for

KEPT = "SELECT count(*) FROM orders.inbox"


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


def test_what_is_answered_as_accepted_is_committed_with_its_bytes(
    service: PushServer, book: OrderBook
) -> None:
    """And moves the order."""
    book.placed("O1", ("S", "A", 2, "standard"))
    message = event(lines=[{"reference": "1", "shipped": 2}])

    answer = service.push(message)

    assert answer.status_code == 202
    ((number,),) = book.query("SELECT id FROM orders.inbox")
    assert answer.json() == {
        "answer": "accepted",
        "events": [{"event": "e1", "answer": "accepted", "number": number}],
    }
    assert book.query("SELECT content_type, body FROM orders.inbox_raw") == [
        ("application/json", json.dumps(message).encode())
    ]
    consume(book.database, "")
    assert book.statuses("O1") == ("completed", "shipped")


def test_what_is_sent_again_is_a_duplicate(service: PushServer, book: OrderBook) -> None:
    """A hundred times, signed anew each time, its members in another order: one event."""
    first = service.push({"event_id": "e1", "order_number": "O1"})

    again = [service.push({"order_number": "O1", "event_id": "e1"}) for _ in range(100)]

    assert told(first) == (202, "accepted")
    assert {told(answer) for answer in again} == {(200, "duplicate")}
    assert again[0].json()["events"][0]["number"] == first.json()["events"][0]["number"]
    assert book.query(KEPT) == [(1,)]
    assert book.query("SELECT count(*) FROM orders.inbox_raw") == [(1,)]


def test_the_same_number_with_another_message_is_a_conflict(
    service: PushServer, book: OrderBook
) -> None:
    """The first one counts; the other is kept beside it."""
    service.push(event(lines=[{"reference": "1", "shipped": 1}]))

    answer = service.push(event(lines=[{"reference": "1", "shipped": 9}]))

    assert told(answer) == (409, "conflict")
    assert book.query("SELECT count(*) FROM orders.inbox_conflict") == [(1,)]
    assert service.is_alive()


def test_xml_is_taken_as_json_is(dsn: str, tmp_path: Path, book: OrderBook) -> None:
    """A document with a document type is refused."""
    text = PUSHED + "format: xml\nidentity: '@id'\norder_number: order\n"
    body = b"<?xml version='1.0'?><event id='7'><order>O1</order></event>"
    with PushServer(dsn, {"documents": load(tmp_path, text, "documents")}) as service:
        taken = service.push(body, feed="documents")
        refused = service.push(b"<!DOCTYPE event [<!ENTITY x 'y'>]>" + body, feed="documents")

    assert told(taken) == (202, "accepted")
    assert told(refused) == (400, "unreadable")
    assert book.query("SELECT content_type, body FROM orders.inbox_raw") == [
        ("application/xml", body)
    ]


def test_several_events_of_a_message_are_answered_each(service: PushServer) -> None:
    """One that is new is enough to say that something was accepted."""
    service.push([event("e1"), event("e2")])

    answer = service.push([event("e1"), event("e2", "O9"), event("e3")])

    assert told(answer) == (202, "accepted")
    assert [each["answer"] for each in answer.json()["events"]] == [
        "duplicate",
        "conflict",
        "accepted",
    ]


def test_a_signature_is_over_the_bytes(service: PushServer, book: OrderBook) -> None:
    """Whatever else is sent under it is refused, and nothing of it kept."""
    body = json.dumps(event()).encode()
    headers = signed(body, SECRET)

    for other in (body.replace(b"O1", b"O2"), body.replace(b" ", b""), b"", body + b"\n"):
        answer = service.client.post("/feeds/courier", content=other, headers=headers)
        assert told(answer) == (401, "not_signed")

    assert told(service.push(event(), key="another")) == (401, "not_signed")
    assert told(service.client.post("/feeds/courier", content=body)) == (401, "not_signed")
    assert book.query(KEPT) == [(0,)]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_of_another_time_is_refused(service: PushServer, minutes: int) -> None:
    """Recorded ones are worth nothing after five minutes."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    answer = service.push(event(), at=at)

    assert told(answer) == (401, "not_signed")
    assert "300 seconds" in answer.json()["message"]


def test_two_secrets_hold_while_one_replaces_the_other(dsn: str) -> None:
    """No message is refused meanwhile."""
    with PushServer(
        dsn, {"courier": shipped("courier")}, {"ORDERS_SECRET_COURIER": "old new"}
    ) as service:
        answers = [service.push(event(secret), key=secret).status_code for secret in ("old", "new")]
        refused = service.push(event(), key="older").status_code

    assert (answers, refused) == ([202, 202], 401)


def test_easypost_signs_in_its_own_way(service: PushServer, book: OrderBook) -> None:
    """Its events about batches are answered, so that it does not send them for days."""
    answers = {}
    for name in ("event-body", "batch-webhooks"):
        body = (TRACKING / f"{name}.json").read_bytes()
        digits = hmac.digest(SECRET.encode(), body, sha256).hex()
        answers[name] = service.client.post(
            "/feeds/easypost",
            content=body,
            headers={"X-Hmac-Signature": f"hmac-sha256-hex={digits}"},
        )

    assert told(answers["event-body"]) == (202, "accepted")
    assert told(answers["batch-webhooks"]) == (200, "ignored")
    assert book.query("SELECT feed, event_id, state FROM orders.inbox") == [
        ("easypost", "evt_1", "parked")
    ]


def test_many_senders_at_once_lose_nothing(service: PushServer, book: OrderBook) -> None:
    """Each of fifty events is accepted once, however often and however parallel it comes."""
    messages = [event(f"e{number % 50}", f"O{number % 50}") for number in range(400)]

    with ThreadPoolExecutor(16) as senders:
        answers = Counter(told(answer) for answer in senders.map(service.push, messages))

    assert answers == {(202, "accepted"): 50, (200, "duplicate"): 350}
    assert book.query("SELECT count(*), count(DISTINCT event_id) FROM orders.inbox") == [(50, 50)]
    assert book.query("SELECT count(*) FROM orders.inbox_raw") == [(50,)]


def test_who_sends_too_much_is_told_when_to_go_on(dsn: str, tmp_path: Path) -> None:
    """Strangers use up nothing of it."""
    text = PUSHED.replace("courier", "courier, rate: 2") + "order_number: order_number\n"
    with PushServer(dsn, {"slow": load(tmp_path, text, "slow")}) as service:
        for _ in range(5):
            assert service.push(event(), feed="slow", key="wrong").status_code == 401
        taken = [service.push(event(order=order), feed="slow").status_code for order in "ab"]
        answer = service.push(event(), feed="slow")

    assert taken == [202, 202]
    assert told(answer) == (429, "too_many")
    assert 0 < int(answer.headers["Retry-After"]) <= 30


def test_addresses_that_do_not_exist_tell_nothing(service: PushServer) -> None:
    """Which feeds there are is nobody's business."""
    for name in ("nobody", "courier ", "..%2Fcourier", "%00", "{{7*7}}"):
        answer = service.client.post(f"/feeds/{name}", content=b"x" * 1000)
        assert answer.status_code == 404
        assert "courier" not in answer.text
    assert told(service.client.get("/feeds/courier")) == (405, "wrong_method")
    assert told(service.client.get("/docs")) == (404, "not_found")


def test_the_service_describes_itself(service: PushServer) -> None:
    """Senders can generate a client from it; every answer is listed."""
    described = service.client.get("/openapi.json").json()

    push = described["paths"]["/feeds/{name}"]["post"]
    assert set(push["responses"]) >= {
        *("200", "202", "400", "401", "404", "408", "409", "413", "429", "500", "503")
    }
    assert set(push["requestBody"]["content"]) == {"application/json", "application/xml"}


def test_lost_connections_are_opened_again(service: PushServer, book: OrderBook) -> None:
    """Nobody notices that the database was restarted while nothing came."""
    with ThreadPoolExecutor(8) as senders:
        list(senders.map(service.push, [event(str(number)) for number in range(40)]))
    book.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    answers = [service.push(event(f"later {number}")).status_code for number in range(8)]

    assert answers == [202] * 8


def test_without_its_database_the_service_says_so() -> None:
    """The sender keeps the message and sends it again."""
    feeds = {"courier": shipped("courier")}
    with PushServer("postgresql://127.0.0.1:1/nowhere", feeds) as service:
        answer = service.push(event())
        health = service.client.get("/health")

    assert told(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert (health.status_code, health.json()) == (503, {"database": "does not answer"})


def test_a_feed_with_faults_or_without_a_secret_hides_no_other(dsn: str) -> None:
    """It does not exist for senders until it is mended."""
    feeds = {
        "broken": ConfigError([Problem("broken.yaml:1", "is wrong")]),
        "easypost": shipped("easypost"),
        "courier": shipped("courier"),
    }
    with PushServer(dsn, feeds, {"ORDERS_SECRET_COURIER": SECRET}) as service:
        answers = [service.push(event(), feed=name).status_code for name in feeds]

    assert answers == [404, 404, 202]


@pytest.fixture
def process(dsn: str, tmp_path: Path) -> Iterator[tuple[httpx.Client, Path, Any]]:
    """``python -m orders.push`` itself, with its log."""
    port, log = Ports.free().push, tmp_path / "push.log"
    environment = (
        os.environ
        | ENVIRONMENT
        | {
            "IMPEX_DSN": dsn,
            "ORDERS_PUSH_PORT": str(port),
            "ORDERS_FEEDS": str(FEEDS),
        }
    )
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "orders.push"],
            cwd=FEEDS.parents[1] / "plugins",
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        wait_for(lambda: _answers(client), "the service")
        yield client, log, running
    running.kill()
    running.wait(10)


def test_the_log_tells_what_came_and_nothing_of_what_it_said(
    process: tuple[httpx.Client, Path, Any],
) -> None:
    """Names, codes and times; it ends when it is asked to."""
    client, log, running = process
    for body in (json.dumps(event(order="CONFIDENTIAL")).encode(), b'{"CONFIDENTIAL": NaN}'):
        client.post("/feeds/courier", content=body, headers=signed(body, SECRET))

    running.send_signal(signal.SIGTERM)

    assert running.wait(20) in {0, -signal.SIGTERM}
    written = log.read_text()
    assert "feed=courier status=202" in written
    assert "feed=courier status=400" in written
    assert "CONFIDENTIAL" not in written
    assert SECRET not in written
    assert "Traceback" not in written


@pytest.mark.skipif(not (which("curl") and which("openssl")), reason="needs curl and openssl")
def test_the_documented_lines_for_the_shell_work(service: PushServer) -> None:
    """Whoever tries a feed out copies them."""
    page = (FEEDS.parents[1] / "docs" / "feeds.md").read_text("utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    address = str(service.client.base_url).rstrip("/")
    script = block.replace("$(.venv/bin/python -m local secret)", SECRET)
    script = script.replace("http://127.0.0.1:8975", address)

    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)  # noqa: S607

    assert json.loads(done.stdout)["answer"] == "accepted"


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        return False
