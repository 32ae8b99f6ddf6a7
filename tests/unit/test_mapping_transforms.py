"""Functions of the user change cells and rows; where they fail, only the rows suffer."""

import sys
from pathlib import Path
from typing import Any

import pytest

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.errors import ConfigError, FileFaultError
from impex.domain.group import Descriptor
from impex.domain.issue_codes import Code
from impex.domain.issues import Effect
from impex.mapping.compiled import Mapped
from tests.groups import column, decimal, goods
from tests.unit.mapped_cells import mapped_by

CELLS = """
from __future__ import annotations

import sys
from dataclasses import dataclass

import pandas

@dataclass
class Rate:
    factor: float = 2

def leave(cells):
    sys.exit("no more")

def double(cells):
    return cells.map(lambda cell: str(Rate().factor * float(cell)) if cell else cell)

def upper(cells):
    return cells.str.upper()

def strict(cells):
    if (cells == "").any():
        raise ValueError("an empty cell")
    return cells

def nothing(cells):
    return cells.map(lambda _: None)

def spoil(cells):
    cells.iloc[0] = "spoiled"
    return double(cells)

def numbers(cells):
    return cells.astype(float)

def shorter(cells):
    return cells.iloc[1:]

def listed(cells):
    return list(cells)

def nul(cells):
    return cells + "\\0"

def half(cells):
    return pandas.Series(["\\ud800"] * len(cells), dtype=object)

NOT_A_FUNCTION = 1
"""
ROWS = """
def clean(rows):
    rows = rows[rows["code"] != "Total"]
    return rows.assign(x=rows["x"].map(lambda cell: {"one": "1", "two": "2"}[cell]))

def tell_line(rows):
    return rows.assign(x=rows["_line"].astype(str))

def reverse(rows):
    return rows.iloc[::-1].drop(columns="_line")

def none(rows):
    return rows.iloc[:0]

def more(rows):
    return rows.assign(net="1")

def twice(rows):
    return rows.loc[list(rows.index) * 2]

def renumbered(rows):
    return rows.set_axis(rows.index + 1)

def series(rows):
    return rows["x"]
"""


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """A directory with functions over cells and over rows."""
    (tmp_path / "cells.py").write_text(CELLS, "utf-8")
    (tmp_path / "rows.py").write_text(ROWS, "utf-8")
    return tmp_path


def over_cells(functions: Path, name: str, *cells: str, **options: Any) -> Mapped:
    """Map a column with a function of cells.py; the codes are single letters."""
    descriptor = goods(column("x", transform=f"cells.py:{name}", **options))
    return mapped_by(descriptor, list(zip("ABCDEFGH", cells, strict=False)), functions)


def over_rows(functions: Path, name: str, *rows: tuple[str, str], **options: Any) -> Mapped:
    """Map rows with a function of rows.py."""
    return mapped_by(by_rows(name, **options), rows, functions)


def by_rows(name: str, **options: Any) -> Descriptor:
    """Build a descriptor with a function of rows.py."""
    return goods(column("x", **options), transform=f"rows.py:{name}")


def test_a_function_changes_the_cells_of_a_column(functions: Path) -> None:
    """Then they are read as the column's type."""
    result = over_cells(functions, "double", "1.5", "", "2", type=ColumnType.DECIMAL)

    assert result.frame["c2"].to_list() == ["3.0", None, "4.0"]


def test_a_function_gets_what_is_left_after_trimming(functions: Path) -> None:
    """And its result is split and made rows of."""
    result = over_cells(functions, "upper", " a|b ", trim=True, split="|", explode=True)

    assert result.frame["c2"].to_list() == ["A", "B"]


def test_only_the_rows_that_make_a_function_fail_are_rejected(functions: Path) -> None:
    """With the message of the exception; the value in the issue is that of the file."""
    result = over_cells(functions, "double", "1", "2", "x", "4", "5", type=ColumnType.DECIMAL)

    assert result.frame["line"].to_list() == [2, 3, 5, 6]
    assert [(i.line, i.code, i.column, i.value, i.key) for i in result.issues] == [
        (4, Code.TRANSFORM_FAILED, "x", "x", "code=C")
    ]
    assert result.issues[0].message == (
        "'x' makes cells.py:double fail with ValueError: could not convert string to float: 'x'"
    )


def test_a_function_that_ends_the_program_only_fails(functions: Path) -> None:
    """The run goes on."""
    (issue,) = over_cells(functions, "leave", "1").issues

    assert issue.message == "'1' makes cells.py:leave fail with SystemExit: no more"


def test_a_failure_is_told_once(functions: Path) -> None:
    """A cell without a result is not an empty one too."""
    result = over_cells(functions, "strict", "", required=True, split="|", explode=True)

    assert [issue.code for issue in result.issues] == [Code.TRANSFORM_FAILED]
    assert (result.rejected, result.skipped) == (1, 0)


def test_what_a_function_spoils_before_it_fails_does_not_stay(functions: Path) -> None:
    """A second try gets the cells of the file again."""
    result = over_cells(functions, "spoil", "1", "2")

    assert [issue.value for issue in result.issues] == ["1", "2"]
    assert all("'spoiled'" in issue.message for issue in result.issues)


def test_a_cell_that_a_function_empties_is_empty(functions: Path) -> None:
    """None is no text."""
    default = {"on_empty": OnEmpty.DEFAULT, "default": "none"}

    result = over_cells(functions, "nothing", "1", "2", **default)

    assert result.frame["c2"].to_list() == ["none", "none"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("numbers", "returned cells of the type float64 instead of text"),
        ("shorter", "returned 1 cells for 2"),
        ("listed", "returned a list instead of a pandas Series"),
        ("nul", "returned text with a NUL character"),
        ("half", "returned text with half a character in it"),
    ],
)
def test_a_result_that_cannot_be_used_is_a_fault_of_the_file(
    functions: Path, name: str, message: str
) -> None:
    """Nobody could tell which notation a number has, or which cell is missing."""
    with pytest.raises(FileFaultError, match=f"cells.py:{name} {message}") as fault:
        over_cells(functions, name, "1", "2")

    assert [issue.code for issue in fault.value.issues] == [Code.BAD_TRANSFORM]


def test_a_function_changes_rows_and_leaves_some_out(functions: Path) -> None:
    """What it leaves out is skipped, what makes it fail is rejected; both are told."""
    result = over_rows(
        functions, "clean", ("A", "one"), ("Total", "9"), ("B", "three"), ("C", "two")
    )

    assert result.frame.rows() == [(2, "A", "1"), (5, "C", "2")]
    assert (result.rejected, result.skipped) == (1, 1)
    assert [(i.line, i.code, i.effect, i.message, i.key) for i in result.issues] == [
        (3, Code.LEFT_OUT, Effect.SKIPPED, "rows.py:clean left the row out", "code=Total"),
        (4, Code.TRANSFORM_FAILED, Effect.REJECTED,
         "rows.py:clean failed with KeyError: 'three'", "code=B"),
    ]  # fmt: skip


def test_a_function_over_rows_knows_their_lines(functions: Path) -> None:
    """And every row keeps its own, in the order of the file."""
    told = over_rows(functions, "tell_line", ("A", ""), ("B", ""))
    reversed_ = over_rows(functions, "reverse", ("A", "1"), ("B", "2"))

    assert told.frame.rows() == [(2, "A", "2"), (3, "B", "3")]
    assert reversed_.frame.rows() == [(2, "A", "1"), (3, "B", "2")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("more", "returned other columns than it was given: net"),
        ("twice", "returned rows that it was not given; rows keep their index"),
        ("renumbered", "returned rows that it was not given; rows keep their index"),
        ("series", "returned a Series instead of a pandas DataFrame"),
    ],
)
def test_rows_that_nobody_sent_are_a_fault_of_the_file(
    functions: Path, name: str, message: str
) -> None:
    """A row must be found again in the file, and a column in its header."""
    with pytest.raises(FileFaultError, match=message):
        over_rows(functions, name, ("A", "1"), ("B", "2"))


def test_a_function_may_leave_all_rows_out(functions: Path) -> None:
    """Then all are skipped; a batch without rows does not reach it."""
    assert over_rows(functions, "none", ("A", "1"), ("B", "2")).skipped == 2
    assert over_rows(functions, "clean").skipped == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other.py:f", "There is no such file"),
        ("cells.py:treble", "There is no function `treble`"),
        ("cells.py:NOT_A_FUNCTION", "There is no function `NOT_A_FUNCTION`"),
        ("broken.py:f", "The file cannot be loaded: ZeroDivisionError: division by zero"),
        ("wrong.py:f", "The file cannot be loaded: SyntaxError"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_a_fault_of_the_configuration(
    functions: Path, name: str, message: str
) -> None:
    """Told before the first row, with the file."""
    (functions / "broken.py").write_text("1 / 0", "utf-8")
    (functions / "wrong.py").write_text("def f(:", "utf-8")

    with pytest.raises(ConfigError, match=message):
        mapped_by(goods(decimal("x", transform=name)), [("A", "1")], functions)


def test_loading_a_function_leaves_python_as_it_was(functions: Path) -> None:
    """The directory is not on the path of modules, and the file shadows no other."""
    (functions / "json.py").write_text("def same(cells):\n    return cells\n", "utf-8")
    path, json = list(sys.path), sys.modules["json"]

    result = mapped_by(goods(column("x", transform="json.py:same")), [("A", "1")], functions)

    assert result.frame["c2"].to_list() == ["1"]
    assert (sys.path, sys.modules["json"]) == (path, json)
