"""A list in a cell becomes a JSON array, or a row for each of its elements."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.column import ColumnType, OnEmpty, Regex
from impex.domain.issue_codes import Code
from impex.domain.issues import Effect
from tests.groups import column, goods, integer
from tests.unit.mapped_cells import issues_of, mapped, mapped_by, value_of

EXPLODE: dict[str, Any] = {"split": "|", "explode": True}
ELEMENTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="|\0"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("a|b", '["a","b"]'),
        (" a | b c |", '["a","b c"]'),
        ("||a", '["a"]'),
        ('"|\\', '["\\"","\\\\"]'),
        ("|", None),
        ("", None),
    ],
)
def test_a_list_becomes_a_json_array(cell: str, value: str | None) -> None:
    """Blanks around elements and empty elements do not count; without elements it is empty."""
    assert value_of(cell, split="|") == value


@given(elements=st.lists(ELEMENTS.filter(lambda text: text.strip())))
def test_every_list_is_read_back_from_its_array(elements: list[str]) -> None:
    """Whatever characters stand in it."""
    value = value_of("|".join(elements), split="|")

    found = json.loads(str(value)) if value else []
    # Python counts control characters among the blanks that it strips, Unicode does not.
    assert [element.strip() for element in found] == [element.strip() for element in elements]


def test_a_list_without_elements_is_an_empty_cell() -> None:
    """So its default and its being required are those of any other."""
    assert value_of(" | ", split="|", on_empty=OnEmpty.DEFAULT, default="[]") == "[]"
    (issue,) = issues_of("|", split="|", required=True)
    assert (issue.code, issue.message) == (Code.EMPTY_VALUE, "x is empty")


def test_a_pattern_takes_a_part_of_the_cell_before_it_is_split() -> None:
    """What the list is written into falls away."""
    assert value_of("[a|b]", split="|", regex=Regex(r"^\[(.*)\]$", "${1}")) == '["a","b"]'


def test_every_element_makes_a_row() -> None:
    """The other cells are repeated; the rows of a record are numbered."""
    columns = [integer("size", **EXPLODE), column("name")]

    result = mapped(columns, [("A", "1| 2", "x"), ("B", "3", "y")])

    assert result.frame.columns == ["line", "part", "c1", "c2", "c3"]
    assert result.frame.rows() == [
        (2, 1, "A", "1", "x"),
        (2, 2, "A", "2", "x"),
        (3, 1, "B", "3", "y"),
    ]


def test_a_record_without_elements_makes_no_row_and_is_told() -> None:
    """It is skipped on purpose, and counted."""
    result = mapped([column("size", **EXPLODE)], [("A", ""), ("B", " | "), ("C", "1")])

    assert result.frame.rows() == [(4, 1, "C", "1")]
    assert (result.rejected, result.skipped) == (0, 2)
    assert [(i.line, i.code, i.effect, i.value, i.key) for i in result.issues] == [
        (2, Code.EMPTY_LIST, Effect.SKIPPED, "", "code=A"),
        (3, Code.EMPTY_LIST, Effect.SKIPPED, " | ", "code=B"),
    ]


def test_a_record_without_elements_may_have_a_default_or_be_wrong() -> None:
    """As the column says of any empty cell."""
    default = {"on_empty": OnEmpty.DEFAULT, "default": "0"}

    filled = mapped([integer("size", **EXPLODE, **default)], [("A", "|")])
    required = mapped([integer("size", **EXPLODE, required=True)], [("A", "|")])

    assert filled.frame.rows() == [(2, 1, "A", "0")]
    assert [issue.code for issue in required.issues] == [Code.EMPTY_VALUE]
    assert (required.rejected, required.skipped) == (1, 0)


def test_only_the_rows_of_bad_elements_are_rejected() -> None:
    """The issue shows the element, not the list."""
    result = mapped([integer("size", **EXPLODE)], [("A", "1|x|3|y")])

    assert result.frame["part"].to_list() == [1, 3]
    assert result.rejected == 2
    assert [(issue.line, issue.value) for issue in result.issues] == [(2, "x"), (2, "y")]


def test_a_fault_that_all_rows_of_a_record_share_is_told_once() -> None:
    """All of them are rejected for it."""
    result = mapped([integer("size", **EXPLODE), integer("stock")], [("A", "1|2|3", "x")])

    assert result.rejected == 3
    assert [(issue.column, issue.value) for issue in result.issues] == [("stock", "x")]


def test_patterns_types_and_limits_are_those_of_the_elements() -> None:
    """Each element is a cell of its own."""
    sizes = integer("size", **EXPLODE, regex=Regex("([0-9]+) cm", "${1}"), maximum="50")

    result = mapped([sizes], [("A", "40 cm|60 cm|50")])

    assert result.frame["c2"].to_list() == ["40"]
    assert {issue.value: issue.code for issue in result.issues} == {
        "60 cm": Code.TOO_LARGE,
        "50": Code.PATTERN_MISMATCH,
    }


def test_an_element_may_be_a_part_of_the_key() -> None:
    """Then each row has a key of its own."""
    descriptor = goods(integer("size", **EXPLODE), key=("code", "size"))

    result = mapped_by(descriptor, [("A", "1|x")])

    assert [issue.key for issue in result.issues] == ["code=A, size=x"]


def test_a_key_without_elements_makes_no_row() -> None:
    """A key is required in every row, but nobody says that every list has elements."""
    descriptor = goods(integer("size", **EXPLODE), key=("code", "size"))

    result = mapped_by(descriptor, [("A", ""), ("B", "1")])

    assert (result.frame.height, result.rejected, result.skipped) == (1, 0, 1)


def test_a_batch_without_rows_stays_without_rows() -> None:
    """A file may have a header only."""
    assert mapped([column("size", **EXPLODE), column("x", split=";")], []).frame.height == 0


def test_a_lookup_by_several_columns_keeps_a_cell_of_each() -> None:
    """They are checked one by one, each under its own name."""
    descriptor = goods(integer("brand", sources=("maker", "land"), required=True), column("name"))

    result = mapped_by(descriptor, [("A", "1", "2", "x"), ("B", "1", "", "y"), ("C", "z", "2", "")])

    assert result.frame.columns == ["line", "c1", "c2", "c2_2", "c3"]
    assert result.frame.rows() == [(2, "A", "1", "2", "x")]
    assert [(i.column, i.code) for i in result.issues] == [
        ("land", Code.EMPTY_VALUE),
        ("maker", Code.BAD_INTEGER),
    ]


def test_all_columns_stand_in_the_order_of_the_contract() -> None:
    """What the staging table is built by."""
    money: dict[str, Any] = {"type": ColumnType.MONEY, "currency_to": "currency"}
    descriptor = goods(
        column("price", **money),
        column("size", **EXPLODE),
        column("brand", sources=("a", "b", "c")),
        column("kind", constant="x"),
    )

    result = mapped_by(descriptor, [("A", "5 EUR", "1", "x", "y", "z")])

    assert result.frame.columns == [
        "line", "part", "c1", "c2", "c2_currency", "c3", "c4", "c4_2", "c4_3", "c5",
    ]  # fmt: skip
    assert result.frame.row(0)[3:5] == ("5", "EUR")
