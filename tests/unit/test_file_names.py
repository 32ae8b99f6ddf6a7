"""Names of exported files are made from patterns, and never lead anywhere else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.file_name import fields, file_name, is_safe, pattern_fault

MOMENT = datetime(2026, 1, 31, 12, 5, 7, tzinfo=UTC)
FACTS = {"group": "feed", "descriptor": "goods", "run": "7", "part": "2", "shop": "S1"}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("goods.csv", "goods.csv"),
        ("{group}-{descriptor}-{run}-{part}.csv", "feed-goods-7-2.csv"),
        ("{date}.csv", "20260131-120507.csv"),
        ("{date:%Y-%m-%d}_{date:%H%M%S}.csv", "2026-01-31_120507.csv"),
        ("{shop}{shop}", "S1S1"),
        ("Größe 1.csv", "Größe 1.csv"),
    ],
)
def test_what_stands_in_braces_is_filled_in(pattern: str, name: str) -> None:
    """With the facts of the run, and the group's parameters."""
    assert pattern_fault(pattern, ["shop"]) is None
    assert file_name(pattern, FACTS, MOMENT) == name


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("{nobody}.csv", "contains {nobody}; possible are {date}, {group}"),
        ("{run:03}.csv", "gives a form to {run}; only {date:…} has one"),
        ("{date:%c}.csv", "contains `%c` in its date"),
        ("{date:%}.csv", "contains `%%` in its date"),
        ("{date:%%}.csv", "contains `%%` in its date"),
        ("a{.csv", "has a brace that belongs to no name"),
        ("{{run}}.csv", "has a brace that belongs to no name"),
        ("a/b.csv", "must be a plain file name"),
        ("../b.csv", "must be a plain file name"),
        ("{date:%Y/%m}.csv", "must be a plain file name"),
        (".hidden", "must be a plain file name"),
        ("-f", "must be a plain file name"),
        ("", "must be a plain file name"),
        ("a\n.csv", "must be a plain file name"),
    ],
)
def test_a_pattern_with_a_fault_is_explained(pattern: str, fault: str) -> None:
    """As the end of a sentence."""
    assert fault in str(pattern_fault(pattern))


@given(st.text(max_size=300))
def test_a_name_is_one_file_of_one_folder_or_is_refused(text: str) -> None:
    """Whatever a parameter holds."""
    if not is_safe(f"{text}.csv"):
        with pytest.raises(ValueError, match="cannot be the name of a file"):
            file_name("{shop}.csv", {"shop": text}, MOMENT)
        return
    name = file_name("{shop}.csv", {"shop": text}, MOMENT)
    assert name == f"{text}.csv"
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|\0\n\r')
    assert name[0] not in ".- "


@pytest.mark.parametrize("name", ["x" * 201, "ü" * 101, "a.", "a ", "\ud800", "a\x7f"])
def test_a_name_that_some_file_system_cannot_hold_is_unsafe(name: str) -> None:
    """Long ones are measured in bytes."""
    assert not is_safe(name)


def test_the_names_in_braces_are_found() -> None:
    """Each once."""
    assert fields("{a}-{date:%Y}-{a}.csv") == {"a", "date"}
