"""The real catalogue with a group that was translated from the platform's own descriptors."""

import re
from pathlib import Path

import pytest

from impex.config import load_group
from impex.domain.group import Group
from impex.domain.report import Counts, JobState
from impex.moving import Kind, convert, load_tables
from impex.services.check_tables import check_against_database
from impex.services.resources import Resources
from impex.storage import reports
from tests.imports import bring, issues
from tests.shared import shared

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "moving.md").read_text("utf-8")
# In the order in which the platform's own group names them.
DESCRIPTORS = (
    "brandnames", "attributenames", "producttypenames", "categorynames", "shopcategory",
    "productypeattributeviewgroupnames", "producttypeattrnames", "productnames", "productsku",
    "productsattributes", "productskuattributes", "skuinventory", "skuprices",
    "productcategorynames", "productaccessories",
)  # fmt: skip
# What the group that was written by hand adds: by table and column, the rows that are changed.
ADDED = {
    "shop.attribute": {"display_name": 1},
    "shop.category": {"keywords": 9},
    "shop.product": {"availability": 27, "barcode": 108, "featured": 27, "model": 276},
    "shop.product_type": {"description": 11, "display_name": 11},
    "shop.product_type_attribute": {"filterable": 85},
    "shop.sku": {"model": 283},
}


@pytest.fixture
def translated(tmp_path: Path) -> Group:
    """The group of the 15 descriptors."""
    folder = shared("descriptors/import")
    paths = [folder / f"{name}-demo.xml" for name in DESCRIPTORS]
    done = convert(paths, load_tables(), "catalogue")
    assert sum(note.kind is Kind.OPEN for note in done.notes) == 15
    path = tmp_path / "catalogue.yaml"
    path.write_text(done.text, "utf-8")
    return load_group(path)


@pytest.fixture(scope="module")
def package() -> bytes:
    """The package as its supplier sends it."""
    return shared("catalogue/import-EN,DE,UK,RU.zip").read_bytes()


def test_the_translated_group_imports_the_whole_catalogue(
    resources: Resources, translated: Group, package: bytes
) -> None:
    """It fits the tables; 23,930 rows go in, none is rejected; once more, nothing changes."""
    assert check_against_database(resources, [translated]) == []

    report = bring(resources, translated, package, "import.zip")
    again = bring(resources, translated, package, "import.zip", force=True)

    assert (report.state, report.messages) == (JobState.DONE, ())
    assert report.totals == Counts(read=23_930, inserted=23_930)
    assert again.state is JobState.DONE
    # Attribute values are inserted only, so that those that exist are skipped.
    assert again.totals == Counts(read=23_930, unchanged=8_744, skipped=15_186)
    assert {issue["code"] for issue in issues(resources, again)} == {"row_exists"}


def test_the_group_that_was_written_by_hand_adds_only_what_is_known(
    resources: Resources, translated: Group, package: bytes
) -> None:
    """Its journal is the difference of the two: no row is new, and each changed column is on the page."""
    bring(resources, translated, package, "import.zip")
    by_hand = load_group(ROOT / "config" / "groups" / "catalogue-icecat.yaml")

    report = bring(resources, by_hand, package, "import.zip")

    with resources.database.transaction() as connection:
        tables = reports.change_summary(connection, report.run)
    assert (report.totals.inserted, report.totals.deleted) == (0, 0)
    assert {
        table["table"]: {column["column"]: column["rows"] for column in table["columns"]}
        for table in tables
    } == ADDED


def test_the_page_tells_the_same_differences() -> None:
    """Tables, columns and numbers, as they were counted above."""
    rows = re.findall(r"^\| ([a-z_]+\.[^|]+) \| ([0-9, ]+) \|", PAGE, re.MULTILINE)
    told: dict[str, dict[str, int]] = {}
    for names, counts in rows:
        table = ""
        for name, count in zip(names.split(", "), counts.split(", "), strict=True):
            table, _, column = name.rpartition(".") if "." in name else (table, "", name)
            told.setdefault(f"shop.{table}", {})[column] = int(count)

    assert told == ADDED
