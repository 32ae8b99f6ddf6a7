"""What messages say becomes delivery updates, or a refusal with the place."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orders.domain.feed import Feed
from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import Counting, DeliveryUpdate, LineUpdate
from orders.messages.reader import read_message
from orders.messages.refusal import RefusedMessageError
from tests.feeds import NOW, PUSHED, TRACKING, event, load, read, shipped, update

COURIER = shipped("courier")
EASYPOST = shipped("easypost")
WHOLE = event(
    delivery_number="O1-1",
    occurred_at="2026-10-31T09:30:00.25+02:00",
    sequence=12,
    trigger="start_packing",
    lines=[
        {
            "reference": 1,
            "sku": "A",
            "ordered": 3,
            "shipped": "2",
            "rejected": 1.0,
            "estimated_from": "2026-11-02",
            "confirmed_at": "2026-11-20T10:00:00Z",
            "remark": "two now",
        }
    ],
    scans=[{"number": "T1", "at": "2026-10-31T09:00:00Z", "status": "delivered", "place": "Bonn"}],
    data={"gift": "yes"},
    estimated_delivery="2026-11-05",
)


def refused(feed: Feed, message: object) -> tuple[str, str]:
    """Return where a message is refused, and why."""
    with pytest.raises(RefusedMessageError) as fault:
        read(feed, message)
    return fault.value.where, fault.value.what


def test_a_whole_message_becomes_a_whole_update() -> None:
    """Nothing is lost, quantities are exact, times are in UTC."""
    ((number, said),) = read(COURIER, WHOLE)

    assert number == "e1"
    assert said == DeliveryUpdate(
        order_number="O1",
        delivery_number="O1-1",
        occurred_at=datetime(2026, 10, 31, 7, 30, 0, 250_000, UTC),
        sequence=12,
        trigger="start_packing",
        fires={"delivered": "ship"},
        lines=(
            LineUpdate(
                "1",
                "A",
                Decimal(3),
                Decimal(2),
                Decimal(1),
                {
                    "estimated_from": "2026-11-02",
                    "confirmed_at": "2026-11-20T10:00:00+00:00",
                    "remark": "two now",
                },
            ),
        ),
        scans=(
            Scan(
                datetime(2026, 10, 31, 9, tzinfo=UTC), TrackingStatus.DELIVERED, "T1", place="Bonn"
            ),
        ),
        data={"estimated_delivery": "2026-11-05"},
    )


def test_a_message_may_hold_several_updates() -> None:
    """All are taken, or none."""
    assert [number for number, _ in read(COURIER, [event("e1"), event("e2")])] == ["e1", "e2"]
    assert refused(COURIER, [event("e1"), event("e2", sequence="x")]) == (
        "$[1].sequence",
        "'x' is no whole number such as 12",
    )


def test_a_feed_speaks_for_its_supplier_only(tmp_path: Path) -> None:
    """Whatever a message says."""
    feed = load(
        tmp_path,
        PUSHED + "supplier: ACME\ncounting: each\nidentity: id\norder_number: order\n"
        "lines: {sku: sku, shipped: sent}\n",
    )

    said = update(feed, {"id": 1, "order": "O1", "supplier": "OTHER", "sku": "A", "sent": 2})

    assert said.supplier == "ACME"
    assert said.counting is Counting.EACH
    assert said.lines == (LineUpdate(sku="A", shipped=Decimal(2)),)


def test_messages_that_a_feed_does_not_want_are_told_apart(tmp_path: Path) -> None:
    """By what stands on a path; a bracket in a mask is a bracket."""
    feed = load(tmp_path, PUSHED + 'order_number: o\nonly: {kind: ["parcel.*", "[x]"]}\n')

    assert read_message(feed, b'{"kind": "invoice"}', NOW) is None
    assert read_message(feed, b'{"kind": "x"}', NOW) is None
    assert update(feed, {"kind": "parcel.sent", "o": 1}).order_number == "1"
    assert update(feed, {"kind": "[x]", "o": 1}).order_number == "1"


def test_a_word_that_nobody_knows_is_kept_with_the_scan() -> None:
    """A courier who invents a status loses no event."""
    scan: dict[str, Any] = {"number": "T", "at": "2026-10-31T09:00:00Z", "status": "Teleported"}

    (with_words,) = update(COURIER, event(scans=[{**scan, "message": "gone"}])).scans
    (without,) = update(COURIER, event(scans=[scan])).scans

    assert (with_words.status, with_words.message) == ("unknown", "Teleported: gone")
    assert (without.status, without.message) == ("unknown", "Teleported")


def test_a_feed_may_refuse_words_that_nobody_knows(tmp_path: Path) -> None:
    """Its own and ours are known."""
    feed = load(
        tmp_path,
        PUSHED + "unknown_status: refuse\nstatuses: {OK: delivered}\n"
        "scans: {number: n, at: at, status: s}\n",
    )
    scan = {"n": "T", "at": "2026-10-31T09:00:00Z"}

    assert update(feed, {**scan, "s": "OK"}).scans[0].status == "delivered"
    assert update(feed, {**scan, "s": "delayed"}).scans[0].status == "delayed"
    assert refused(feed, {**scan, "s": "Teleported"}) == (
        "$.s",
        "'Teleported' is no status that this feed knows",
    )


@pytest.mark.parametrize(
    ("fields", "where", "what"),
    [
        ({"order_number": ""}, "$", "names no order, delivery or parcel"),
        ({"event_id": None}, "$.event_id", "is missing or empty"),
        ({"event_id": "x" * 201}, "$.event_id", "has 201 characters; at most 200 are taken"),
        ({"order_number": "a\nb"}, "$.order_number", r"'a\nb' has a control character"),
        (
            {"trigger": "cancel"},
            "$.trigger",
            (
                "'cancel' is nothing that this feed may ask for; it may: "
                "complete_packing, start_packing"
            ),
        ),
        ({"lines": [{}]}, "$.lines[0]", "names neither line nor article"),
        ({"lines": 5}, "$.lines", "is not an object"),
        ({"scans": [{"number": "T"}]}, "$.scans[0].at", "is missing or empty"),
        (
            {"scans": [{"at": "2026-10-31T09:00:00Z"}]},
            "$.scans[0].number",
            "is missing or empty",
        ),
        ({"sequence": -1}, "$.sequence", "'-1' is no whole number such as 12"),
        ({"sequence": 1.5}, "$.sequence", "'1.5' is no whole number such as 12"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    fields: dict[str, Any], where: str, what: str
) -> None:
    """The sender reads where and why."""
    assert refused(COURIER, event(**fields) if "event_id" not in fields else WHOLE | fields) == (
        where,
        what,
    )


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2", "2"),
        ("2.50", "2.50"),
        ("-1", "-1"),
        ("1e3", "1000"),
        (" 7 ", "7"),
        ("0.000001", "0.000001"),
        ("999999999999999.999999", "999999999999999.999999"),
    ],
)
def test_quantities_are_exact_numbers_or_texts_of_them(written: str, number: str) -> None:
    """Negative ones are taken: the event tells them as an issue."""
    (line,) = update(COURIER, event(lines=[{"reference": "1", "shipped": written}])).lines

    assert line.shipped == Decimal(number)


@pytest.mark.parametrize(
    "written",
    ["two", "1,5", "0x10", "NaN", "Infinity", "1e99", "1e15", "0.0000001", "1e-7", "1_000", "٢"],
)
def test_what_is_no_quantity_is_refused(written: str) -> None:
    """No separator is guessed, no digit of another script is taken."""
    message = event(lines=[{"reference": "1", "shipped": written}])

    where, what = refused(COURIER, message)

    assert where == "$.lines[0].shipped"
    assert "quantity" in what or "digits" in what


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("2026-10-31T09:00:00", "does not tell its time zone"),
        ("2026-10-31", "is no time such as"),
        ("yesterday", "is no time such as"),
        ("2026-13-31T09:00:00Z", "is no time such as"),
        ("2026-W01-1T00:00Z", "is no time such as"),
        ("1700000000", "is no time such as"),
        ("2026-11-02T12:00:01Z", "is in the future"),
        ("2999-01-01T00:00:00Z", "is in the future"),
        ("9999-12-31T23:59:59-14:00", "is in the future"),
        ("0001-01-01T00:00:00+14:00", "is before 1970"),
    ],
)
def test_a_time_that_cannot_be_is_refused(written: str, what: str) -> None:
    """A day of skew is a clock, two days are a fault."""
    where, told = refused(COURIER, event(occurred_at=written))

    assert where == "$.occurred_at"
    assert what in told


def test_clocks_may_be_a_day_ahead() -> None:
    """Couriers live in other zones and forget it."""
    ahead = NOW + timedelta(hours=23)

    assert update(COURIER, event(occurred_at=ahead.isoformat())).occurred_at == ahead


def test_a_feed_may_say_in_which_zone_its_clocks_are(tmp_path: Path) -> None:
    """Summer time included; what says its zone keeps it."""
    feed = load(tmp_path, PUSHED + "timezone: Europe/Berlin\norder_number: o\noccurred_at: at\n")

    summer = update(feed, {"o": 1, "at": "2026-07-01 12:00"}).occurred_at
    winter = update(feed, {"o": 1, "at": "2026-01-01T12:00:00"}).occurred_at
    own = update(feed, {"o": 1, "at": "2026-01-01T12:00:00Z"}).occurred_at

    assert [at and at.hour for at in (summer, winter, own)] == [10, 11, 12]


@pytest.mark.parametrize("name", ["event-body", "tracking-webhook", "tracking_webhook_response"])
def test_what_easypost_sends_about_parcels_maps(name: str) -> None:
    """Number, carrier and every scan; the place is joined of what is known of it."""
    ((number, said),) = read(EASYPOST, (TRACKING / f"{name}.json").read_bytes())

    assert number.startswith("evt_")
    assert said.scans
    assert said.scans[0].carrier in {"FedEx", "UPS"}
    assert TrackingStatus.UNKNOWN not in {scan.status for scan in said.scans}
    assert said.data["estimated_delivery"].startswith("20")
    assert any(", " in scan.place for scan in said.scans)


@pytest.mark.parametrize("name", ["batch-webhooks", "post_json_example"])
def test_what_easypost_sends_about_other_things_is_passed_over(name: str) -> None:
    """It comes to the same address."""
    assert read_message(EASYPOST, (TRACKING / f"{name}.json").read_bytes(), NOW) is None


@pytest.mark.parametrize(
    ("name", "each"), [("trackers-list", "trackers"), ("trackers-retrieve", ".")]
)
def test_what_easypost_answers_when_asked_maps_too(tmp_path: Path, name: str, each: str) -> None:
    """The same mapping, with another path to the trackers and without an event around them."""
    text = (Path(__file__).parents[2] / "config/feeds/easypost.yaml").read_text("utf-8")
    text = text.replace("each: result", f"each: {each}").replace("identity: ../id", "")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("only:"))

    events = read(load(tmp_path, text), (TRACKING / f"{name}.json").read_bytes())

    assert events
    for number, said in events:
        assert number == ""
        assert said.parcels == ("EZ1000000001",) or said.scans
