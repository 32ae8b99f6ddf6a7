"""Rows become text files, as layout and style say."""

import gzip
from pathlib import Path

import pytest

from impex.domain.export_run import ExportState
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import (
    THREE,
    exported,
    files,
    goods_feed,
    lines,
    one_file,
    unwritten,
    written_group,
)
from tests.imports import bring, execute, rows


def test_fields_have_places_where_there_is_no_header(shop: Resources, tmp_path: Path) -> None:
    """Places that no column has are empty."""
    execute(shop, THREE)

    found = lines(
        shop,
        tmp_path,
        layout="{header: false}",
        columns=["{position: 4, to: code}", "{position: 1, to: stock, type: integer}"],
    )

    assert found == ["1,,,A", "2,,,B", "3,,,C"]


@pytest.mark.parametrize(
    ("export", "layout", "content"),
    [
        ("quoting: minimal", "{}", b"code,name,stock\nA,Apple,1\n"),
        ("quoting: text", "{}", b'"code","name","stock"\n"A","Apple",1\n'),
        ("quoting: all", "{}", b'"code","name","stock"\n"A","Apple","1"\n'),
        ("line_end: crlf", "{delimiter: ';'}", b"code;name;stock\r\nA;Apple;1\r\n"),
        ("bom: true", "{}", b"\xef\xbb\xbfcode,name,stock\nA,Apple,1\n"),
        ("bom: true", "{encoding: cp1251}", b"code,name,stock\nA,Apple,1\n"),
        (
            "bom: false",
            "{encoding: utf-16}",
            "\ufeffcode,name,stock\nA,Apple,1\n".encode("utf-16-le"),
        ),
        (
            "bom: true",
            "{encoding: utf-16-be}",
            "\ufeffcode,name,stock\nA,Apple,1\n".encode("utf-16-be"),
        ),
        (
            "quoting: minimal",
            "{encoding: utf-16-le}",
            "code,name,stock\nA,Apple,1\n".encode("utf-16-le"),
        ),
        ("quoting: minimal", "{encoding: utf-8-sig}", b"\xef\xbb\xbfcode,name,stock\nA,Apple,1\n"),
    ],
)
def test_a_text_file_is_written_as_its_reader_wants_it(
    shop: Resources, tmp_path: Path, export: str, layout: str, content: bytes
) -> None:
    """Quotes, delimiter, ends of lines, encoding and mark."""
    execute(shop, THREE)
    columns = ["code", "name", "{to: stock, type: integer}"]
    text = goods_feed(columns=columns, export=export, layout=layout, where="{code: A}")

    report = exported(shop, written_group(tmp_path, text))

    assert list(files(shop, report).values()) == [content]


def test_text_of_several_lines_keeps_its_line_ends(shop: Resources, tmp_path: Path) -> None:
    """Only the ends of rows are as declared."""
    execute(shop, "INSERT INTO shop.goods (code, name) VALUES ('A', E'one\\ntwo \"2\"\\r\\nthree')")
    text = goods_feed(columns=["code", "name"], export="line_end: crlf")

    (content,) = files(shop, exported(shop, written_group(tmp_path, text))).values()

    assert content == b'code,name\r\nA,"one\ntwo ""2""\r\nthree"\r\n'


def test_a_row_with_a_character_that_the_encoding_lacks_is_left_out_and_told(
    shop: Resources, tmp_path: Path
) -> None:
    """The others are written."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name) VALUES ('A', 'Яблоко'), ('B', '杯'), ('C', 'Чашка')",
    )
    text = goods_feed(columns=["code", "name"], layout="{encoding: cp1251}")

    report = exported(shop, written_group(tmp_path, text))

    (content,) = files(shop, report).values()
    assert content.decode("cp1251") == "code,name\nA,Яблоко\nC,Чашка\n"
    assert report.run.state is ExportState.REJECTED
    assert [message for _, _, message in unwritten(shop, report)] == [
        "the row behind row 1 has '杯' (U+676F), which cp1251 does not have"
    ]


def test_personal_data_is_not_told_of_rows_that_are_left_out(
    shop: Resources, tmp_path: Path
) -> None:
    """Neither what an encoding lacks, nor what has no word, nor what identifies the row."""
    execute(
        shop, "INSERT INTO shop.goods (code, name, kind) VALUES ('secret', 'hidden 杯', 'private')"
    )
    columns = ["{to: code, pii: true}", "{to: name, pii: true}"]
    enum = "{to: kind, type: enum, pii: true, values: {n: new}}"
    for more in ([], [enum]):
        text = goods_feed(columns=[*columns, *more], layout="{encoding: cp1251}")
        report = exported(shop, written_group(tmp_path, text))
        assert report.files[0].rejected == 1
    told = str(rows(shop, "SELECT value, message, record_key FROM impex.export_issue"))

    assert told.count("•••") == 3
    for secret in ("secret", "hidden", "private"):
        assert secret not in told


def test_a_file_is_packed_if_its_name_says_so(shop: Resources, tmp_path: Path) -> None:
    """And the manifest has the hash of what is there."""
    execute(shop, THREE)

    report = exported(shop, written_group(tmp_path, goods_feed(file="goods.csv.gz")))

    ((name, content),) = files(shop, report).items()
    assert (name, gzip.decompress(content)) == ("goods.csv.gz", b"code\nA\nB\nC\n")


@pytest.mark.parametrize(
    ("most", "parts"), [(1, ["A", "B", "C"]), (2, ["A,B", "C"]), (3, ["A,B,C"]), (9, ["A,B,C"])]
)
def test_files_are_split_after_so_many_rows(
    shop: Resources, tmp_path: Path, most: int, parts: list[str]
) -> None:
    """Each with the header, and with a number in its name."""
    execute(shop, THREE)
    text = goods_feed(file="goods-{part}.csv", export=f"split_rows: {most}")

    report = exported(shop, written_group(tmp_path, text))

    found = files(shop, report)
    assert [",".join(c.decode().split()[1:]) for c in found.values()] == parts
    assert list(found) == [f"goods-{n}.csv" for n in range(1, len(parts) + 1)]
    assert [piece.rows for piece in report.published] == [len(part.split(",")) for part in parts]


@pytest.mark.parametrize(
    ("empty", "file", "content"),
    [
        ("header", "goods.csv", [b"code,name\n"]),
        ("file", "goods.csv", [b""]),
        ("skip", "goods.csv", []),
        ("skip", "goods.xlsx", []),
        ("skip", "goods-{part}.csv", []),
        ("file", "goods-{part}.csv", [b""]),
    ],
)
def test_an_export_without_rows_is_what_was_asked_for(
    shop: Resources, tmp_path: Path, empty: str, file: str, content: list[bytes]
) -> None:
    """A file with its header, an empty one, or none."""
    split = "\n      split_rows: 1" if "part" in file else ""
    text = goods_feed(columns=["code", "name"], file=file, export=f"empty: {empty}{split}")

    report = exported(shop, written_group(tmp_path, text))

    assert list(files(shop, report).values()) == content
    assert report.run.state is ExportState.DONE


def test_an_export_whose_rows_are_all_left_out_has_none(shop: Resources, tmp_path: Path) -> None:
    """`skip` means the rows that can be written."""
    execute(shop, THREE)
    columns = ["code", "{to: kind, type: enum, values: {n: other}}"]
    text = goods_feed(columns=columns, export="empty: skip")

    report = exported(shop, written_group(tmp_path, text))

    assert (report.published, report.files[0].rejected) == ([], 3)


def test_an_amount_without_its_currency_is_told_and_not_dropped(
    shop: Resources, tmp_path: Path
) -> None:
    """The file would have nothing in its place."""
    execute(
        shop, "INSERT INTO shop.goods (code, price, note) VALUES ('A', 1.5, 'EUR'), ('B', 2, NULL)"
    )
    columns = ["code", "{to: price, type: money, currency_to: note}"]

    report = exported(shop, written_group(tmp_path, goods_feed(columns=columns)))

    assert one_file(shop, report) == "code,price\nA,1.5 EUR\n"
    assert unwritten(shop, report) == [("code=B", "price", "price is in no currency")]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("type: timestamp, format: '%d.%m.%Y %H:%M'", "2026-01-31 12:00:01+00", "more exact than"),
        ("type: timestamp, format: '%Y%m%d%H%M%S'", "2026-01-31 12:00:00.5+00", "more exact than"),
        ("type: timestamp, format: '%Y-%m-%d'", "2026-01-31 12:00+00", "more exact than"),
        ("type: timestamp, format: '%d.%m.%y %H:%M'", "1931-01-31 12:00+00", "of a century"),
        (
            "type: timestamp, timezone: Europe/Berlin, format: '%Y-%m-%d %H:%M'",
            "2026-10-25 00:30+00",
            "show twice",
        ),
    ],
)
def test_a_time_that_its_format_does_not_tell_is_told_where_the_file_is_imported(
    shop: Resources, tmp_path: Path, column: str, value: str, why: str
) -> None:
    """The import would change it; one that fits comes back."""
    with shop.database.transaction() as connection:
        connection.execute("INSERT INTO shop.goods (code, seen) VALUES ('A', %s)", [value])
        connection.execute(
            "INSERT INTO shop.goods (code, seen) VALUES ('B', '2026-01-31 00:00+00')"
        )
    columns = ["code", f"{{to: seen, {column}}}"]
    group = written_group(tmp_path, goods_feed(direction="both", columns=columns))

    report = exported(shop, group)

    ((key, _, message),) = unwritten(shop, report)
    assert (key, why in message) == ("code=A", True)
    back = bring(shop, group, {"goods.csv": one_file(shop, report)})
    assert back.totals == Counts(read=1, unchanged=1)
