"""The page about moving from another platform says what the program does."""

import re
from pathlib import Path

import pytest

from impex.cli.commands import main
from impex.config import lint
from impex.moving import convert, load_tables
from tests.shared import shared

PAGE = (Path(__file__).parents[2] / "docs" / "moving.md").read_text("utf-8")
ELEMENTS = re.compile(r"<([a-z-]+)[\s/>]")


def block(head: str) -> str:
    """Return the only block of the page that has a head."""
    (text,) = re.findall(rf"^```{head}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(text)


def test_the_example_becomes_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, the command, the group and the lines about it, letter by letter."""
    monkeypatch.chdir(tmp_path)
    Path("suppliers.xml").write_text(block("xml suppliers.xml"), "utf-8")
    _, _, arguments = block("sh example").strip().partition("python -m impex ")

    code = main(arguments.split())

    told = capsys.readouterr()
    assert told.out == block("yaml example")
    assert told.err == block("text example")
    assert code == 1


def test_the_example_of_tables_names_table_and_columns(tmp_path: Path) -> None:
    """What the file says counts; a column that it does not name is left out and told."""
    (tmp_path / "suppliers.xml").write_text(block("xml suppliers.xml"), "utf-8")
    tables = tmp_path / "my-tables.yaml"
    tables.write_text(block("yaml tables"), "utf-8")

    done = convert([tmp_path / "suppliers.xml"], load_tables(tables), "suppliers")

    (tmp_path / "suppliers.yaml").write_text(done.text, "utf-8")
    groups, problems = lint([tmp_path / "suppliers.yaml"])
    assert problems == []
    (descriptor,) = groups["suppliers"].descriptors
    assert str(descriptor.table) == "crm.vendor"
    assert [column.to for column in descriptor.columns] == [
        "code", "title", "vendor_since", "brand_id", "kind"
    ]  # fmt: skip
    missing = [note.what for note in done.notes if "has no column" in note.what]
    assert [what.partition("`")[2].partition("`")[0] for what in missing] == ["phone", "active"]


def test_every_element_of_real_descriptors_stands_on_the_page() -> None:
    """Whoever reads a descriptor finds what becomes of each part of it."""
    files = shared("descriptors").rglob("*.xml")
    names = {name for file in files for name in ELEMENTS.findall(file.read_text("utf-8"))}
    # What only holds others together, and the document within a constant.
    names -= {"import-columns", "export-columns", "column-descriptor", "import-file-descriptor"}
    names = {name for name in names if "-" in name and not name.startswith("price-")}

    assert {name for name in names if f"`{name}`" not in PAGE} <= {
        "import-descriptor", "export-descriptor"
    }  # fmt: skip
    assert len(names) > 20
