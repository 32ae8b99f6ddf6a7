"""Feeds of acknowledgements: their page, their faults, and what they make of messages."""

import json
import re
from pathlib import Path

import pytest

from orders.domain.acknowledgement import as_json
from orders.messages.refusal import RefusedMessageError
from tests.feeds import PUSHED, faults, load, read, shipped

PAGE = (Path(__file__).parents[2] / "docs" / "acknowledgements.md").read_text("utf-8")
EXAMPLE, _, _ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
MESSAGE, EVENT = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
SMALL = PUSHED + "acknowledgement: {exporters: cancellations, message: key, status: status}\n"
MESSAGES = {"key": "O1/1/erp", "status": "accepted"}


def told(feed: str, message: object, directory: Path) -> dict[str, object]:
    """Return the JSON form of what the only event of a message says."""
    ((_, said),) = read(load(directory, feed), message)
    return as_json(said)


def test_the_example_turns_its_message_into_its_event(tmp_path: Path) -> None:
    """What people copy works, and does what the page says."""
    feed = load(tmp_path, EXAMPLE, "warehouse")

    ((number, said),) = read(feed, MESSAGE.encode())

    assert number == "17"
    assert as_json(said) == json.loads(EVENT)


def test_the_shipped_feed_takes_our_own_form() -> None:
    """Its members have the names of the options."""
    message = {
        "event_id": "e1",
        "occurred_at": "2026-10-31T09:30:00Z",
        "key": "O1/2/cancellations",
        "status": "rejected",
        "reference": "W-9",
        "reason": "packed already",
    }

    ((number, said),) = read(shipped("acknowledgements"), message)

    assert number == "e1"
    assert as_json(said) == {
        "message": "O1/2/cancellations",
        "status": "rejected",
        "occurred_at": "2026-10-31T09:30:00+00:00",
        "reference": "W-9",
        "reason": "packed already",
        "exporters": ["cancellations", "supplier-mails"],
    }


def test_words_of_receivers_are_translated(tmp_path: Path) -> None:
    """Texts and numbers; a constant says the same of all messages."""
    words = SMALL.replace("status}", "ok, statuses: {yes: accepted, 0: rejected}}")
    always = SMALL.replace("status: status", "status: {constant: rejected}")

    assert told(words, MESSAGES | {"ok": "yes"}, tmp_path)["status"] == "accepted"
    assert told(words, MESSAGES | {"ok": 0}, tmp_path)["status"] == "rejected"
    assert told(words, MESSAGES | {"ok": "rejected"}, tmp_path)["status"] == "rejected"
    assert told(always, MESSAGES, tmp_path)["status"] == "rejected"


def test_acknowledgements_in_xml_are_read_as_well(tmp_path: Path) -> None:
    """Several in a document."""
    text = SMALL.replace("message: key", "message: '@key'") + "format: xml\neach: receipt\n"
    body = b"<r><receipt key='a'><status>accepted</status></receipt><receipt key='b'><status>rejected</status></receipt></r>"

    assert [(said.message, said.status) for _, said in read(load(tmp_path, text), body)] == [
        ("a", "accepted"),
        ("b", "rejected"),
    ]


@pytest.mark.parametrize(
    ("message", "where", "what"),
    [
        ({"status": "accepted"}, "$.key", "is missing or empty"),
        ({"key": "k"}, "$.status", "is missing or empty"),
        ({"key": "k", "status": "maybe"}, "$.status", "'maybe' is no status that this feed knows"),
        ({"key": "k" * 256, "status": "accepted"}, "$.key", "has 256 characters; at most 255"),
    ],
)
def test_what_says_nothing_of_a_message_is_refused(
    tmp_path: Path, message: object, where: str, what: str
) -> None:
    """With the place in it."""
    with pytest.raises(RefusedMessageError) as fault:
        read(load(tmp_path, SMALL), message)

    assert (fault.value.where, what in fault.value.what) == (where, True), fault.value.what


def test_a_small_feed_of_acknowledgements_has_no_fault(tmp_path: Path) -> None:
    """Nothing of orders is needed."""
    assert faults(tmp_path, SMALL) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "exporters: cancellations",
            "exporters: [cancellations, suplier-mails]",
            (
                "3: There is no exporter `suplier-mails`. Did you mean `supplier-mails`? "
                "Possible: cancellations, manual-release, supplier-mails."
            ),
        ),
        (
            "status}",
            "status, statuses: {ok: acepted}}",
            (
                "3: There is no status of messages `acepted`. Did you mean `accepted`? "
                "Possible: accepted, rejected."
            ),
        ),
        (
            "acknowledgement:",
            "order_number: order\nacknowledgement:",
            (
                "3: `order_number` has no effect beside `acknowledgement`. "
                "Remove it, or write another feed."
            ),
        ),
        (
            "acknowledgement:",
            "counting: total\nacknowledgement:",
            (
                "3: `counting` has no effect beside `acknowledgement`. "
                "Remove it, or write another feed."
            ),
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_way_out(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    """Names, words, and what does not go together."""
    assert faults(tmp_path, SMALL.replace(before, after)) == [fault]


def test_a_feed_that_may_speak_of_nobody_is_refused(tmp_path: Path) -> None:
    """Each of its events would be dead."""
    (told,) = faults(tmp_path, SMALL.replace("exporters: cancellations", "exporters: []"))

    assert told.startswith("3: `exporters` must have")
