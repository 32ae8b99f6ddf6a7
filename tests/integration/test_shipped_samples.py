"""The files that the pages offer to try a group with do what a person would expect of them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from impex.config import load_group
from impex.config.user_files import UserFiles
from impex.domain.report import RunReport
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.services.collect import collect
from orders.services.consume import consume
from orders.services.place import place_drafts
from tests.feeds import shipped
from tests.imports import bring
from tests.order_book import TESTER, OrderBook

USER_FILES = UserFiles(REPOSITORY / "config")
OFFERED = sorted(path.name for path in (USER_FILES.root / "samples").iterdir())


def try_out(resources: Resources, group: str) -> RunReport:
    """Import all samples of a group, as somebody does who drops them together."""
    loaded = load_group(USER_FILES.groups / f"{group}.yaml")
    contents = {name: path.read_bytes() for name, path in USER_FILES.samples(group).items()}
    opened = replace(resources, user_files=USER_FILES)
    if len(contents) == 1:
        [(name, content)] = contents.items()
        return bring(opened, loaded, content, name)
    return bring(opened, loaded, {name: content.decode() for name, content in contents.items()})


@pytest.mark.parametrize("group", OFFERED)
def test_samples_are_imported_whole(resources: Resources, group: str) -> None:
    """But for two rows of the sample catalogue, which are wrong to show what becomes of such rows."""
    report = try_out(resources, group)

    assert report.totals.inserted > 0
    assert report.totals.rejected == (2 if group == "sample-catalogue" else 0)


def test_the_sample_update_ships_the_sample_order(resources: Resources) -> None:
    """One after the other, as the order desk would try them."""
    book = OrderBook(resources.database)
    try_out(resources, "orders")
    place_drafts(book.database, TESTER)
    try_out(resources, "order-updates")

    collect(book.database, shipped("updates"), datetime.now(UTC))
    consume(book.database, "")

    assert book.statuses("SAMPLE-1") == ("completed", "shipped")
    assert book.statuses("SAMPLE-2")[0] == "in_progress"
