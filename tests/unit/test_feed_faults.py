"""Every fault of a feed file is told with its line, in words, with the way out."""

from pathlib import Path

import pytest

from orders.config import lint
from tests.feeds import PUSHED, faults

SMALL = PUSHED + "order_number: order\n"

FAULTS = {
    "titel: x": "4: There is no option `titel` here. Did you mean `title`?",
    "sequence: a..b": "4: `sequence` has an empty step: `a..b`. Compare docs/feeds.md, Paths.",
    "sequence: /a/b": (
        "4: `sequence` has a / that does not follow `..`; names are joined with points: `/a/b`. "
        "Compare docs/feeds.md, Paths."
    ),
    "sequence: {konstant: 1}": (
        "4: `sequence` must be a path or a constant. For example `{constant: UPS}`."
    ),
    "counting: eech": (
        "4: `counting` cannot be `eech`. Did you mean `each`? Possible: total, each."
    ),
    "counting: each": (
        "4: `counting: each` needs an `identity`: two parcels alike would be taken for one. "
        "Name the path to the number of the event."
    ),
    "patience: forever": (
        "4: `patience` must be a duration, not `forever`. Write a number and "
        "seconds, minutes, hours, days or weeks, such as `12 hours`."
    ),
    "timezone: Europe/Berln": (
        "4: `timezone` names no time zone that is known here: `Europe/Berln`. "
        "Did you mean `Europe/Berlin`?"
    ),
    "namespaces: {c: 'urn:c'}": (
        "4: `namespaces` is for XML only. Remove it, or write `format: xml`."
    ),
    "trigger: action": "4: `trigger` has no effect without `may_fire`. Write `may_fire`, or remove `trigger`.",
    "fires: {delivered: ship}": (
        "4: `fires` has no effect without `status` in `scans`. Write `status`, or remove it."
    ),
    "lines: {shipped: sent}": (
        "4: Nothing in `lines` tells which line is meant. Write `reference` or `sku`."
    ),
    "lines: {sku: sku}": (
        "4: Lines are known by article only together with a supplier. "
        "Write `supplier`, or `reference`."
    ),
    "scans: {at: time}": (
        "4: `number` is missing. The tracking number. For example `number: ../tracking_code`."
    ),
    "only: {a..b: x}": (
        "4: A path of `only` has an empty step: `a..b`. Compare docs/feeds.md, Paths."
    ),
    "secret: abc": (
        "4: `secret`: secrets do not belong into YAML. Remove it and use an Airflow connection."
    ),
}


def test_a_small_feed_has_no_fault(tmp_path: Path) -> None:
    """The others differ from it by one line."""
    assert faults(tmp_path, SMALL) == []


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_is_told_with_its_line_and_the_way_out(tmp_path: Path, line: str) -> None:
    """What is wrong, and what to write instead."""
    assert FAULTS[line] in faults(tmp_path, f"{SMALL}{line}\n")


def test_words_of_the_life_cycles_are_checked_with_the_nearest_one(tmp_path: Path) -> None:
    """Statuses on both sides, triggers of deliveries, triggers that may be asked for."""
    told = faults(
        tmp_path,
        f"""{SMALL}trigger: action
may_fire: [start_paking]
statuses: {{RTS: retuning}}
fires:
  delivrd: ship
  delivered: shp
scans: {{number: n, at: a, status: s}}
""",
    )

    assert [line.partition(" Possible")[0] for line in told] == [
        "5: There is no trigger `start_paking`. Did you mean `start_packing`?",
        "6: There is no tracking status `retuning`. Did you mean `returning`?",
        "8: There is no tracking status `delivrd`. Did you mean `delivered`?",
        "9: There is no trigger of deliveries `shp`. Did you mean `ship`?",
    ]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """One round is enough, also where some keep the feed from being understood."""
    told = faults(tmp_path, "titel: x\nsequence: a..b\nfires: {delivered: shp}\nfoo: bar\n")

    assert [line.partition(":")[0] for line in told] == ["1", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("source: {push: {connection: a}, table: {name: a.b, cursor: c}}", "must have one of"),
        ("source: {}", "must have one of these options: push, table"),
        ("source: {push: {}}", "`connection` is missing"),
        ("source: {push: {connection: a, size: 5 MB}}", "`size` must be 4 MB or less"),
        ("source: {push: {connection: a, rate: 0}}", "`rate` must be 1 or more"),
        ("source: {table: {name: a, cursor: c}}", "`name` must be a schema, a point and a table"),
        ("source: {table: {name: a.b, cursor: c}}\nformat: xml", "not written as XML"),
    ],
)
def test_a_feed_has_one_source(tmp_path: Path, source: str, what: str) -> None:
    """Pushed, or read from a table."""
    told = faults(tmp_path, f"{source}\norder_number: order\n")

    assert what in "\n".join(told)


def test_a_feed_that_names_no_order_is_useless(tmp_path: Path) -> None:
    """Orders are known by their number, by that of a delivery, or by that of a parcel."""
    assert faults(tmp_path, PUSHED) == [
        (
            "1: Nothing in this feed tells which order an update is about. "
            "Write `order_number`, `delivery_number` or `scans`."
        )
    ]


def test_paths_into_xml_are_checked_as_such(tmp_path: Path) -> None:
    """Prefixes must be declared."""
    told = faults(tmp_path, PUSHED + "format: xml\norder_number: c:order/@number\n")

    assert "the prefix 'c'" in told[0]


def test_the_name_of_a_file_can_name_a_feed(tmp_path: Path) -> None:
    """It stands in addresses and in the inbox."""
    path = tmp_path / "My Feed.yaml"
    path.write_text(SMALL)

    _, problems = lint([path])

    assert "can name no feed" in str(problems[0])
