"""Files that other shop platforms write, with groups as their users would write them."""

from dataclasses import replace
from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.group import Group
from impex.domain.report import Counts, RunReport
from impex.services.resources import Resources
from tests.imports import bring, issues, rows
from tests.shared import shared

PLATFORMS = Path(__file__).parents[1] / "platforms"


def group(name: str) -> Group:
    """Load the group of a platform."""
    return load_group(PLATFORMS / f"{name}.yaml")


def brought(resources: Resources, platform: Group, name: str) -> RunReport:
    """Import one of the real files of a platform."""
    return bring(resources, platform, shared(f"products/{name}").read_bytes(), name)


def test_spree_products_with_variants_prices_and_translations(resources: Resources) -> None:
    """One file feeds three tables, another adds languages to the rows of the first."""
    spree = group("spree")

    products = brought(resources, spree, "products.csv")
    translations = brought(resources, spree, "product_translations.csv")

    assert products.totals == Counts(read=633, inserted=37 + 87 + 174, skipped=174 + 124 + 37)
    assert (translations.totals.updated, translations.totals.rejected) == (74, 0)
    assert rows(
        resources,
        "SELECT display_name FROM shop.product WHERE guid = 'automatic-espresso-machine'",
    ) == [
        (
            {
                "de": "Kaffeevollautomat",
                "en": "Automatic Espresso Machine",
                "fr": "Machine Espresso Automatique",
            },
        )
    ]


def test_short_records_of_spree_are_padded(resources: Resources) -> None:
    """Spree's own sample of an import leaves empty fields at the end of records away."""
    report = brought(resources, group("spree"), "products_import.csv")

    by_descriptor = {file.descriptor: file.counts for file in report.files}
    assert by_descriptor["variants"].rejected == 0
    assert by_descriptor["variants"].inserted > 10


def test_sylius_products_are_created_and_then_updated(resources: Resources) -> None:
    """The update file changes one of two products and its price, nothing else."""
    sylius = group("sylius")

    created = brought(resources, sylius, "sylius-products.csv")
    updated = brought(resources, sylius, "sylius-products_update.csv")

    assert created.totals == Counts(read=6, inserted=6)
    assert updated.totals == Counts(read=3, updated=3)
    assert rows(
        resources,
        "SELECT s.code, s.name, p.regular_price::int FROM shop.sku s JOIN shop.price p "
        "ON p.sku_id = s.id WHERE s.code IN ('123456', '222333') ORDER BY 1",
    ) == [("123456", "Product 1", 22), ("222333", "Product 2 update", 42)]


def test_sylius_taxons_find_their_parents_in_the_same_file(resources: Resources) -> None:
    """A tree of four taxons in any order."""
    report = brought(resources, group("sylius"), "sylius-taxonomies.csv")

    assert report.totals == Counts(read=4, inserted=4)
    assert rows(
        resources,
        "SELECT c.guid, p.guid FROM shop.category c JOIN shop.category p ON p.id = c.parent_id "
        "WHERE c.guid LIKE 'taxon%' ORDER BY 1",
    ) == [("taxon1", "root"), ("taxon11", "taxon1"), ("taxon2", "root")]


@pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (";", "semicolon")])
def test_medusa_products_with_either_delimiter(resources: Resources, mark: str, name: str) -> None:
    """The same products, one line for each variant, a text of two lines among them."""
    medusa = _delimited(group("medusa"), mark)

    report = brought(resources, medusa, f"medusa-exported-products-{name}.csv")

    counts = {file.descriptor: file.counts for file in report.files}
    assert counts["products"] == Counts(read=3, inserted=2, skipped=1)
    assert counts["variants"] == counts["prices"] == Counts(read=3, inserted=3)


def test_a_file_with_the_other_delimiter_is_refused_and_the_delimiter_named(
    resources: Resources,
) -> None:
    """Nothing is read as one long field."""
    report = brought(resources, group("medusa"), "medusa-exported-products-semicolon.csv")

    assert report.totals == Counts()
    assert "its fields seem to be separated by ';'" in report.files[0].message


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("medusa-invalid-column.csv", "Product field"),
        ("medusa-unrelated-column.csv", "Some field"),
        ("medusa-invalid-prices.csv", "Variant Price nonexistent [EUR]"),
        ("medusa-prices-with-region.csv", "Variant Price Test Region [USD]"),
    ],
)
def test_a_column_that_medusa_does_not_know_refuses_the_file(
    resources: Resources, name: str, column: str
) -> None:
    """The report names the column; no product is applied."""
    report = brought(resources, group("medusa"), name)

    assert [i["column"] for i in issues(resources, report) if i["descriptor"] == "products"] == [
        column
    ]
    assert report.totals.inserted == 0


def _delimited(platform: Group, mark: str) -> Group:
    """Return the group for files with another delimiter."""
    return replace(
        platform,
        descriptors=tuple(
            replace(d, layout=replace(d.layout, delimiter=mark)) for d in platform.descriptors
        ),
    )
