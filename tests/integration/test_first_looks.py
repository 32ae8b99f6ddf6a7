"""Before anything runs, a person sees what the files of a package are."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from impex.domain.group import Group
from impex.domain.issue_codes import Code
from impex.services.first_look import ISSUES, ROWS, FirstLook, first_look
from impex.services.resources import Resources
from tests.exports import written_group
from tests.imports import put

GOODS = """\
title: Goods
descriptors:
  - name: goods
    files: "goods*.csv"
    table: shop.goods
    key: code
    columns:
      - code
      - {from: name, to: name, required: true}
      - {from: price, to: price, type: decimal}
      - {from: note, to: note, pii: true}
"""
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def group(tmp_path: Path) -> Group:
    """A group that takes goods."""
    return written_group(tmp_path, GOODS, "goods")


def look(resources: Resources, group: Group, name: str, text: str | dict[str, str]) -> FirstLook:
    """Look at a package that is one file, or a zip of several."""
    content = text.encode() if isinstance(text, str) else text
    return first_look(resources, group, put(resources, content, name), NOW)


def test_rows_are_shown_as_they_would_be_imported(resources: Resources, group: Group) -> None:
    """Typed, by the descriptor's columns; what is personal is hidden, what is empty is nothing."""
    text = "code,name,price,note,colour\nA,Tea,1.50,call Ann,red\nB,Pot,,,\n"
    [file] = look(resources, group, "goods.csv", text).files

    assert (file.member, file.descriptor) == ("goods.csv", "goods")
    assert file.layout == 'fields separated by comma, quoted by `"`, encoding `utf-8`'
    assert file.fields == (
        *((name, (name,)) for name in ("code", "name", "price", "note")),
        ("colour", ()),
    )
    assert file.columns == ("code", "name", "price", "note")
    assert file.rows == (("A", "Tea", "1.50", "•••"), ("B", "Pot", None, None))
    assert not file.issues
    assert any("colour" in note for note in file.notes)


def test_faults_are_shown_with_line_and_value(resources: Resources, group: Group) -> None:
    """Good rows beside them; of many of both only the first."""
    lines = [f"X{n},Tea,{'cheap' if n % 2 else n}" for n in range(200)]
    [file] = look(resources, group, "goods.csv", "code,name,price\n" + "\n".join(lines)).files

    assert len(file.rows) == ROWS
    assert len(file.issues) == ISSUES
    assert (file.issues[0].line, file.issues[0].column, file.issues[0].value) == (
        3,
        "price",
        "cheap",
    )
    assert file.looked_at == 200


def test_a_header_that_does_not_match_is_told_with_the_nearest_name(
    resources: Resources, group: Group
) -> None:
    """It is a fault of the file, before any row is read."""
    [file] = look(resources, group, "goods.csv", "code,nmae,price\nA,Tea,1\n").files

    assert [issue.code for issue in file.issues] == [Code.MISSING_COLUMN]
    assert "nmae" in file.issues[0].message
    assert not file.rows


def test_every_file_of_a_package_is_told_apart(resources: Resources, group: Group) -> None:
    """Also those that nobody takes."""
    files = {"goods-1.csv": "code,name\nA,Tea\n", "goods-2.csv": "", "readme.txt": "hello"}
    found = look(resources, group, "package.zip", files)

    assert [file.member for file in found.files] == ["goods-1.csv", "goods-2.csv"]
    assert found.files[0].absent == ("price", "note")
    assert found.files[1].issues
    assert any("readme.txt" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("prices.csv", "a\n", "no descriptor of goods takes any file"),
        ("goods.zip", "no zip", "zip"),
    ],
)
def test_a_package_that_would_be_refused_says_why(
    resources: Resources, group: Group, name: str, text: str, told: str
) -> None:
    """As the run would."""
    assert told in look(resources, group, name, text).fault


def test_nothing_is_written(resources: Resources, group: Group) -> None:
    """No job, no rows, no file."""
    look(resources, group, "goods.csv", "code,name\nA,Tea\n")
    with resources.database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM impex.job").fetchall() == [(0,)]


def test_fields_without_a_header_have_numbers(resources: Resources, tmp_path: Path) -> None:
    """Each with the columns that it goes to, or none."""
    layout = "    layout: {header: false, delimiter: ';'}\n    columns:"
    numbered = (
        GOODS.replace("    columns:", layout)
        .replace("- code\n", "- {position: 1, to: code}\n")
        .replace("from: name", "position: 3")
    )
    group = written_group(tmp_path, numbered.split("      - {from: price")[0], "goods")

    [file] = look(resources, group, "goods.csv", "A;red;Tea\n").files

    assert file.fields == (("field 1", ("code",)), ("field 2", ()), ("field 3", ("name",)))
    assert file.layout.startswith("fields separated by semicolon")
    assert "no header" in file.layout
    assert file.rows == (("A", "Tea"),)
