"""The groups that come with the project fit their files and their tables."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from impex.config import lint, load_group
from impex.domain.group import Group
from tests.samples import SEED, sample_package

ROOT = Path(__file__).parents[2]
GROUPS = ROOT / "config" / "groups"
PACKAGE = ROOT / "config" / "samples" / "sample-catalogue.zip"
ICECAT = ROOT.parent / "shared" / "data" / "catalogue" / "import-EN,DE,UK,RU.zip"

ICECAT_ORDER = {
    "attributenames.csv": "attributes",
    "brandnames.csv": "brands",
    "categorynames.csv": "categories",
    "productaccessories.csv": "associations",
    "productcategorynames.csv": "product-categories",
    "productnames.csv": "products",
    "productsattributes.csv": "product-attributes",
    "productskuattributes.csv": "sku-attributes",
    "productskunames.csv": "skus",
    "producttypeattrnames.csv": "type-attributes",
    "producttypenames.csv": "product-types",
    "productypeattributeviewgroupnames.csv": "attribute-headings",
    "shopcategorynames.csv": "shop-categories",
    "skuinventory.csv": "inventory",
    "skuprices.csv": "prices",
}


def test_the_shipped_groups_have_no_faults() -> None:
    """Lint finds nothing to mend."""
    groups, problems = lint([GROUPS])

    assert problems == []
    assert list(groups) == ["catalogue-icecat", "sample-catalogue", "ubl-documents"]
    assert all(group.title and group.description and group.tags for group in groups.values())


@pytest.mark.parametrize(("file_name", "descriptor"), ICECAT_ORDER.items())
def test_each_file_of_the_catalogue_has_one_descriptor(file_name: str, descriptor: str) -> None:
    """The masks do not overlap, also for files with a date in the name."""
    group = load_group(GROUPS / "catalogue-icecat.yaml")

    for name in (file_name, file_name.upper(), file_name.replace(".csv", "-2026.csv")):
        assert [taker.name for taker in group.takers(name)] == [descriptor]


@pytest.mark.skipif(not ICECAT.exists(), reason="the real catalogue is not on this machine")
def test_the_catalogue_names_only_headers_that_its_files_have_once() -> None:
    """Columns by name are unambiguous, columns by position exist."""
    group = load_group(GROUPS / "catalogue-icecat.yaml")
    with zipfile.ZipFile(ICECAT) as archive:
        headers = {n: _header(archive.read(n), ";") for n in archive.namelist()}

    assert set(headers) == set(ICECAT_ORDER)
    _check_headers(group, headers)


def test_the_sample_names_only_headers_that_its_files_have_once() -> None:
    """Columns by name are unambiguous."""
    group = load_group(GROUPS / "sample-catalogue.yaml")
    with zipfile.ZipFile(PACKAGE) as archive:
        headers = {n: _header(archive.read(n), ",") for n in archive.namelist()}

    assert all(group.takers(name) for name in headers)
    _check_headers(group, headers)


def test_the_committed_sample_is_what_its_generator_makes() -> None:
    """``python -m tests.samples config/samples/sample-catalogue.zip`` has been run."""
    assert sample_package() == PACKAGE.read_bytes()


def test_the_sample_is_the_same_each_time_and_another_with_another_seed() -> None:
    """It depends on its seed and on nothing else."""
    assert sample_package(SEED) == sample_package(SEED)
    assert sample_package(SEED) != sample_package(SEED + 1)


def test_the_sample_has_exactly_two_faulty_rows() -> None:
    """An unknown brand and a price with a comma; every other reference resolves."""
    files = _read_sample()
    brands = {row["name"] for row in files["brands.csv"]}
    products = {row["product"] for row in files["products.csv"]}
    skus = {row["sku"] for row in files["skus.csv"]}

    lost = [row for row in files["products.csv"] if row["brand"] not in brands]
    unpriced = [row for row in files["prices.csv"] if "," in row["price"]]
    assert (len(lost), len(unpriced)) == (1, 1)
    assert {row["product"] for row in files["skus.csv"]} == products - {lost[0]["product"]}
    assert {row["sku"] for row in files["prices.csv"]} == skus
    assert {row["sku"] for row in files["inventory.csv"]} == skus


def test_the_sample_shows_what_real_files_are_like() -> None:
    """Line ends and quotes inside fields, three alphabets, children before their parents."""
    files = _read_sample()
    text = "".join(value for rows in files.values() for row in rows for value in row.values())
    order = [row["category"] for row in files["categories.csv"]]

    known = [row for row in files["categories.csv"] if row["parent"] in order]
    below = {order.index(row["category"]) > order.index(row["parent"]) for row in known}
    assert {"\n", '"', "ß", "ж"} <= set(text)
    assert below == {True, False}
    assert len(files["products.csv"]) == 41


def _header(data: bytes, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(data.decode()), delimiter=delimiter))


def _check_headers(group: Group, headers: dict[str, list[str]]) -> None:
    for file_name, header in headers.items():
        for column in (c for taker in group.takers(file_name) for c in taker.columns):
            for source in column.sources:
                if isinstance(source, int):
                    assert source <= len(header), (file_name, column.to)
                else:
                    assert header.count(source) == 1, (file_name, source)


def _read_sample() -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(PACKAGE) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }
