"""What the page says of cells and values is what the importer does."""

import re
from pathlib import Path

import pytest

from impex.domain.constants import SAMPLES
from impex.domain.group import Descriptor
from impex.mapping.checks import MASK
from tests.groups import column, goods
from tests.unit.group_files import load_column
from tests.unit.mapped_cells import mapped, mapped_by

PAGE = (Path(__file__).parents[2] / "docs" / "groups.md").read_text("utf-8")
EXAMPLES = re.findall(r"^\| `([^`]*)` \| `(\{to: [^`]*\})` \| `([^`]*)` \|$", PAGE, re.MULTILINE)
NET, WITHOUT_TOTALS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def section(title: str) -> str:
    """Return a section of the page."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("cell", "options", "value"), EXAMPLES)
def test_every_example_of_a_cell_becomes_what_the_page_says(
    tmp_path: Path, cell: str, options: str, value: str
) -> None:
    """People copy the column."""
    result = mapped([load_column(tmp_path, options)], [("A", cell)])

    assert result.issues == []
    assert result.frame["c2"].to_list() == [value]


def test_the_page_has_an_example_for_every_way_to_write_a_value() -> None:
    """A table that is not found would test nothing."""
    assert len(EXAMPLES) == 12


def test_the_page_tells_what_becomes_of_a_list(tmp_path: Path) -> None:
    """The cell, the column and the array stand in one sentence."""
    cell, value, options = re.findall(r"`([^`]*)`", section("Lists in a cell"))[1:4]

    result = mapped([load_column(tmp_path, options)], [("A", cell)])

    assert result.frame["c2"].to_list() == [value]


def test_every_placeholder_stands_in_the_table_of_constants() -> None:
    """And no other."""
    named = re.findall(r"^\| `\$\{(\w+)\}` \|", section("Constants"), re.MULTILINE)

    assert named == list(SAMPLES)


@pytest.mark.parametrize(
    ("code", "descriptor", "cells", "values"),
    [
        (NET, goods(column("x", transform="f.py:net")), ["10.00", ""], ["8.33", None]),
        (
            WITHOUT_TOTALS,
            goods(column("Article"), transform="f.py:without_totals"),
            ["A-1", "Total of 1"],
            ["A-1"],
        ),
    ],
    ids=["cells", "rows"],
)
def test_the_functions_of_the_page_work(
    tmp_path: Path,
    code: str,
    descriptor: Descriptor,
    cells: list[str],
    values: list[str | None],
) -> None:
    """People start from them."""
    (tmp_path / "f.py").write_text(code, "utf-8")

    result = mapped_by(descriptor, [("A", cell) for cell in cells], tmp_path)

    assert result.frame["c2"].to_list() == values
    assert (result.rejected, result.skipped) == (0, len(cells) - len(values))


def test_the_page_shows_a_hidden_value_as_reports_do() -> None:
    """So that nobody takes it for damage."""
    result = mapped([column("x", pii=True, max_length=3)], [("A", "jane@example.org")])

    assert f"`{result.issues[0].value}`" in section("Personal data")
    assert MASK in result.issues[0].value
