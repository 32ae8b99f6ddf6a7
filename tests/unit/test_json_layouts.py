"""What a group file says about JSON lines, and what it cannot say."""

from pathlib import Path

import pytest

from impex.config.description import describe
from impex.domain.group import Descriptor
from impex.domain.marks import BETWEEN
from tests.unit.group_files import faults, group_text, load

LINES = "layout: {format: json}"


def loaded(directory: Path, column: str) -> Descriptor:
    """Return the descriptor of a group with a column."""
    return load(directory, group_text(column=column, descriptor=LINES)).descriptor("brands")


def test_members_are_the_sources_of_columns(tmp_path: Path) -> None:
    """A list in JSON is an array; every line is one record."""
    descriptor = loaded(tmp_path, "{from: tag.names, to: tags, repeated: true}")

    assert descriptor.layout.format == "json"
    assert descriptor.columns[-1].sources == ("tag.names",)
    assert descriptor.columns[-1].split == BETWEEN
    assert (descriptor.has_parts, descriptor.has_nils) == (False, True)
    assert loaded(tmp_path, "{to: x, repeated: true, explode: true}").has_parts


def test_the_page_of_a_group_says_what_its_files_are(tmp_path: Path) -> None:
    """Delimiters and the like are of other files."""
    page = describe(load(tmp_path, group_text(descriptor=LINES)))

    assert "* Layout: JSON lines\n" in page


def test_a_path_into_documents_is_of_no_use(tmp_path: Path) -> None:
    """Records of JSON lines are where the lines are."""
    text = group_text(descriptor="layout: {format: json, record: /list/item}")

    assert faults(tmp_path, text) == [
        "10: `record` is a path into XML documents. Write `format: xml`, or remove `record`."
    ]


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (
            "{position: 2, to: x}",
            "`position` does not go with JSON. Write the path in `from`.",
        ),
        (
            "{to: x, aliases: y}",
            "`aliases` does not go with JSON. Write the path in `from`.",
        ),
        (
            "{from: name, to: x, repeated: true}",
            "`name` is `repeated` in another column. Write `repeated: true` in both, or in none.",
        ),
    ],
)
def test_a_fault_of_a_column_is_told(tmp_path: Path, column: str, fault: str) -> None:
    """Options of other formats, and two ways to take one member."""
    (found,) = faults(tmp_path, group_text(column=column, descriptor=LINES))

    line = 8 if "another" in fault else 9
    assert found == f"{line}: {fault}"
