"""Whatever comes, the readers answer: with updates that can be kept, or with a refusal."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.domain.feed import Feed
from orders.domain.update import as_json, from_json
from orders.messages.reader import read_message
from orders.messages.refusal import RefusedMessageError
from tests.feeds import NOW, event, load, read, shipped
from tests.unit.test_xml_messages import FEED as XML_FEED

COURIER = shipped("courier")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-10-31T09:00:00Z", "9999-12-31T23:59:59.999999999+23:59", "1e5", "-0"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
NAMES = [
    *COURIER.fields,
    "event_id",
    "lines",
    "scans",
    "data",
    "reference",
    "sku",
    "shipped",
    "number",
    "at",
    "status",
    "remark",
]
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES)
MESSAGES = st.dictionaries(
    st.sampled_from(NAMES), VALUES | st.lists(OBJECTS, max_size=3), max_size=12
)


def outcome(feed: Feed, body: bytes) -> None:
    """Read a message; check what it becomes."""
    try:
        told = read_message(feed, body, NOW)
    except RefusedMessageError as fault:
        if not (fault.what.encode() and fault.where.encode()):
            raise AssertionError from fault
        return
    for _, said in told or ():
        kept = as_json(said)
        assert as_json(from_json(json.loads(json.dumps(kept)))) == kept
        assert "\\u0000" not in json.dumps(kept)
        json.dumps(kept, ensure_ascii=False).encode()


@given(st.binary())
@example(b"[" * 200_000)
@example(b'{"event_id": "\\ud83d"}')
def test_any_bytes_are_read_or_refused_as_json(body: bytes) -> None:
    """No other exception ever reaches the caller."""
    outcome(COURIER, body)


@pytest.fixture(scope="module")
def xml_feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """A feed of XML messages."""
    directory: Path = tmp_path_factory.mktemp("feeds")
    return load(directory, XML_FEED)


@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda t: f"<m>{t}</m>".encode()))
@example(b"\xff\xfe<\x00")
@example(b'<?xml version="1.0" encoding="UTF-16"?><m/>')
def test_any_bytes_are_read_or_refused_as_xml(xml_feed: Feed, body: bytes) -> None:
    """Also what begins like a document."""
    outcome(xml_feed, body)


@given(MESSAGES)
def test_any_values_under_the_names_of_a_feed_are_read_or_refused(message: Any) -> None:
    """What is read comes back from the inbox as it went in."""
    outcome(COURIER, json.dumps(message).encode())


@given(st.decimals(-(10**14), 10**14, places=6))
def test_no_digit_of_a_quantity_is_lost(number: Any) -> None:
    """As a number of JSON and as a text."""
    body = f'{{"event_id": 1, "order_number": 1, "lines": [{{"reference": 1, "shipped": {number:f}}}]}}'

    ((_, said),) = read(COURIER, body.encode())
    ((_, same),) = read(COURIER, event(1, 1, lines=[{"reference": 1, "shipped": f"{number:f}"}]))  # type: ignore[arg-type]

    assert said == same
    assert said.lines[0].shipped == number
