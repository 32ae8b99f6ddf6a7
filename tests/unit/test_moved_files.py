"""Files that are descriptors, and files that are none: nothing is lost, nothing is run."""

from pathlib import Path

import pytest

from impex.cli.commands import main
from impex.cli.running import DONE, MISUSED, REJECTED
from impex.config import lint
from impex.moving import convert, load_tables
from tests.shared import shared
from tests.unit.xml_descriptors import (
    assumed,
    column,
    converted,
    group,
    import_xml,
    left_open,
    only,
)

HANDLED = import_xml(xml_handler="BRAND", entity_type="org.example.Brand")
IMAGES = import_xml(entity_type="IMAGE", select_sql="/imgvault/product/")


def test_what_nobody_knows_is_told_with_its_line(tmp_path: Path) -> None:
    """An element, an attribute, a text between elements, and an element that stands twice."""
    text = import_xml(column("code"), colour="red").replace(
        "<import-columns>", '<import-columns size="2">stray <mode>DELETE</mode>'
    ).replace("<entity-type>", "<mode>MERGE</mode><mode>UPDATE_ONLY</mode><entity-type>")  # fmt: skip

    done = converted(tmp_path, text)

    assert only(done)["mode"] == "update_only"
    assert [told.partition("` has no")[0] for told in left_open(done)] == [
        "2: `<mode> MERGE",
        "4: `<colour> red",
        '11: `size="2" of <import-columns>',
        "11: `stray in <import-columns>",
        "11: `<mode> DELETE",
    ]
    assert "# NOT TRANSLATED, line 4: `<colour> red`" in done.text


def test_where_the_schema_is_needs_no_translation(tmp_path: Path) -> None:
    """The attributes that real descriptors begin with."""
    text = import_xml(column("code")).replace(
        "<import-descriptor>",
        '<import-descriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://example.org/import-descriptor.xsd">',
    )

    assert left_open(converted(tmp_path, text)) == []


def test_documents_get_an_outline_to_fill_in(tmp_path: Path) -> None:
    """What an XML handler reads stands in a program; lint takes the outline."""
    done = converted(tmp_path, HANDLED)

    assert only(done)["table"] == "shop.brand"
    assert only(done)["columns"] == [{"from": "@name", "to": "name"}]
    assert group(done)["layout"] == {"format": "xml", "record": "/things/thing"}
    assert "xml-handler `BRAND`" in left_open(done)[0]


def test_images_are_no_rows(tmp_path: Path) -> None:
    """The outline takes no image for a text."""
    done = converted(tmp_path, IMAGES)

    assert only(done)["files"] == "thing-1*.csv"
    assert left_open(done) == [
        "1: images of `/imgvault/product/` are files, not rows; none is copied."
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty."),
        ("<import-descriptor>", "the file is not XML:"),
        ("no XML at all", "the file is not XML:"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><import-descriptor/>', "document type declaration"),
        ("<beans/>", "<beans> is no descriptor; the file is left out."),
        ("<import-descriptor>" + "<a>" * 300, "the file is not XML:"),
        ("<import-descriptor>&nbsp;</import-descriptor>", "the file is not XML:"),
        (f"<x>{' ' * 1_000_001}</x>", "the file is larger than 1 MB."),
    ],
    ids=["empty", "cut", "text", "doctype", "beans", "deep", "entity", "large"],
)
def test_a_file_that_is_no_descriptor_is_left_out(tmp_path: Path, content: str, told: str) -> None:
    """The others are translated; the file is told."""
    done = converted(tmp_path, content, import_xml(column("code")))

    assert [d["name"] for d in group(done)["descriptors"]] == ["thing-2"]
    (line,) = left_open(done)
    assert told in line


def test_hostile_documents_are_refused() -> None:
    """Bombs, external entities and declarations, as a test suite of XML parsers has them."""
    files = sorted(shared("hostile/xml").glob("*.xml"))

    done = convert(files, load_tables(), "hostile")

    assert done.text == ""
    assert {note.file for note in done.notes} == {str(file) for file in files}
    assert sum("document type declaration" in note.what for note in done.notes) > 5


def test_the_least_that_is_a_descriptor_is_told_to_the_last(tmp_path: Path) -> None:
    """Whatever is missing has something in its place, and a note."""
    done = converted(tmp_path, "<import-descriptor/>", "<export-descriptor/>")

    assert len(group(done)["descriptors"]) == 2
    told = " ".join(left_open(done))
    for missing in ("entity-type", "import-file-descriptor", "file-name-mask", "file-name",
                    "column-delimiter", "text-qualifier", "select-sql"):  # fmt: skip
        assert f"{missing}` is missing" in told or f"{missing} is missing" in told
    assert told.count("no column is left") == 2


def test_the_command_writes_the_group_and_tells_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory becomes one group, by the names of its files; the file is replaced."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "b.xml").write_text(import_xml(column("code")), "utf-8")
    (tmp_path / "in" / "deep" / "a.xml").write_text(import_xml(column("x"), select_sql=""), "utf-8")
    (tmp_path / "in" / ".hidden.xml").write_text("", "utf-8")
    out = tmp_path / "my-group.yaml"
    out.write_text("old", "utf-8")

    code = main(["convert-descriptor", str(tmp_path / "in"), "--group", "mine", "--out", str(out)])

    told = capsys.readouterr()
    groups, problems = lint([out])
    assert (code, told.out, problems) == (REJECTED, "", [])
    assert groups["my-group"].title == "mine"
    assert [d.name for d in groups["my-group"].descriptors] == ["b", "a"]
    assert f"{tmp_path}/in/deep/a.xml:3: not translated: " in told.err
    assert told.err.endswith("Descriptors: 2, not translated: 1, assumed: 3\n")


def test_exit_codes_are_those_of_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All translated; a descriptor that is broken; a path that does not exist; an empty directory."""
    good, bad, tables = tmp_path / "good.xml", tmp_path / "bad.xml", tmp_path / "tables.yaml"
    good.write_text(import_xml(column("code")), "utf-8")
    bad.write_text("<", "utf-8")
    tables.write_text("entities: {Thing: {tabel: x}}", "utf-8")
    (tmp_path / "empty").mkdir()

    codes = [
        main(["convert-descriptor", *arguments])
        for arguments in (
            [str(good)],
            [str(bad)],
            [str(tmp_path / "none.xml")],
            [str(tmp_path / "empty")],
            [str(good), "--tables", str(tables)],
            [str(good), "--out", str(tmp_path / "no" / "folder.yaml")],
        )
    ]

    assert codes == [DONE, REJECTED, MISUSED, MISUSED, MISUSED, MISUSED]
    assert "There is no option `tabel` here. Did you mean `table`?" in capsys.readouterr().err


def test_files_of_the_same_name_become_descriptors_of_different_names(tmp_path: Path) -> None:
    """As in folders for imports and for exports."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Brands & Co.xml").write_text(import_xml(column("code")), "utf-8")

    done = convert([tmp_path], load_tables(), "Brands & Co")

    assert [d["name"] for d in group(done)["descriptors"]] == ["brands-co", "brands-co-2"]


def test_a_name_by_the_rule_is_told_once(tmp_path: Path) -> None:
    """Tables and columns that nobody has named, in one line for each file."""
    done = converted(tmp_path, import_xml(column("code"), column("displayName", 1)))

    assert assumed(done) == [
        "named by the rule: Thing is shop.thing, code, displayName is display_name."
    ]
