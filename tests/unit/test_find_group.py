"""Which groups take files, by their names."""

from pathlib import Path

import pytest

from impex.domain.group import Group
from impex.services.find_group import Candidate, candidates
from tests.unit.group_files import BRANDS, load


@pytest.fixture
def groups(tmp_path: Path) -> list[Group]:
    """Groups that take other files each, one without a DAG, and one that only exports."""
    prices = BRANDS.replace("title: Brands", "title: A. Prices").replace("brands*", "prices*")
    both = f"{BRANDS}  - {{name: prices, files: 'prices*.csv', table: shop.shop, key: code, columns: [code]}}\n"
    exporting = BRANDS.replace("files: brands*.csv", "direction: export\n    export: {file: b.csv}")
    texts = {
        "brands": BRANDS,
        "prices": prices,
        "both": both.replace("title: Brands", "title: Both"),
        "silent": f"{BRANDS}dag: false\n",
        "out": exporting,
    }
    return [load(tmp_path, text, name) for name, text in texts.items()]


def test_the_groups_that_take_most_stand_first(groups: list[Group]) -> None:
    """With what they do not take; a group that takes nothing is not named."""
    assert candidates(groups, ["brands-1.csv", "prices.csv", "photo.png"]) == [
        Candidate("both", "Both", ("brands-1.csv", "prices.csv"), ("photo.png",)),
        Candidate("prices", "A. Prices", ("prices.csv",), ("brands-1.csv", "photo.png")),
        Candidate("brands", "Brands", ("brands-1.csv",), ("prices.csv", "photo.png")),
    ]
    assert candidates(groups, ["photo.png"]) == []


def test_an_archive_may_be_for_every_group(groups: list[Group]) -> None:
    """Nobody knows what is in it before it is opened; groups without import or DAG take nothing."""
    found = candidates(groups, ["package.zip"])

    assert [each.name for each in found] == ["prices", "both", "brands"]
    assert {each.takes for each in found} == {("package.zip",)}
