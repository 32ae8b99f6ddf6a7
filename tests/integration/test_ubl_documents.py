"""Real UBL documents, from order to despatch advice, by the group that comes with the project."""

from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.report import JobState
from impex.services.resources import Resources
from local.settings import REPOSITORY
from tests.imports import bring, faults, issues, rows
from tests.shared import shared

GROUP = load_group(REPOSITORY / "config" / "groups" / "ubl-documents.yaml")
# Documents by the beginning of their name: what they are, how many, and how many lines they have.
KINDS = {
    "order__": ("order", 5, 8),
    "orderchange__": ("order_change", 1, 1),
    "ordercancellation__": ("order_cancellation", 1, 0),
    "orderresponse__": ("order_response", 1, 2),
    "orderresponsesimple__": ("order_response", 6, 0),
    "despatchadvice__": ("despatch_advice", 1, 1),
}


NAMELESS = "order__CENBII-Order-minimal.xml"


def documents(start: str) -> list[Path]:
    """Return the documents whose names begin so."""
    found = sorted(shared("ubl").glob(f"{start}*.xml"))
    return [path for path in found if path.name != NAMELESS]


@pytest.mark.parametrize("start", KINDS)
def test_every_document_is_read_whole(resources: Resources, start: str) -> None:
    """No record is rejected, nothing of it stays out without a word."""
    kind, count, lines = KINDS[start]
    found = documents(start)

    reports = [bring(resources, GROUP, {path.name: path.read_bytes()}) for path in found]

    assert len(found) == count
    assert [issues(resources, report) for report in reports] == [[]] * count
    assert {report.state for report in reports} == {JobState.DONE}
    assert sum(report.totals.read for report in reports) == count + lines
    kinds = rows(resources, "SELECT DISTINCT kind FROM shop.trade_document")
    assert kinds == [(kind,)]


def test_an_order_keeps_its_parties_units_and_lines(resources: Resources) -> None:
    """As the document tells them."""
    [path] = documents("order__UBL-Order-2.1-Example")

    bring(resources, GROUP, {path.name: path.read_bytes()})

    assert rows(
        resources,
        "SELECT number, issued_on::text, currency, buyer_party_id, buyer_name, seller_party_id, "
        "seller_name FROM shop.trade_document",
    ) == [
        ("34", "2010-01-20", "SEK", "7300070011115", "Johnssons byggvaror", "SellerPartyID123",
         "Moderna Produkter AB"),
    ]  # fmt: skip
    assert rows(
        resources,
        "SELECT number, item_number, item_name, quantity::text, unit, price::text "
        "FROM shop.trade_line ORDER BY number",
    ) == [
        ("1", "SItemNo001", "Falu Rödfärg", "120", "LTR", "50.0000"),
        ("2", "SItemNo011", "Pensel 20 mm", "15", "C62", "15.0000"),
    ]


def test_the_same_document_again_changes_nothing(resources: Resources) -> None:
    """A document is known by its kind and number, a line by its number in it."""
    [path] = documents("orderresponse__")
    content = path.read_bytes()

    bring(resources, GROUP, {path.name: content})
    again = bring(resources, GROUP, {path.name: content + b"\n"})

    assert again.totals.unchanged == again.totals.read == 3


def test_an_order_without_a_number_is_rejected(resources: Resources) -> None:
    """One of the examples has an empty one; its line cannot refer to it either."""
    report = bring(resources, GROUP, {NAMELESS: (shared("ubl") / NAMELESS).read_bytes()})

    assert faults(resources, report) == [
        (NAMELESS, 2, "empty_value"),
        (NAMELESS, 22, "empty_value"),
    ]


def test_a_response_is_no_order(resources: Resources) -> None:
    """Under the name of an order it is refused, and both roots are told."""
    [path] = documents("orderresponse__")

    report = bring(resources, GROUP, {"order-7.xml": path.read_bytes()})

    assert report.state is JobState.REJECTED
    assert {issue["code"] for issue in issues(resources, report)} == {"other_document"}
    assert rows(resources, "SELECT count(*) FROM shop.trade_document") == [(0,)]
