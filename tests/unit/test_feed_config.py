"""Feeds as people write them, and as the system sees them."""

from pathlib import Path

import pytest

from impex.cli.running import DONE, REJECTED
from impex.domain.errors import ConfigError
from orders.cli.commands import main
from orders.config import lint, load_feeds
from orders.domain.feed import MessageFormat, Origin, Parts, Push, Signature, Table
from orders.domain.tracking import TrackingStatus
from orders.domain.update import Counting
from tests.feeds import FEEDS, PUSHED, load, shipped


def test_the_shipped_feeds_have_no_fault() -> None:
    """``make check`` finds nothing in them."""
    feeds, problems = lint([FEEDS])

    assert problems == []
    assert {"courier", "easypost"} <= feeds.keys()


def test_a_small_feed_has_sensible_defaults(tmp_path: Path) -> None:
    """What is not said is careful: totals, no triggers, 256 KB, a week of patience."""
    feed = load(tmp_path, PUSHED + "order_number: order\n")

    assert feed.name == "parcels"
    assert feed.source == Push("courier", Signature.STANDARD, 256_000, 600)
    assert feed.format is MessageFormat.JSON
    assert feed.counting is Counting.TOTAL
    assert feed.patience_s == 7 * 24 * 3600
    assert feed.fields == {"order_number": Origin(("order",))}
    assert not (feed.may_fire)
    assert not (feed.fires)
    assert not (feed.only)
    assert not (feed.lines)
    assert not (feed.scans)


def test_a_value_comes_from_a_path_a_constant_or_several_paths(tmp_path: Path) -> None:
    """Lines and scans have a path to each of them, or are the update itself."""
    scans = "{number: code, at: at, carrier: {constant: UPS}, place: [city, country]}"

    feed = load(tmp_path, f"{PUSHED}scans: {scans}\n")

    assert feed.scans == Parts(
        "",
        {
            "number": Origin(("code",)),
            "at": Origin(("at",)),
            "carrier": Origin(constant="UPS"),
            "place": Origin(("city", "country")),
        },
    )


def test_a_feed_of_a_table_names_it_and_its_cursor(tmp_path: Path) -> None:
    """Its rows are read as messages are."""
    source = "source: {table: {name: erp.event, cursor: id}}\n"

    feed = load(tmp_path, f"{source}order_number: order_no\n")

    assert feed.source == Table("erp.event", "id")


def test_words_of_couriers_are_translated() -> None:
    """EasyPost's words that are not ours are named in its feed."""
    assert shipped("easypost").statuses["failure"] is TrackingStatus.DELIVERY_FAILED


def test_a_broken_feed_hides_no_other(tmp_path: Path) -> None:
    """Each file stands for itself."""
    load(tmp_path, PUSHED + "order_number: order\n", "good")
    (tmp_path / "bad.yaml").write_text("titel: x\n")

    loaded = load_feeds(tmp_path)

    assert list(loaded) == ["bad", "good"]
    assert isinstance(loaded["bad"], ConfigError)


def test_the_command_line_checks_feeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As ``make check`` does; every fault is a line, and the exit code tells."""
    (tmp_path / "bad.yaml").write_text("titel: x\n")

    codes = [main(["lint", str(path)]) for path in (FEEDS, tmp_path)]

    assert codes == [DONE, REJECTED]
    told = capsys.readouterr()
    assert told.out.startswith("Feeds: 5, exporters: 0, problems: none\n")
    assert f"{tmp_path}/bad.yaml:1: There is no option `titel` here." in told.out
    assert told.err == "Problems: 2\n"


def test_the_command_line_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is shipped, to the letter."""
    assert main(["schema"]) == DONE
    assert capsys.readouterr().out == (FEEDS / "feed.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "duration_s"), [("1 minute", 60), ("12 hours", 43_200), ("30 days", 2_592_000)]
)
def test_patience_is_written_as_people_say_it(tmp_path: Path, text: str, duration_s: float) -> None:
    """A number and a unit."""
    feed = load(tmp_path, f"{PUSHED}order_number: order\npatience: {text}\n")

    assert feed.patience_s == duration_s
