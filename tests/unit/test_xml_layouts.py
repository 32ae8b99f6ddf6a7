"""What a group file says about XML documents, and what it cannot say."""

from pathlib import Path

import pytest

from impex.domain.marks import BETWEEN
from tests.unit.group_files import faults, group_text, load

ITEMS = "layout: {format: xml, record: /list/item}"


def test_paths_are_the_sources_of_columns(tmp_path: Path) -> None:
    """Elements that a record has several times make a list."""
    text = group_text(column="{from: tag, to: tags, repeated: true}", descriptor=ITEMS)

    descriptor = load(tmp_path, text).descriptor("brands")

    assert (descriptor.layout.format, descriptor.layout.record) == ("xml", "/list/item")
    assert descriptor.columns[-1].split == BETWEEN
    assert descriptor.has_parts


@pytest.mark.parametrize(
    ("layout", "fault"),
    [
        (
            "{format: xml}",
            "`format: xml` needs the path to the records. For example `record: /catalog/product`.",
        ),
        (
            "{format: xml, record: list}",
            (
                "`record` must begin with / and the name of the document's root: `list`. "
                "For example `record: /catalog/product`."
            ),
        ),
        (
            "{format: xml, record: '/x:list/item'}",
            (
                "`record` has the prefix 'x', which `namespaces` does not name: `/x:list/item`. "
                "For example `record: /catalog/product`."
            ),
        ),
        (
            "{format: xml, record: /list/item, schema_file: list.dtd}",
            (
                "`schema_file` must be an XSD or a RELAX NG file, not `list.dtd`. "
                "As in `catalogue.xsd`."
            ),
        ),
        (
            "{record: /list/item}",
            "`record` is a path into XML documents. Write `format: xml`, or remove `record`.",
        ),
        (
            "{format: xml, record: /list/item, namespaces: {'a b': 'urn:x'}}",
            "`namespaces` has a prefix that is none: `a b`. For example `cbc`.",
        ),
    ],
)
def test_a_fault_of_the_layout_is_told(tmp_path: Path, layout: str, fault: str) -> None:
    """With the line on which it stands."""
    (found,) = faults(tmp_path, group_text(column="{to: x}", descriptor=f"layout: {layout}"))

    assert found == f"10: {fault}"


def test_a_schema_stands_beside_the_groups(tmp_path: Path) -> None:
    """In the directory `schemas`, as functions do in `transforms`."""
    groups, schemas = tmp_path / "groups", tmp_path / "schemas"
    groups.mkdir()
    schemas.mkdir()
    (schemas / "list.xsd").touch()
    options = "layout: {{format: xml, record: /list/item, schema_file: {}}}"

    group = load(groups, group_text(column="{to: x}", descriptor=options.format("list.xsd")))
    (found,) = faults(groups, group_text(column="{to: x}", descriptor=options.format("lst.xsd")))

    assert group.descriptor("brands").layout.schema_file == "list.xsd"
    assert found.startswith("10: There is no file `lst.xsd` in ")
    assert found.endswith("Did you mean `list.xsd`? Possible: list.xsd.")


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (
            "{from: 'a//b', to: x}",
            "The path `a//b` has an empty step. For example `name`, `price/@currency`, `../@id`.",
        ),
        (
            "{from: ../../../@id, to: x}",
            (
                "The path `../../../@id` goes up 3 elements, and there are 1 around a record. "
                "For example `name`, `price/@currency`, `../@id`."
            ),
        ),
        (
            "{position: 2, to: x}",
            "`position` does not go with XML. Write the path in `from`.",
        ),
        (
            "{to: x, aliases: y}",
            "`aliases` does not go with XML. Write the path in `from`.",
        ),
        (
            "{to: x, repeated: true, split: ';', explode: true}",
            "`split` and `repeated` exclude each other. Keep one of them.",
        ),
    ],
)
def test_a_fault_of_a_column_is_told(tmp_path: Path, column: str, fault: str) -> None:
    """Paths that cannot be followed, and options of other formats."""
    (found,) = faults(tmp_path, group_text(column=column, descriptor=ITEMS))

    assert found == f"9: {fault}"
