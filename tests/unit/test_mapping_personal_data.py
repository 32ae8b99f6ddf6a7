"""Personal data does not reach reports."""

from pathlib import Path
from typing import Any

import pytest

from impex.domain.column import ColumnType, Regex
from impex.domain.issue_codes import Code
from tests.groups import column, goods, integer
from tests.unit.mapped_cells import issues_of, mapped, mapped_by

ADDRESS = "jane@example.org"


@pytest.mark.parametrize(
    "options",
    [
        {"type": ColumnType.INTEGER},
        {"type": ColumnType.MONEY, "currency": "EUR"},
        {"type": ColumnType.TIMESTAMP, "timezone": "Europe/Berlin"},
        {"type": ColumnType.ENUM, "values": (("a", "a"),)},
        {"type": ColumnType.JSON},
        {"max_length": 3},
        {"pattern": "[0-9]+"},
        {"regex": Regex("[0-9]+", "${0}")},
        {"split": "|", "explode": True, "type": ColumnType.DATE},
    ],
)
def test_an_issue_tells_that_there_is_a_value_not_which(options: dict[str, Any]) -> None:
    """Its length helps to find it in the file."""
    (issue,) = issues_of(ADDRESS, pii=True, **options)

    assert issue.value == "••• (16 characters)"
    assert issue.message.startswith("the value ")
    assert ADDRESS not in str(issue)


def test_an_empty_value_is_told_as_empty() -> None:
    """There is nothing to hide."""
    (issue,) = issues_of("", pii=True, required=True)

    assert (issue.code, issue.value, issue.message) == (Code.EMPTY_VALUE, "", "x is empty")


def test_a_key_that_is_personal_data_is_hidden_in_the_issues_of_other_columns() -> None:
    """Other parts of the key are told."""
    descriptor = goods(column("email", pii=True), integer("stock"), key=("code", "email"))

    result = mapped_by(descriptor, [("A", ADDRESS, "x")])

    assert [(issue.value, issue.key) for issue in result.issues] == [("x", "code=A, email=•••")]


def test_other_columns_of_the_row_are_told() -> None:
    """Only what is declared is hidden."""
    result = mapped([column("email", pii=True), integer("stock")], [("A", ADDRESS, "many")])

    assert [issue.value for issue in result.issues] == ["many"]


def test_what_a_function_says_about_a_value_is_hidden(tmp_path: Path) -> None:
    """Its message may quote the value; the kind of failure does not."""
    text = "def f(given):\n    raise ValueError(f'bad: {given.to_string()}')\n"
    (tmp_path / "bad.py").write_text(text, "utf-8")
    by_column = goods(column("x", pii=True, transform="bad.py:f"))
    by_rows = goods(column("x", pii=True), transform="bad.py:f")

    of_cells = mapped_by(by_column, [("A", ADDRESS)], tmp_path).issues
    of_rows = mapped_by(by_rows, [("A", ADDRESS)], tmp_path).issues

    assert [issue.message for issue in (*of_cells, *of_rows)] == [
        "the value makes bad.py:f fail with ValueError",
        "bad.py:f failed with ValueError",
    ]
    assert ADDRESS not in str((of_cells, of_rows))
