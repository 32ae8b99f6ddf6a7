"""XML messages: the mappings of JSON hold, hostile documents do not come in."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orders.messages.refusal import RefusedMessageError
from orders.messages.xml_message import read_xml
from tests.feeds import PUSHED, load, read

FEED = (
    PUSHED
    + """\
format: xml
namespaces: {c: "urn:courier"}
each: c:update
identity: "@id"
order_number: c:order
occurred_at: ../@at
lines: {each: "c:lines/c:line", reference: "@number", shipped: c:shipped}
scans:
  each: c:scan
  number: "../c:parcel[@kind='box']"
  at: "@at"
  status: .
data: {depot: ../c:depot}
"""
)
MESSAGE = b"""<?xml version="1.0"?>
<m xmlns="urn:courier" at="2026-10-30T08:00:00Z">
  <depot>North</depot>
  <update id="e1">
    <order>O1</order>
    <lines><line number="1"><shipped>2.50</shipped></line><line number="2"/></lines>
    <parcel kind="bag">B</parcel><parcel kind="box">T1</parcel>
    <scan at="2026-10-30T07:00:00+02:00">delivered</scan>
  </update>
  <update id="e2"><order>O2</order></update>
</m>
"""
BOMB = b'<!DOCTYPE m [<!ENTITY a "x">]><m>&a;</m>'


def test_an_xml_message_maps_as_a_json_message_does(tmp_path: Path) -> None:
    """Paths with names, attributes, conditions, and outward."""
    (first, said), (second, _) = read(load(tmp_path, FEED), MESSAGE)

    assert (first, second) == ("e1", "e2")
    assert said.order_number == "O1"
    assert said.occurred_at == datetime(2026, 10, 30, 8, tzinfo=UTC)
    assert [(line.reference, line.shipped) for line in said.lines] == [
        ("1", Decimal("2.50")),
        ("2", None),
    ]
    assert [(scan.number, scan.at.hour, scan.status) for scan in said.scans] == [
        ("T1", 5, "delivered")
    ]
    assert said.data == {"depot": "North"}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the message is empty"),
        (b"<m>", "the message is not XML"),
        (b"<m>&nbsp;</m>", "the message is not XML"),
        (b"plain text", "the message is not XML"),
        (BOMB, "document type"),
        (b'<?xml version="1.0" encoding="utf-7"?><m/>', "encoding utf-7"),
        (b"<m>\xff</m>", "Invalid bytes"),
        (b"<m>" * 100_000, "the message is not XML"),
    ],
)
def test_a_hostile_document_is_refused(body: bytes, what: str) -> None:
    """Document types, unknown encodings, endless depth, broken bytes."""
    with pytest.raises(RefusedMessageError) as refused:
        read_xml(body, {})

    assert what in refused.value.what


def test_an_element_that_is_there_twice_is_no_value(tmp_path: Path) -> None:
    """Which one is meant is not guessed."""
    body = MESSAGE.replace(b"<order>O1</order>", b"<order>O1</order><order>O9</order>")

    with pytest.raises(RefusedMessageError, match=r"line 4, update: has c:order 2 times"):
        read(load(tmp_path, FEED), body)


def test_an_element_that_says_that_it_is_nothing_is_nothing() -> None:
    """As ``xsi:nil`` of XML Schema has it."""
    root = read_xml(
        b'<m xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><a x:nil="true"/><b/></m>', {}
    )

    assert root.text("a") is None
    assert root.text("b") == ""
