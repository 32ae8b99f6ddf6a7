"""Rows become text files and workbooks, as the options of a descriptor say."""

import csv
import gzip
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from impex.domain.errors import ConfigError, DataError
from impex.domain.export_run import ExportState, WriteState
from impex.domain.layout import Audience
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import beside, exported, files, goods_feed, one_file, unwritten, written_group
from tests.imports import bring, execute, rows

THREE = """
    INSERT INTO shop.goods (code, name, price, stock, kind, brand_id) VALUES
        ('A', 'Apple', 1.5, 1, 'new', (SELECT id FROM shop.brand WHERE name = 'HP')),
        ('B', NULL, 20, 2, 'old', (SELECT id FROM shop.brand WHERE name = 'Dell')),
        ('C', 'Cup', NULL, 3, 'new', NULL)
"""
BRAND = "{from: brand, to: brand_id, lookup: {table: shop.brand, by: name}}"


def lines(resources: Resources, directory: Path, **options: Any) -> list[str]:
    """Export goods and return the lines of the only file."""
    params = options.pop("given", {})
    group = written_group(directory, goods_feed(**options))
    user = replace(resources, user_files=beside(directory))
    return one_file(user, exported(user, group, params=params)).splitlines()


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ("{kind: new}", "AC"),
        ("{kind: [new, old], stock: [2, 3]}", "BC"),
        ("{name: ~}", "B"),
        ("{name: [~, Cup]}", "BC"),
        ("{brand_id: HP}", "A"),
        ("{brand_id: [~, Dell]}", "BC"),
        ("{kind: '${kind}'}", "AC"),
        ("{code: '${hostile}'}", ""),
    ],
)
def test_filters_choose_rows(shop: Resources, tmp_path: Path, where: str, codes: str) -> None:
    """By a value, one of several, nothing at all, what a lookup finds, or a parameter."""
    execute(shop, THREE)
    publish = """{params: {kind: new, hostile: "' OR true --"}}"""

    found = lines(shop, tmp_path, columns=["code", BRAND], where=where, publish=publish)

    assert [line[0] for line in found[1:]] == list(codes)


def test_a_parameter_is_given_for_one_run(shop: Resources, tmp_path: Path) -> None:
    """Those that are not given are as usual; unknown ones are refused."""
    execute(shop, THREE)
    how = {"where": "{kind: '${kind}'}", "publish": "{params: {kind: new}}"}

    assert lines(shop, tmp_path, **how, given={"kind": "old"}) == ["code", "B"]
    with pytest.raises(DataError, match=r"has no parameter 'kond'\. There are: kind\."):
        lines(shop, tmp_path, **how, given={"kond": "old"})


def test_a_parameter_that_is_no_value_of_its_column_is_refused(
    shop: Resources, tmp_path: Path
) -> None:
    """Before anything is written, and no run is left behind."""
    how = {"where": "{stock: '${stock}'}", "publish": "{params: {stock: '1'}}"}

    with pytest.raises(ConfigError, match='invalid input syntax for type smallint: "many"'):
        lines(shop, tmp_path, **how, given={"stock": "many"})

    assert rows(shop, "SELECT count(*) FROM impex.export") == [(0,)]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ("sort: kind", ["A", "C", "B"]),
        ("sort: [kind, stock]", ["A", "C", "B"]),
        ("sort: name", ["A", "C", "B"]),
        ("empty: header", ["A", "B", "C"]),
    ],
)
def test_rows_are_sorted(shop: Resources, tmp_path: Path, options: str, codes: list[str]) -> None:
    """By the columns named, with nothing at the end; otherwise by the key."""
    execute(shop, THREE)

    assert lines(shop, tmp_path, export=options)[1:] == codes


def test_constants_are_written_where_they_have_a_name_and_choose_rows_where_they_have_none(
    shop: Resources, tmp_path: Path
) -> None:
    """As an import of the file would set them for all of its rows."""
    execute(shop, THREE)

    found = lines(
        shop,
        tmp_path,
        columns=["code", "{from: shop, to: note, constant: '=S'}", "{to: kind, constant: new}"],
    )

    assert found == ["code,shop", "A,=S", "C,=S"]


def test_an_export_that_is_imported_too_tells_only_rows_that_its_constants_are_true_of(
    shop: Resources, tmp_path: Path
) -> None:
    """Also where the constant is looked up."""
    execute(shop, THREE)
    group = written_group(
        tmp_path,
        goods_feed(
            direction="both",
            columns=[
                "code",
                "name",
                "{to: brand_id, constant: HP, lookup: {table: shop.brand, by: name}}",
            ],
        ),
    )

    report = exported(shop, group)

    assert one_file(shop, report) == "code,name\nA,Apple\n"
    back = bring(shop, group, {"goods.csv": one_file(shop, report)})
    assert back.totals == Counts(read=1, unchanged=1)


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


QUERY = """\
-- ${kind} is what a person asks for, "as" they 'like
SELECT code, name, '{%' || ${kind} || '%s}' AS kind /* not ${kind} */
  FROM shop.goods WHERE kind = ${kind} OR ${kind} <> 'new';
-- that's all; really
"""


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "it's",
        "'; DROP TABLE shop.goods; --",
        "\\'; DROP TABLE shop.goods; --",
        "100 % %s %(x)s",
        "{} {0} {x}",
        "${kind} ${other}",
        "one\n*/ two",
        "",
    ],
)
def test_a_query_is_given_parameters_as_nothing_but_text(
    shop: Resources, tmp_path: Path, value: str
) -> None:
    """Whatever is in them; comments, quotes and the semicolon of the query do not matter."""
    execute(shop, THREE)
    queries(tmp_path, QUERY)
    text = query_feed("{kind: new, other: x}", ["code", "kind"])
    group = written_group(tmp_path, text)
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, group, params={"kind": value})

    ((_, content),) = files(user, report).items()
    book = [row[1] for row in _records(content.decode())[1:]]
    assert book == ["{%" + value + "%s}"] * 3


@pytest.mark.parametrize(
    "query",
    ["SELECT 'x${kind}' AS code", "SELECT E'\\'${kind}' AS code", 'SELECT 1 AS "${kind}"',
     "SELECT $a$ ${kind} $a$ AS code", "SELECT '''${kind}' AS code"],
)  # fmt: skip
def test_a_parameter_within_quotes_of_a_query_is_refused(
    shop: Resources, tmp_path: Path, query: str
) -> None:
    """There its value would end the quotes."""
    queries(tmp_path, query)
    group = written_group(tmp_path, query_feed("{kind: new}", ["code"]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(ConfigError, match=r"has \$\{kind\} within quotes"):
        exported(user, group)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT nothing FROM shop.goods", 'column "nothing" does not exist'),
        (
            "SELECT code FROM shop.goods WHERE stock = ${kind}",
            "invalid input syntax for type smallint",
        ),
        ("SELECT ${kond} AS code", r"has the unknown parameter \$\{kond\}"),
        ("SELECT 1; DROP TABLE shop.goods", "syntax error"),
        ("SELECT name FROM shop.goods", "has no column code"),
        ("", "syntax error"),
    ],
)
def test_a_query_that_cannot_be_run_is_refused_before_anything_is_written(
    shop: Resources, tmp_path: Path, query: str, why: str
) -> None:
    """With what PostgreSQL says of it."""
    queries(tmp_path, query)
    group = written_group(tmp_path, query_feed("{kind: new}", ["code"]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(ConfigError, match=why):
        exported(user, group)

    assert rows(shop, "SELECT count(*) FROM impex.export") == [(0,)]


def test_a_query_that_fails_at_a_row_ends_the_export(shop: Resources, tmp_path: Path) -> None:
    """In words, and the run is known to have failed."""
    execute(shop, THREE)
    queries(tmp_path, "SELECT (1 / (stock - 2))::text AS code FROM shop.goods")
    group = written_group(tmp_path, query_feed("{kind: new}", ["code"]))
    user = replace(shop, user_files=beside(tmp_path))

    with pytest.raises(DataError, match="goods cannot be read: division by zero"):
        exported(user, group)

    assert rows(shop, "SELECT state FROM impex.export") == [("failed",)]


def test_a_view_is_written_as_a_table_is(shop: Resources, tmp_path: Path) -> None:
    """Types and filters are those of its columns."""
    execute(shop, THREE)
    execute(
        shop, "CREATE VIEW shop.cheap AS SELECT code, price, stock FROM shop.goods WHERE price < 10"
    )

    found = lines(
        shop, tmp_path, table="shop.cheap", columns=["code", "{to: price, type: decimal, scale: 2}"]
    )

    assert found == ["code,price", "A,1.50"]


def test_child_rows_are_joined_to_one_list(shop: Resources, tmp_path: Path) -> None:
    """As an import would explode them, beside constants and what is looked up."""
    execute(shop, TAGS)
    columns = [
        "{from: goods, to: goods_id, lookup: {table: shop.goods, by: code}}",
        "{from: tags, to: tag, split: ';', explode: true}",
        "{from: shop, to: note, constant: S}",
    ]

    found = lines(
        shop,
        tmp_path,
        table="shop.tag",
        key="[goods_id, tag]",
        columns=columns,
        export="sort: goods_id",
    )

    assert found == ["goods,tags,shop", "A,a;b,S", "B,c,S"]


def test_child_rows_that_cannot_be_joined_are_told(shop: Resources, tmp_path: Path) -> None:
    """One element with the separator leaves out its list."""
    execute(shop, TAGS)
    execute(shop, "INSERT INTO shop.tag SELECT id, 'x;y', NULL FROM shop.goods WHERE code = 'A'")
    columns = [
        "{from: goods, to: goods_id, lookup: {table: shop.goods, by: code}}",
        "{from: tags, to: tag, split: ';', explode: true}",
    ]
    group = written_group(
        tmp_path,
        goods_feed(direction="both", table="shop.tag", key="[goods_id, tag]", columns=columns),
    )

    report = exported(shop, group)

    assert one_file(shop, report) == "goods,tags\nB,c\n"
    assert unwritten(shop, report) == [
        ("goods_id=A, tag=x;y", "tags", "tags contains the separator")
    ]
    back = bring(shop, group, {"goods.csv": one_file(shop, report)})
    assert back.totals == Counts(read=1, unchanged=1)


TAGS = """
    INSERT INTO shop.goods (code) VALUES ('A'), ('B');
    CREATE TABLE shop.tag (goods_id bigint REFERENCES shop.goods, tag text, note text,
                           PRIMARY KEY (goods_id, tag));
    INSERT INTO shop.tag SELECT id, unnest(CASE code WHEN 'A' THEN '{b,a}' ELSE '{c}' END::text[]), NULL
      FROM shop.goods ORDER BY code
"""

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
    functions(tmp_path)
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
    functions(tmp_path)
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
    functions(tmp_path)
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
    functions(tmp_path)
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
    found = _sheet(content) if file.endswith("xlsx") else _records(content.decode())
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


def queries(directory: Path, text: str) -> None:
    """Write the query ``goods.sql``."""
    folder = directory / "config" / "queries"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "goods.sql").write_text(text, "utf-8")


def query_feed(params: str, columns: list[str]) -> str:
    """Return a group that exports that query."""
    return goods_feed(
        table=None,
        key=None,
        columns=columns,
        export="query: goods.sql",
        publish=f"{{params: {params}}}",
    )


def functions(directory: Path) -> None:
    """Write the functions ``words.py``."""
    folder = directory / "config" / "transforms"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.py").write_text(FUNCTIONS, "utf-8")


def _records(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def _sheet(content: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return list(book.active.values)
