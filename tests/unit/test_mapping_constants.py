"""Constants tell facts of the run where they name them, and are plain text otherwise."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from impex.domain.constants import SAMPLES, Facts, varies
from tests.groups import column, goods
from tests.unit.mapped_cells import mapped_by


def told(constant: str) -> list[str]:
    """Return what a constant becomes in two rows."""
    result = mapped_by(goods(column("x", constant=constant)), [("A",), ("B",)])
    return result.frame["c2"].to_list()


@pytest.mark.parametrize(
    ("constant", "text"),
    [
        ("${now}", "2026-01-31 12:00:00+00:00"),
        ("${today}", "2026-01-31"),
        ("${run_id}", "7"),
        ("${group}", "shop"),
        ("${package}", "goods.zip"),
        ("${file_name}", "goods.csv"),
        ("from ${package}, run ${run_id}.", "from goods.zip, run 7."),
        ("$5 {group} ${1} ${}", "$5 {group} ${1} ${}"),
        ("", ""),
    ],
)
def test_a_placeholder_stands_for_a_fact(constant: str, text: str) -> None:
    """All other text stays as it is."""
    assert told(constant) == [text, text]


def test_a_constant_may_tell_the_line() -> None:
    """So that a row can be found again in the file."""
    assert told("line ${line}") == ["line 2", "line 3"]


def test_every_row_gets_a_uuid_of_its_own() -> None:
    """A random one, in the usual form."""
    texts = told("${uuid}")

    first, second = map(UUID, texts)
    assert [str(first), str(second)] == texts
    assert first != second
    assert (first.version, first.variant) == (4, "specified in RFC 4122")


def test_today_is_the_day_where_the_group_lives() -> None:
    """At half past eleven in the evening it is tomorrow further east."""
    night = datetime(2026, 1, 31, 23, 30, tzinfo=ZoneInfo("America/New_York"))

    texts = Facts(1, "g", "p", "f", night).texts()

    assert (texts["today"], texts["now"]) == ("2026-01-31", "2026-02-01 04:30:00+00:00")


@pytest.mark.parametrize(
    ("constant", "expected"),
    [("x", False), ("${1}", False), ("${group}", False), ("${group} ${line}", True)],
)
def test_a_constant_varies_if_the_same_rows_may_get_another_one(
    constant: str, expected: bool
) -> None:
    """Only the group is the same in every run."""
    assert varies(column("x", constant=constant)) is expected


def test_every_other_placeholder_varies() -> None:
    """A row that differs in nothing else is unchanged."""
    steady = [name for name in SAMPLES if not varies(column("x", constant=f"${{{name}}}"))]

    assert steady == ["group"]
    assert not varies(column("x"))
