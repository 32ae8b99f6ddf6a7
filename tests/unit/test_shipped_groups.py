"""The groups that come with the project fit their files and their tables."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from impex.config import lint, load_group
from impex.domain.column import Column, ColumnType
from impex.domain.group import Descriptor, Group
from impex.domain.xml_path import field_path, record_path
from impex.formats.readers import open_document
from impex.formats.wanted import Wanted
from tests.samples import SEED, sample_package

ROOT = Path(__file__).parents[2]
GROUPS = ROOT / "config" / "groups"
SCHEMAS = ROOT / "config" / "schemas"
PACKAGE = ROOT / "config" / "samples" / "sample-catalogue" / "sample-catalogue.zip"
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

# A text is a currency where one is asked for.
VALUES = {
    ColumnType.TEXT: "EUR",
    ColumnType.INTEGER: "1",
    ColumnType.DECIMAL: "1.5",
    ColumnType.BOOLEAN: "true",
    ColumnType.DATE: "2026-01-31",
}


def test_the_shipped_groups_have_no_faults() -> None:
    """Lint finds nothing to mend."""
    groups, problems = lint([GROUPS])

    assert problems == []
    assert list(groups) == [
        "catalogue-icecat",
        "catalogue-xml",
        "order-documents",
        "order-updates",
        "orders-ubl",
        "orders",
        "sample-catalogue",
        "ubl-documents",
    ]
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
    """``python -m tests.samples config/samples/sample-catalogue/sample-catalogue.zip`` has been run."""
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


def test_the_columns_of_the_xml_catalogue_in_their_order_make_a_document_of_its_schema() -> None:
    """Written as the group says, each element keeps to the XSD and is the value of one column."""
    group = load_group(GROUPS / "catalogue-xml.yaml")
    wanted = [Wanted.by(descriptor, SCHEMAS) for descriptor in group.descriptors]

    reader = open_document(io.BytesIO(_document_of(group)), "catalogue.xml", wanted)
    batches = list(reader.batches())

    assert [batch.issues for batch in batches] == [[]] * len(group.descriptors)
    assert [batch.frame.height for batch in batches] == [1] * len(group.descriptors)
    assert not any(batch.frame.null_count().sum_horizontal().item() for batch in batches)


def test_the_schema_of_the_xml_catalogue_has_nothing_that_no_column_takes() -> None:
    """Whatever keeps to the XSD is imported; nothing is lost without a word."""
    group = load_group(GROUPS / "catalogue-xml.yaml")
    schema, words = (SCHEMAS / "catalogue.xsd", SCHEMAS / "languages.xsd")
    languages = re.findall(r'<xs:enumeration value="([^"]+)"', words.read_text("utf-8"))
    names = re.findall(r'<xs:(?:element|attribute) name="([^"]+)"', schema.read_text("utf-8"))

    assert {name for descriptor in group.descriptors for name in _names(descriptor)} == set(names)
    for descriptor in group.descriptors:
        for text in {column.to for column in descriptor.columns if column.language}:
            assert [c.language for c in descriptor.columns if c.to == text] == languages


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


def _document_of(group: Group) -> bytes:
    """Write one record of each descriptor, with an element or attribute for each of its columns."""
    elements: dict[Sequence[str], ET.Element] = {}
    for descriptor in group.descriptors:
        record = _element_at(record_path(descriptor.layout.record or "", {}), elements)
        for column in descriptor.columns:
            _write(record, column)
    (root,) = (element for path, element in elements.items() if len(path) == 1)
    return ET.tostring(root)


def _element_at(path: Sequence[str], elements: dict[Sequence[str], ET.Element]) -> ET.Element:
    if path not in elements:
        element = elements[path] = ET.Element(path[-1])
        if path[:-1]:
            _element_at(path[:-1], elements).append(element)
    return elements[path]


def _write(record: ET.Element, column: Column) -> None:
    path = field_path(str(column.sources[0]), {})
    if path.up:
        return
    element = record
    for step in path.steps:
        condition = [step.attribute] if step.attribute else []
        element = ET.SubElement(element, step.name, dict(condition))
    if path.attribute:
        element.set(path.attribute, VALUES[column.type])
    else:
        element.text = VALUES[column.type]


def _names(descriptor: Descriptor) -> Iterator[str]:
    """Yield the names of the elements and attributes that a descriptor knows."""
    yield from record_path(descriptor.layout.record or "", {})
    for column in descriptor.columns:
        path = field_path(str(column.sources[0]), {})
        yield from (step.name for step in path.steps)
        if path.attribute:
            yield path.attribute


def _read_sample() -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(PACKAGE) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }
