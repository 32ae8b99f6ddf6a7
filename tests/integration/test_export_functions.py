"""Functions of the user change what is written, and policies say what faults do."""

from dataclasses import replace
from pathlib import Path

import pytest

from impex.domain.errors import DataError
from impex.domain.export_run import ExportState, WriteState
from impex.domain.layout import Audience
from impex.services.resources import Resources
from tests.exports import (
    THREE,
    beside,
    exported,
    functions,
    goods_feed,
    one_file,
    unwritten,
    written_group,
)
from tests.imports import execute, rows

pytestmark = pytest.mark.pooled

FUNCTIONS = """
def loud(cells):
    if (cells == "Cup").any():
        raise ValueError("no cups")
    return cells.str.upper()

def formula(cells):
    return "=" + cells

def rows(frame):
    if (frame["code"] == "B").any():
        raise ValueError("not B")
    frame["name"] = frame["name"] + "!"
    return frame[frame["code"] != "C"]
"""


def test_functions_change_cells_and_leave_out_rows_at_which_they_fail(
    shop: Resources, tmp_path: Path
) -> None:
    """Every such row is told."""
    execute(shop, THREE)
    functions(tmp_path, FUNCTIONS)
    columns = ["code", "{to: name, transform: 'words.py:loud'}", "{to: stock, type: integer}"]
    group = written_group(tmp_path, goods_feed(columns=columns, export="quoting: text"))
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, group)

    assert one_file(user, report) == '"code","name","stock"\n"A","APPLE",1\n"B",,2\n'
    assert [m for *_, m in unwritten(user, report)] == [
        "makes words.py:loud fail with ValueError: no cups"
    ]


def test_functions_change_rows_and_may_leave_some_out(shop: Resources, tmp_path: Path) -> None:
    """What they leave out is no fault; what makes them fail is."""
    execute(shop, THREE)
    functions(tmp_path, FUNCTIONS)
    text = goods_feed(columns=["code", "name"], descriptor="transform: words.py:rows")
    group = written_group(tmp_path, text)
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, group)

    assert one_file(user, report) == "code,name\nA,Apple!\n"
    assert [m for *_, m in unwritten(user, report)] == [
        "makes words.py:rows fail with ValueError: not B"
    ]


def test_what_functions_return_is_made_safe_for_spreadsheets(
    shop: Resources, tmp_path: Path
) -> None:
    """As all other text; and numbers are no text."""
    execute(shop, "INSERT INTO shop.goods (code, name, stock) VALUES ('A', '1', -1)")
    functions(tmp_path, FUNCTIONS)
    columns = ["code", "{to: name, transform: 'words.py:formula'}", "{to: stock, type: integer}"]
    group = written_group(tmp_path, goods_feed(columns=columns))
    user = replace(shop, user_files=beside(tmp_path))

    assert one_file(user, exported(user, group, audience=Audience.SPREADSHEET)) == (
        "code,name,stock\nA,'=1,-1\n"
    )
    assert one_file(user, exported(user, group)) == "code,name,stock\nA,=1,-1\n"


def test_a_character_that_the_encoding_lacks_leaves_out_a_row_of_functions_too(
    shop: Resources, tmp_path: Path
) -> None:
    """The others are written."""
    execute(shop, "INSERT INTO shop.goods (code, name) VALUES ('A', 'ok'), ('B', '杯')")
    functions(tmp_path, FUNCTIONS)
    columns = ["code", "{to: name, transform: 'words.py:loud'}"]
    group = written_group(tmp_path, goods_feed(columns=columns, layout="{encoding: cp1251}"))
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, group)

    assert one_file(user, report) == "code,name\nA,OK\n"
    assert report.files[0].rejected == 1


@pytest.mark.parametrize(
    ("policy", "run", "file"),
    [
        ("max_rejects: 1", ExportState.REJECTED, WriteState.WRITTEN),
        ("max_rejects: 40%", ExportState.REJECTED, WriteState.WRITTEN),
        ("max_rejects: 0", ExportState.REJECTED, WriteState.REFUSED),
        ("max_rejects: 10%", ExportState.REJECTED, WriteState.REFUSED),
        ("on_error: reject_rows", ExportState.REJECTED, WriteState.WRITTEN),
        ("on_error: reject_file", ExportState.REJECTED, WriteState.REFUSED),
    ],
)
def test_a_row_that_cannot_be_written_does_what_the_policy_says(
    shop: Resources, tmp_path: Path, policy: str, run: ExportState, file: WriteState
) -> None:
    """It is left out, or the whole file is."""
    execute(shop, THREE)
    columns = ["code", "{to: kind, type: enum, values: {n: new}}"]
    group = written_group(tmp_path, goods_feed(columns=columns, descriptor=policy))

    report = exported(shop, group)

    assert (report.run.state, report.files[0].state) == (run, file)
    assert (report.published == []) == (file is WriteState.REFUSED)
    assert unwritten(shop, report) == [
        ("code=B", "kind", "kind is none of the values that have a word")
    ]


def test_one_refused_file_refuses_all_where_the_policy_says_so(
    shop: Resources, tmp_path: Path
) -> None:
    """Nothing is published, and the run says why."""
    execute(shop, THREE)
    columns = ["code", "{to: kind, type: enum, values: {n: new}}"]
    text = goods_feed(columns=columns, descriptor="on_error: reject_package")
    group = written_group(tmp_path, text)

    with pytest.raises(DataError, match="feed is not published: goods was refused, 1 of 3 rows"):
        exported(shop, group)

    assert rows(shop, "SELECT state, messages[1] ~ 'not published' FROM impex.export") == [
        ("failed", True)
    ]
    assert not list(tmp_path.rglob("goods*.csv"))
