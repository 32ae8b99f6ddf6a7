"""Signed webhooks to a receiver that fails in every way: what we say of a message is true."""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from orders.domain.feed import Signature
from orders.domain.outbox import Answer, Message, Outcome
from orders.domain.webhooks import key_of
from orders.push.signatures import signature_fault
from orders.targets.exchange import Exchange, ExchangeError, Request
from orders.targets.webhook import Receiver, WebhookTarget
from tests.certificates import certificate
from tests.faulty_receiver import HOST, TAKES, Fault, FaultyReceiver, faulty_receiver

KEYS = (key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), key_of("the old one"))
MESSAGE = Message(1, "O1-erp-1", "", "application/json", b'{"name": "Jane Doe"}')
WITHIN_S = 0.7
ECHO = "receipt.key"


@pytest.fixture
def receiver() -> Iterator[FaultyReceiver]:
    """One that honours keys."""
    with faulty_receiver() as running:
        yield running


def target(
    receiver: FaultyReceiver, fault: Fault = Fault.NONE, *, echo: str | None = None, **agreed: bool
) -> WebhookTarget:
    """Return a target that sends to a receiver, with one fault."""
    repeatable = agreed.get("repeatable", receiver.ledger.keyed)
    return WebhookTarget(
        Receiver(
            f"{receiver.url}/{fault}/orders",
            repeatable=repeatable,
            echo=echo,
            probe="/taken/{key}",
            private=True,
            within_s=WITHIN_S,
        ),
        KEYS,
    )


@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        (Fault.NONE, Outcome.SENT, "answered 201"),
        (Fault.HANG_BEFORE, Outcome.UNKNOWN, "longer than 0.7 seconds"),
        (Fault.HANG_AFTER, Outcome.UNKNOWN, "longer than 0.7 seconds"),
        (Fault.ERROR_BEFORE, Outcome.UNKNOWN, "answered 500"),
        (Fault.ERROR_AFTER, Outcome.UNKNOWN, "answered 500"),
        (Fault.RESET_BEFORE, Outcome.UNKNOWN, "may have received"),
        (Fault.RESET_AFTER, Outcome.UNKNOWN, "may have received"),
        (Fault.SLOW_HEAD, Outcome.UNKNOWN, "longer than 0.7 seconds"),
        (Fault.SLOW_BODY, Outcome.UNKNOWN, f"{ECHO} in the answer is not the key"),
        (Fault.WRONG_ID, Outcome.UNKNOWN, f"{ECHO} in the answer is not the key"),
        (Fault.HUGE, Outcome.UNKNOWN, f"{ECHO} in the answer is not the key"),
        (Fault.GARBAGE, Outcome.UNKNOWN, "may have received"),
        (Fault.BUSY, Outcome.UNREACHED, "Retry-After: 30"),
        (Fault.IN_PROGRESS, Outcome.UNKNOWN, "answered 409"),
        (Fault.REDIRECT, Outcome.REFUSED, "redirects are not followed"),
        (Fault.ERROR_BODY, Outcome.UNKNOWN, f"{ECHO} in the answer is not the key"),
        (Fault.PROBLEM, Outcome.REFUSED, "answered 422 (Unknown\N{REPLACEMENT CHARACTER} article"),
    ],
)
def test_every_fault_leads_to_an_answer_that_is_true(
    receiver: FaultyReceiver, fault: Fault, outcome: Outcome, words: str
) -> None:
    """In time, in few words, and without what was sent or what came back."""
    started = time.monotonic()

    answer = target(receiver, fault, echo=ECHO).send(MESSAGE)

    assert (answer.outcome, words in answer.text) == (outcome, True), answer.text
    assert time.monotonic() - started < WITHIN_S + 2
    assert receiver.effects[MESSAGE.key] == (fault in TAKES)
    assert outcome is Outcome.UNKNOWN or (outcome is Outcome.SENT) == (fault in TAKES)
    assert len(answer.text) < 300
    assert answer.text.isprintable()
    assert "Jane Doe" not in answer.text


@pytest.mark.parametrize("fault", Fault)
def test_a_repetition_under_the_same_key_has_no_second_effect(
    receiver: FaultyReceiver, fault: Fault
) -> None:
    """With a receiver that honours keys; whatever happened to the first attempt."""
    target(receiver, fault, echo=ECHO).send(MESSAGE)

    again = target(receiver, echo=ECHO)

    assert (again.repeatable, again.send(MESSAGE).outcome) == (True, Outcome.SENT)
    assert receiver.effects == {MESSAGE.key: 1}


def test_a_receiver_without_keys_is_not_repeatable() -> None:
    """There, a second attempt is a second order."""
    with faulty_receiver(keyed=False) as receiver:
        once = target(receiver)
        answers = [once.send(MESSAGE).outcome for _ in range(2)]

        assert once.repeatable is False
        assert answers == [Outcome.SENT, Outcome.SENT]
        assert receiver.effects == {MESSAGE.key: 2}
        assert target(receiver, Fault.IN_PROGRESS).send(MESSAGE).outcome is Outcome.REFUSED


@pytest.mark.parametrize("fault", [Fault.SLOW_BODY, Fault.HUGE])
def test_a_good_status_is_enough_where_no_echo_is_agreed(
    receiver: FaultyReceiver, fault: Fault
) -> None:
    """Nobody waits for a body that says nothing."""
    started = time.monotonic()

    assert target(receiver, fault).send(MESSAGE).outcome is Outcome.SENT
    assert time.monotonic() - started < WITHIN_S


def test_an_answer_without_end_is_not_read_to_the_end(receiver: FaultyReceiver) -> None:
    """Long before the time is up, and without filling the memory."""
    agreed = Receiver(f"{receiver.url}/{Fault.HUGE}", echo=ECHO, private=True, within_s=20)
    started = time.monotonic()

    assert WebhookTarget(agreed, KEYS).send(MESSAGE).outcome is Outcome.UNKNOWN
    assert time.monotonic() - started < 10


def test_a_key_with_another_body_is_refused(receiver: FaultyReceiver) -> None:
    """The receiver keeps what it has."""
    target(receiver).send(MESSAGE)

    other = Message(2, MESSAGE.key, "", "application/json", b"{}")

    assert target(receiver).send(other) == Answer(Outcome.REFUSED, "It was answered 422.")
    assert receiver.ledger.bodies[MESSAGE.key] == MESSAGE.body


def test_a_receiver_that_is_away_was_not_reached(receiver: FaultyReceiver) -> None:
    """Nothing was written; later the message goes through."""
    receiver.stop()
    away = target(receiver).send(MESSAGE)
    receiver.start()

    assert (away.outcome, "cannot be reached" in away.text) == (Outcome.UNREACHED, True)
    assert target(receiver).send(MESSAGE).outcome is Outcome.SENT
    assert receiver.effects == {MESSAGE.key: 1}


def test_of_several_addresses_of_a_host_the_next_one_is_tried(receiver: FaultyReceiver) -> None:
    """But only as long as nothing was written: the first one may have taken the message."""
    exchange = Exchange(private=True, within_s=5)
    message = Request("POST", httpx.URL(f"{receiver.url}/none"), {"Idempotency-Key": '"a"'})
    broken = Request(
        "POST", httpx.URL(f"{receiver.url}/{Fault.RESET_AFTER}"), {"Idempotency-Key": '"b"'}
    )

    reply = asyncio.run(exchange._over(["127.0.0.2", HOST], message))
    with pytest.raises(ExchangeError, match="may have received"):
        asyncio.run(exchange._over([HOST, HOST], broken))

    assert reply.status == 201
    assert receiver.effects == {"a": 1, "b": 1}
    assert len(receiver.requests) == 2


def test_a_host_that_nobody_knows_was_not_reached() -> None:
    """Names may come back; `.invalid` never does."""
    nowhere = WebhookTarget(Receiver("https://receiver.invalid/orders"), KEYS)

    answer = nowhere.send(MESSAGE)

    assert answer.outcome is Outcome.UNREACHED
    assert "The address of receiver.invalid cannot be found" in answer.text


def test_a_message_carries_its_key_and_a_signature(receiver: FaultyReceiver) -> None:
    """Either of two secrets verifies it, by the rules that we demand of others."""
    key = 'O1"erp\\1'

    target(receiver).send(Message(1, key, "", "text/csv", b"a;b"))

    [request] = receiver.requests
    assert (request.method, request.body) == ("POST", b"a;b")
    assert request.headers["content-type"] == "text/csv"
    assert request.headers["idempotency-key"] == '"O1\\"erp\\\\1"'
    assert receiver.effects == {key: 1}
    for one in KEYS:
        fault = signature_fault(
            Signature.STANDARD, [one], request.headers, request.body, datetime.now(UTC)
        )
        assert fault == ""


def test_the_key_may_be_part_of_the_url(receiver: FaultyReceiver) -> None:
    """As PUT wants it; it stays one segment."""
    url = f"{receiver.url}/orders/{{key}}?shop=1"
    put = WebhookTarget(Receiver(url, method="PUT", private=True), KEYS)

    put.send(Message(1, "a/b?c#d", "", "text/plain", b""))

    [request] = receiver.requests
    assert (request.method, request.path) == ("PUT", "/orders/a%2Fb%3Fc%23d?shop=1")


@pytest.mark.parametrize("key", ["", "a.b", "a b", "a\nb", "\xe9", "x" * 256])
def test_a_key_that_headers_cannot_carry_is_refused_before_anything_is_sent(
    receiver: FaultyReceiver, key: str
) -> None:
    """A full stop would make signatures ambiguous, a line break would end the header."""
    answer = target(receiver).send(Message(1, key, "", "text/plain", b""))

    assert (answer.outcome, "visible ASCII" in answer.text) == (Outcome.REFUSED, True)
    assert target(receiver).probe(Message(1, key, "", "text/plain", b"")) is None
    assert receiver.requests == []


def test_a_content_type_that_headers_cannot_carry_is_refused(receiver: FaultyReceiver) -> None:
    """Nobody adds headers of his own."""
    answer = target(receiver).send(Message(1, "k", "", "text/plain\r\nX: y", b""))

    assert answer.outcome is Outcome.REFUSED
    assert receiver.requests == []


def test_a_receiver_is_asked_whether_it_has_a_message(receiver: FaultyReceiver) -> None:
    """By the key, which may hold anything."""
    message = Message(1, "O/1?x=y&%20", "", "text/plain", b"")

    before = target(receiver).probe(message)
    lost = target(receiver, Fault.RESET_AFTER).send(message)
    after = target(receiver).probe(message)

    assert before is not None
    assert after is not None
    assert (before.outcome, lost.outcome, after.outcome) == (
        Outcome.UNREACHED,
        Outcome.UNKNOWN,
        Outcome.SENT,
    )


def test_who_cannot_be_asked_says_nothing(receiver: FaultyReceiver) -> None:
    """Without a path, without an answer, and with one that is neither yes nor no."""
    asked = target(receiver)
    mute = WebhookTarget(Receiver(receiver.url, private=True), KEYS)
    receiver.stop()

    assert mute.probe(MESSAGE) is None
    assert asked.probe(MESSAGE) is None


def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent; one that this machine trusts, for this address, is."""
    mine = certificate(tmp_path)
    with faulty_receiver(certificates=mine.server) as receiver:
        stranger = target(receiver).send(MESSAGE)
        assert receiver.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(mine.path))
        trusted = target(receiver).send(MESSAGE)

    assert (stranger.outcome, "CERTIFICATE_VERIFY_FAILED" in stranger.text) == (
        Outcome.UNREACHED,
        True,
    )
    assert trusted.outcome is Outcome.SENT


def test_a_certificate_of_somebody_else_is_not_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is trusted: it must be of the host that we mean."""
    other = certificate(tmp_path, host="192.0.2.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.path))
    with faulty_receiver(certificates=other.server) as receiver:
        assert target(receiver).send(MESSAGE).outcome is Outcome.UNREACHED
        assert receiver.requests == []


def test_a_certificate_is_that_of_the_name_though_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the certificate and the host are those that were meant."""
    named = certificate(tmp_path, host="localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(named.path))
    with faulty_receiver(certificates=named.server) as receiver:
        url = receiver.url.replace(HOST, "localhost")
        answer = WebhookTarget(Receiver(url, private=True), KEYS).send(MESSAGE)

        assert answer.outcome is Outcome.SENT
        assert receiver.requests[0].headers["host"] == url.removeprefix("https://")


def test_the_own_network_is_only_reached_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listening service of this machine hears nothing."""
    mine = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(mine.path))
    with faulty_receiver(certificates=mine.server) as receiver:
        answer = WebhookTarget(Receiver(receiver.url), KEYS).send(MESSAGE)

        assert answer.outcome is Outcome.REFUSED
        assert f"leads to {HOST}, which is not an address of the internet" in answer.text
        assert receiver.requests == []


def test_nothing_of_a_message_is_logged(
    receiver: FaultyReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither keys nor URLs, which may hold tokens."""
    caplog.set_level(logging.INFO)

    target(receiver).send(MESSAGE)
    target(receiver).probe(MESSAGE)

    assert caplog.records == []


def test_a_message_of_megabytes_comes_whole(receiver: FaultyReceiver) -> None:
    """Only answers are limited."""
    large = Message(1, "large", "", "text/plain", b"x" * (8 << 20))

    assert target(receiver).send(large).outcome is Outcome.SENT
    assert receiver.ledger.bodies["large"] == large.body


def test_the_draw_of_faults_is_the_same_for_the_same_seed() -> None:
    """Whoever reuses this receiver can repeat what went wrong."""

    def outcomes(seed: int) -> list[Outcome]:
        shares = {Fault.ERROR_AFTER: 0.3, Fault.BUSY: 0.2}
        with faulty_receiver(faults=shares, seed=seed) as receiver:
            once = WebhookTarget(Receiver(f"{receiver.url}/orders", private=True), KEYS)
            sent = [Message(n, f"k{n}", "", "text/plain", b"") for n in range(40)]
            return [once.send(message).outcome for message in sent]

    first, same, other = outcomes(1), outcomes(1), outcomes(2)

    assert first == same
    assert first != other
    assert set(first) == {Outcome.SENT, Outcome.UNKNOWN, Outcome.UNREACHED}
