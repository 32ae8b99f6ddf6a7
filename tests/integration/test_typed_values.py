"""What the mapping makes of cells is what the table then holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from impex.config.user_files import UserFiles
from impex.domain.column import ColumnType
from impex.domain.errors import ConfigError
from impex.domain.group import Descriptor
from impex.domain.layout import Layout
from impex.domain.report import Counts
from impex.domain.table import Table
from impex.services.resources import Resources
from tests.groups import column, descriptor, group, integer
from tests.imports import bring, execute, issues, rows

TYPED = """
    CREATE TABLE shop.typed (
        code     text NOT NULL UNIQUE,
        price    numeric(10, 2),
        currency text,
        opens    time,
        seen     timestamptz,
        local    timestamp,
        day      date,
        number   uuid,
        state    text,
        tags     jsonb,
        active   boolean,
        source   text,
        imported timestamptz
    )
"""
SIZED = "CREATE TABLE shop.typed (code text, size integer, UNIQUE (code, size))"
BERLIN: dict[str, Any] = {"type": ColumnType.TIMESTAMP, "timezone": "Europe/Berlin"}


@pytest.fixture
def typed(resources: Resources) -> Resources:
    """A table with a column of every type."""
    execute(resources, TYPED)
    return resources


def of_typed(*columns: Any, **options: Any) -> Descriptor:
    """Build a descriptor of typed*.csv, which fills shop.typed by ``code``."""
    known: dict[str, Any] = {"table": Table("shop", "typed"), "key": ("code",), **options}
    return descriptor("typed", columns=(column("code"), *columns), **known)


def test_cells_of_every_type_arrive_in_the_table(typed: Resources) -> None:
    """PostgreSQL reads each as the value that the file means."""
    columns = (
        column("price", type=ColumnType.MONEY, locale="de", currency_to="currency"),
        column("opens", type=ColumnType.TIME, format="%I:%M %p"),
        column("seen", **BERLIN),
        column("local", source="seen", **BERLIN),
        column("day", type=ColumnType.DATE, formats=("%d.%m.%Y", "%d.%m.%y")),
        column("number", type=ColumnType.UUID),
        column("state", type=ColumnType.ENUM, values=(("neu", "new"),)),
        column("tags", split="|"),
        column("active", type=ColumnType.BOOLEAN, yes=("ja",), no=("nein",)),
    )
    text = (
        "code;price;opens;seen;day;number;state;tags;active\n"
        "A;1.234,50 €;2:05 PM;2026-07-01 12:00;31.12.69;"
        "123e4567e89b42d3a456426614174000;Neu;a | 'b'|;JA\n"
    )

    descriptor_ = of_typed(*columns, layout=Layout(delimiter=";"))
    report = bring(typed, group(descriptor_), {"typed.csv": text})

    assert issues(typed, report) == []
    assert rows(typed, "SELECT * FROM shop.typed") == [
        (
            "A",
            Decimal("1234.50"),
            "EUR",
            time(14, 5),
            datetime(2026, 7, 1, 10, tzinfo=UTC),
            datetime.fromisoformat("2026-07-01T10:00"),
            date(1969, 12, 31),
            UUID("123e4567e89b42d3a456426614174000"),
            "new",
            ["a", "'b'"],
            True,
            None,
            None,
        )
    ]


def test_every_row_that_a_list_makes_has_one_fate(resources: Resources) -> None:
    """Good, bad and empty lists add up to what was read."""
    execute(resources, SIZED)
    sizes = of_typed(integer("size", split="|", explode=True), key=("code", "size"))
    text = "code,size\nA,1|2\nB,\nC,3|x\nD,4,\n"

    report = bring(resources, group(sizes), {"typed.csv": text})

    assert report.totals == Counts(read=6, inserted=3, skipped=1, rejected=2)
    assert rows(resources, "SELECT code, size FROM shop.typed ORDER BY 1, 2") == [
        ("A", 1), ("A", 2), ("C", 3),
    ]  # fmt: skip


def test_facts_of_the_run_are_written_and_are_no_reason_to_write(typed: Resources) -> None:
    """An equal row keeps the name of the file that brought it."""
    facts = group(
        of_typed(
            column("state"),
            column("source", constant="${package}/${file_name}:${line}"),
            column("imported", constant="${now}", type=ColumnType.TIMESTAMP),
        )
    )
    bring(typed, facts, {"typed.csv": "code,state\nA,x\nB,x\n"}, "first.zip")

    report = bring(typed, facts, {"typed.csv": "code,state\nB,y\nA,x\n"}, "second.zip")

    assert report.totals == Counts(read=2, updated=1, unchanged=1)
    found = rows(
        typed,
        "SELECT code, source, imported > now() - '1 hour'::interval FROM shop.typed ORDER BY 1",
    )
    assert found == [("A", "first.zip/typed.csv:2", True), ("B", "second.zip/typed.csv:2", True)]


def test_a_function_of_the_user_changes_cells_on_their_way(
    typed: Resources, tmp_path: Path
) -> None:
    """Where it fails, the row is rejected with the message of its exception."""
    code = "def known(cells):\n    return cells.map({'n': 'new'}.__getitem__)\n"
    (tmp_path / "transforms").mkdir()
    (tmp_path / "transforms" / "states.py").write_text(code, "utf-8")
    resources = replace(typed, user_files=UserFiles(tmp_path))

    report = bring(
        resources,
        group(of_typed(column("state", transform="states.py:known"))),
        {"typed.csv": "code,state\nA,n\nB,u\nC,n\n"},
    )

    assert report.totals == Counts(read=3, inserted=2, rejected=1)
    (issue,) = issues(resources, report)
    assert issue["message"] == "'u' makes states.py:known fail with KeyError: 'u'"


def test_a_function_that_is_missing_stops_the_run(typed: Resources) -> None:
    """Nothing is wrong with the data, so nothing is rejected."""
    missing = group(of_typed(column("state", transform="states.py:known")))

    with pytest.raises(ConfigError, match=r"states\.py: There is no such file"):
        bring(typed, missing, {"typed.csv": "code,state\nA,n\n"})

    assert rows(typed, "SELECT state FROM impex.job") == [("failed",)]
    assert rows(typed, "SELECT count(*) FROM impex.ledger") == [(0,)]


def test_columns_that_nobody_named_are_in_the_report(typed: Resources) -> None:
    """A person sees that something is not imported."""
    report = bring(typed, group(of_typed()), {"typed.csv": "code,colour\nA,red\n"})

    assert report.notes == (
        "typed.csv: columns that the descriptor does not name are not imported: colour",
    )


def test_personal_data_does_not_reach_the_issues(typed: Resources) -> None:
    """Neither that of a wrong cell, nor that of a record that cannot be taken apart."""
    private = group(
        of_typed(column("state", pii=True, pattern="[a-z]+"), layout=Layout(total_row="T"))
    )
    text = "code,state\nA,SECRET\nTotal,SECRET\n"

    report = bring(typed, private, {"typed.csv": text})

    found = issues(typed, report)
    assert [(issue["line"], issue["value"]) for issue in found] == [
        (2, "••• (6 characters)"), (3, "•••"),
    ]  # fmt: skip
    assert "SECRET" not in str(found)
