"""Who may push: signatures, secrets, and how often."""

import base64
from datetime import timedelta

import pytest

from impex.domain.errors import ConfigError
from orders.domain.feed import Push, Signature
from orders.push.keys import keys_of
from orders.push.rate import Bucket
from orders.push.signatures import signature_fault
from tests.feeds import NOW, TRACKING, signed

BODY = b'{"event_id": "e1"}'
STANDARD = Push("courier")
EASYPOST = Push("easypost", Signature.EASYPOST)


def fault(headers: dict[str, str], body: bytes = BODY, *keys: bytes) -> str:
    """Return what is wrong with a standard signature."""
    return signature_fault(Signature.STANDARD, keys or (b"s1",), headers, body, NOW)


def test_the_example_of_standard_webhooks_is_right() -> None:
    """The vector that their libraries are tested with."""
    keys = keys_of(STANDARD, {"ORDERS_SECRET_COURIER": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = NOW.fromtimestamp(1614265330, NOW.tzinfo)

    assert signature_fault(Signature.STANDARD, keys, headers, b'{"test": 2432232314}', at) == ""


def test_the_example_of_easypost_is_right() -> None:
    """The vector of their client libraries, with a secret that must be normalised."""
    keys = keys_of(EASYPOST, {"ORDERS_SECRET_EASYPOST": "s\u00e9cret"})
    body = (TRACKING / "event-body.json").read_bytes().rstrip(b"\n")
    digits = "38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db"
    headers = {"x-hmac-signature": f"hmac-sha256-hex={digits}"}

    assert signature_fault(Signature.EASYPOST, keys, headers, body, NOW) == ""
    assert signature_fault(Signature.EASYPOST, keys, headers, body + b" ", NOW)
    assert signature_fault(Signature.EASYPOST, keys, {}, body, NOW)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_a_signature_holds_for_five_minutes(seconds: int) -> None:
    """In both directions, as clocks differ."""
    assert fault(signed(BODY, "s1", at=NOW + timedelta(seconds=seconds))) == ""


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_an_old_or_early_signature_is_refused(seconds: int) -> None:
    """Who has recorded a message cannot send it tomorrow."""
    assert "seconds off" in fault(signed(BODY, "s1", at=NOW + timedelta(seconds=seconds)))


def test_either_of_two_secrets_is_right() -> None:
    """One replaces the other without a gap, on both sides."""
    old, new = signed(BODY, "s1", at=NOW), signed(BODY, "s2", at=NOW)
    both = {**new, "webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}

    for headers in (old, new, both):
        assert fault(headers, BODY, b"s1", b"s2") == ""
    assert fault(both, BODY, b"s2") == ""
    assert "not the one" in fault(new, BODY, b"s1")


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,gibberish\xe9"},
        {"webhook-signature": "v2,abc"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-id": ""},
    ],
)
def test_whatever_is_changed_breaks_the_signature(change: dict[str, str]) -> None:
    """Number, time and signature belong together."""
    assert fault({**signed(BODY, "s1", at=NOW), **change})


def test_a_changed_body_breaks_the_signature() -> None:
    """Even where it means the same."""
    assert "not the one" in fault(signed(BODY, "s1", at=NOW), BODY.replace(b": ", b":"))


@pytest.mark.parametrize(
    ("environment", "keys"),
    [
        ({"ORDERS_SECRET_COURIER": "a"}, (b"a",)),
        ({"ORDERS_SECRET_COURIER": "a b"}, (b"a", b"b")),
        ({"AIRFLOW_CONN_COURIER": "http://:a%2Fb%20c@host"}, (b"a/b", b"c")),
        ({"AIRFLOW_CONN_COURIER": '{"conn_type": "http", "password": "a"}'}, (b"a",)),
        ({"ORDERS_SECRET_COURIER": "a", "AIRFLOW_CONN_COURIER": "http://:b@h"}, (b"a",)),
        ({"ORDERS_SECRET_COURIER": f"whsec_{base64.b64encode(b'a').decode()}"}, (b"a",)),
    ],
)
def test_secrets_come_from_the_environment(
    environment: dict[str, str], keys: tuple[bytes, ...]
) -> None:
    """From a variable of their own, or as the password of an Airflow connection."""
    assert keys_of(STANDARD, environment) == keys


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({}, "Set ORDERS_SECRET_COURIER, or AIRFLOW_CONN_COURIER"),
        ({"ORDERS_SECRET_COURIER": " "}, "is not known here"),
        ({"AIRFLOW_CONN_COURIER": "http://host"}, "is not known here"),
        ({"AIRFLOW_CONN_COURIER": "{"}, "is not known here"),
        ({"AIRFLOW_CONN_COURIER": "http://[x"}, "is not known here"),
        ({"ORDERS_SECRET_COURIER": "whsec_%"}, "must be base64"),
    ],
)
def test_a_secret_that_is_missing_is_told_with_its_variable(
    environment: dict[str, str], what: str
) -> None:
    """And never shown."""
    with pytest.raises(ConfigError, match=what):
        keys_of(STANDARD, environment)


def test_a_sender_may_send_so_many_messages_a_minute() -> None:
    """As many at once; then one whenever one more flows in."""
    at = [0.0]
    bucket = Bucket(60, lambda: at[0])

    assert [bucket.take() for _ in range(60)] == [0.0] * 60
    assert bucket.take() == 1.0
    at[0] = 0.5
    assert bucket.take() == 0.5
    at[0] = 1.0
    assert bucket.take() == 0.0
    at[0] = 3600.0
    assert [bucket.take() > 0 for _ in range(61)] == [False] * 60 + [True]
