"""What spreadsheets open: no text becomes a formula, no value another one."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from impex.domain.layout import Audience
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import exported, files, goods_feed, lines, records, unwritten, written_group
from tests.imports import bring, execute

DANGEROUS = """
    INSERT INTO shop.goods (code, name, stock, price)
    SELECT 'A' || n, t, -n, 0 FROM unnest(ARRAY['=1+1', '+1', '-1', '@x', E'\\t=1', E'\\r=1', '''=1',
        'a=1', '']) WITH ORDINALITY u (t, n)
"""

AS_WRITTEN = ["'=1+1", "'+1", "'-1", "'@x", "'\t=1", "'\r=1", "''=1", "a=1", ""]


@pytest.mark.parametrize("file", ["goods.csv", "goods.xlsx"])
def test_texts_that_look_like_formulas_are_escaped_for_spreadsheets_and_come_back(
    shop: Resources, tmp_path: Path, file: str
) -> None:
    """Numbers never are."""
    execute(shop, DANGEROUS)
    columns = ["code", "{to: name, on_empty: keep}", "{to: stock, type: integer}"]
    group = written_group(tmp_path, goods_feed(direction="both", columns=columns, file=file))

    report = exported(shop, group, audience=Audience.SPREADSHEET)

    ((_, content),) = files(shop, report).items()
    found = _sheet(content) if file.endswith("xlsx") else records(content.decode())
    # Spreadsheets have a way of their own to write a carriage return.
    assert [(row[1] or "").replace("_x000D_", "\r") for row in found[1:]] == AS_WRITTEN
    assert [int(row[2]) for row in found[1:]] == [-n for n in range(1, 10)]
    back = bring(shop, group, content, name=file)
    assert back.totals == Counts(read=9, unchanged=9)


def test_other_systems_get_texts_as_they_are(shop: Resources, tmp_path: Path) -> None:
    """Unless the layout says who opens the file; a workbook is always opened by a person."""
    execute(shop, "INSERT INTO shop.goods (code, name) VALUES ('A', '=1')")
    columns = ["code", "name"]

    plain = lines(shop, tmp_path, columns=columns)
    declared = lines(shop, tmp_path, columns=columns, layout="{audience: spreadsheet}")
    book = exported(shop, written_group(tmp_path, goods_feed(columns=columns, file="goods.xlsx")))
    system = goods_feed(columns=columns, file="goods.xlsx", layout="{audience: system}")

    assert (plain[1], declared[1]) == ("A,=1", "A,'=1")
    assert _sheet(next(iter(files(shop, book).values())))[1] == ("A", "'=1")
    as_is = exported(shop, written_group(tmp_path, system))
    assert _sheet(next(iter(files(shop, as_is).values())))[1] == ("A", "=1")


def test_a_workbook_has_numbers_dates_and_truth(shop: Resources, tmp_path: Path) -> None:
    """Where the descriptor does not declare how they are written."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, price, stock, active, released) VALUES ('A', 1.5, 2, true, '2026-01-31')",
    )
    columns = [
        "code", "{to: price, type: decimal}", "{to: stock, type: integer}", "{to: active, type: boolean}",
        "{to: released, type: date}", "{from: day, to: released, type: date, format: '%d.%m.%Y'}",
    ]  # fmt: skip

    report = exported(shop, written_group(tmp_path, goods_feed(columns=columns, file="goods.xlsx")))

    ((_, content),) = files(shop, report).items()
    (row,) = _sheet(content)[1:]
    assert [str(cell) for cell in row] == [
        "A",
        "1.5",
        "2",
        "True",
        "2026-01-31 00:00:00",
        "31.01.2026",
    ]


def test_a_text_that_is_too_long_for_a_cell_is_told(shop: Resources, tmp_path: Path) -> None:
    """One of the greatest length comes back, whatever it begins with."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name) VALUES ('A', repeat('x', 32767)),"
        " ('B', '=' || repeat(E'\\r', 4680)), ('C', repeat(E'\\r', 4681))",
    )
    columns = ["code", "name"]
    group = written_group(
        tmp_path, goods_feed(direction="both", columns=columns, file="goods.xlsx")
    )

    report = exported(shop, group)

    assert unwritten(shop, report) == [
        (f"code={code}", "name", "name has more than 32,766 characters, the most a cell holds")
        for code in "AC"
    ]
    ((name, content),) = files(shop, report).items()
    assert bring(shop, group, content, name=name).totals == Counts(read=1, unchanged=1)


def _sheet(content: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return list(book.active.values)
