"""Yes and no, the values of an enum, and UUIDs."""

from typing import Any

import pytest

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.issue_codes import Code
from tests.unit.mapped_cells import code_of, issues_of, value_of

STATES = (("aktiv", "active"), ("inaktiv", "inactive"), ("X", "upper"), ("x", "lower"))
ENUM: dict[str, Any] = {"type": ColumnType.ENUM, "values": STATES}


def test_yes_and_no_are_the_words_of_the_column() -> None:
    """In any case; the usual words do not count beside them."""
    words: dict[str, Any] = {"type": ColumnType.BOOLEAN, "yes": ("ja", "j"), "no": ("nein",)}

    assert value_of("Ja", **words) == "true"
    assert value_of(" NEIN ", **words) == "false"
    assert code_of("yes", **words) is Code.BAD_BOOLEAN


def test_a_default_is_yes_or_no_in_the_usual_words() -> None:
    """The descriptor writes it plainly, whatever the file says."""
    words: dict[str, Any] = {"type": ColumnType.BOOLEAN, "yes": ("ja",), "no": ("nein",)}

    assert value_of("", **words, on_empty=OnEmpty.DEFAULT, default="no") == "false"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("aktiv", "active"), ("Inaktiv", "inactive"), (" AKTIV ", "active"), ("X", "upper"),
     ("x", "lower")],
)  # fmt: skip
def test_a_word_of_an_enum_becomes_its_value(cell: str, value: str) -> None:
    """As it is written; in another case only where that is clear."""
    assert value_of(cell, **ENUM) == value


def test_another_word_is_an_issue_that_names_the_right_ones() -> None:
    """What is written for them does not count as a word of the file."""
    (issue,) = issues_of("active", **ENUM)

    assert issue.code is Code.BAD_ENUM
    assert issue.message == "'active' is none of aktiv, inaktiv, X, x"


def test_the_default_of_an_enum_is_a_value_and_no_word() -> None:
    """It is written to the table as it is."""
    assert value_of("", **ENUM, on_empty=OnEmpty.DEFAULT, default="active") == "active"


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ("123e4567-e89b-42d3-a456-426614174000", True),
        (" 123E4567-E89B-42D3-A456-426614174000 ", True),
        ("123e4567e89b42d3a456426614174000", True),
        ("{123e4567-e89b-42d3-a456-426614174000}", False),
        ("123e4567-e89b-42d3-a456-42661417400", False),
        ("123e4567-e89b42d3-a456-426614174000", False),
        ("123e4567-e89b-42d3-a456-42661417400g", False),
    ],
)
def test_a_uuid_has_32_hexadecimal_digits(cell: str, good: bool) -> None:
    """In the usual groups, or in none."""
    issues = issues_of(cell, type=ColumnType.UUID)

    assert [issue.code for issue in issues] == ([] if good else [Code.BAD_UUID])
