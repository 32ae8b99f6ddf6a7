"""JSON lines on the whole road: everything that works for other files works for them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from impex.config.user_files import UserFiles
from impex.domain.column import Column, ColumnType, Lookup, OnEmpty, OnMissing
from impex.domain.group import Descriptor, UnknownColumns
from impex.domain.issue_codes import Code
from impex.domain.layout import Format, Layout
from impex.domain.marks import BETWEEN
from impex.domain.report import Counts, JobState
from impex.services.resources import Resources
from tests.groups import (
    BRAND,
    GOODS,
    brand_of,
    brands,
    column,
    decimal,
    descriptor,
    full,
    group,
    integer,
    parent,
    policy,
)
from tests.imports import bring, faults, issues, reject_file, rows, stock

LINES = Layout(format=Format.JSON)


def items(*columns: Column, code: Column | None = None, **options: Any) -> Descriptor:
    """Build a descriptor of goods whose code is a member, unless another column is given."""
    known = {"key": ("code",), "files": ("goods*",), "layout": LINES}
    return descriptor("goods", GOODS, (code or column("code"), *columns), **{**known, **options})


def lines(*records: object) -> str:
    """Write records as JSON lines; texts are lines themselves."""
    texts = (record if isinstance(record, str) else json.dumps(record) for record in records)
    return "".join(f"{text}\n" for text in texts)


BRANDED = items(
    integer("stock", source="stock.shop"),
    column("brand_id", source="brand.name", lookup=Lookup(BRAND, ("name",))),
)
FILE = lines(
    {"code": "A", "stock": {"shop": 1}, "brand": {"name": "Acme"}},
    {"code": "B", "stock": {"shop": "many"}, "brand": {"name": "Acme"}},
    '{"code": "C", "stock": {"shop": 3}, "brand": {"name": "Acme"}',
    {"code": "D", "brand": {"name": "Nobody"}},
    {"code": "E"},
)


def test_lines_fill_a_table_by_paths_and_lookups(shop: Resources) -> None:
    """Records that are no JSON, hold no number or refer to nothing are rejected, each by itself."""
    names = brands(layout=LINES, files=("brands*",))
    package = {"goods.jsonl": FILE, "brands.jsonl": lines({"name": "Acme"})}

    report = bring(shop, group(names, BRANDED), package)

    assert report.totals == Counts(read=6, inserted=3, rejected=3)
    assert stock(shop) == [("A", 1, "Acme"), ("E", 7, None)]
    assert faults(shop, report) == [
        ("goods.jsonl", 2, Code.BAD_INTEGER.value),
        ("goods.jsonl", 3, Code.BAD_JSON_RECORD.value),
        ("goods.jsonl", 4, Code.LOOKUP_MISSING.value),
    ]
    again = bring(shop, group(names, BRANDED), package, force=True)
    assert again.totals == Counts(read=6, unchanged=3, rejected=3)


@pytest.mark.parametrize("packed", [False, True])
def test_rejected_lines_come_back_and_can_be_mended(shop: Resources, packed: bool) -> None:
    """Sent again as they are, they are rejected for the same; what was told of them is no data."""
    name = "goods.jsonl.gz" if packed else "goods.jsonl"
    pack, unpack = (gzip.compress, gzip.decompress) if packed else (bytes, bytes)
    strict = group(items(*BRANDED.columns[1:], unknown_columns=UnknownColumns.REJECT))
    bring(shop, group(brands()), {"brands.csv": "name\nAcme\n"})

    first = bring(shop, strict, {name: pack(FILE.encode())})
    content = unpack(reject_file(shop, first, name))
    again = bring(shop, strict, {name: pack(content)})
    assert unpack(reject_file(shop, again, name)).count(b"_line") == content.count(b"_line") == 3
    mended = content.replace(b'"many"', b"2").replace(b"Nobody", b"Acme")
    mended = mended.replace(b'"Acme"}\n', b'"Acme"}}\n')
    second = bring(shop, strict, {name: pack(mended)})

    assert content.splitlines()[0].startswith(
        b'{"code": "B", "stock": {"shop": "many"}, "brand": {"name": "Acme"},"_line":2,'
        b'"_codes":"bad_integer","_message":"stock.shop: \'many\' is not a whole number. '
    )
    assert content.splitlines()[1].startswith(b'{"_line":3,"_codes":"bad_json_record","_message":')
    assert content.splitlines()[2] == FILE.encode().splitlines()[2]
    assert first.totals == Counts(read=5, inserted=2, rejected=3)
    assert again.totals == Counts(read=3, rejected=3)
    assert [code for _, _, code in faults(shop, again)] == [
        code for _, _, code in faults(shop, first)
    ]
    assert second.totals == Counts(read=3, inserted=3)
    assert [(code, number) for code, number, _ in stock(shop)] == [
        ("A", 1), ("B", 2), ("C", 3), ("D", 7), ("E", 7),
    ]  # fmt: skip


def test_missing_empty_and_null_are_three_things(shop: Resources) -> None:
    """What is missing or empty does what the column says; null clears, also through an object."""
    titles = [column("title", source=f"title.{code}", language=code) for code in ("de", "en")]
    note = column("note", on_empty=OnEmpty.CLEAR)
    described = group(items(column("name"), note, integer("stock"), *titles))
    texts = {"name": "n", "note": "o", "stock": 1, "title": {"de": "D", "en": "E"}}
    bring(shop, described, {"goods.jsonl": lines(*({"code": c, **texts} for c in "ABCDF"))})

    report = bring(
        shop,
        described,
        {
            "goods.jsonl": lines(
                {"code": "A"},
                {"code": "B", "name": "", "note": "", "stock": "", "title": {"de": ""}},
                {"code": "C", "name": None, "note": None, "title": {"de": None}},
                {"code": None},
                {"code": "E", "name": None, "stock": 3},
                {"code": "F", "title": None},
            )
        },
    )

    assert report.totals == Counts(read=6, inserted=1, updated=4, rejected=1)
    assert faults(shop, report) == [("goods.jsonl", 4, Code.EMPTY_VALUE.value)]
    both = {"de": "D", "en": "E"}
    assert rows(shop, "SELECT code, name, note, stock, title FROM shop.goods ORDER BY code") == [
        ("A", "n", None, 1, both),
        ("B", "n", None, 1, both),
        ("C", None, None, 1, {"en": "E"}),
        ("D", "n", "o", 1, both),
        ("E", None, None, 3, {}),
        ("F", "n", None, 1, {}),
    ]


def test_null_is_no_code_and_no_choice(shop: Resources) -> None:
    """In a lookup by several names, and for `only`, it is an empty cell; alone it clears."""
    bring(shop, group(brands()), {"brands.csv": "name\nAcme\n"})
    by_both = Lookup(BRAND, ("name", "name"), on_missing=OnMissing.NULL)
    described = group(
        items(
            column("brand_id", sources=("brand", "maker"), lookup=by_both), only=(("kind", ("",)),)
        )
    )
    full_record = {"brand": "Acme", "maker": "Acme"}

    first = bring(shop, described, {"goods.jsonl": lines({"code": "A", **full_record})})
    second = bring(
        shop,
        described,
        {
            "goods.jsonl": lines(
                {"code": "A", "brand": None, "maker": None, "kind": None},
                {"code": "B", "brand": "Acme", "maker": None},
                {"code": "C", **full_record, "kind": "x"},
            )
        },
    )

    assert first.totals == Counts(read=1, inserted=1)
    assert second.totals == Counts(read=3, inserted=1, updated=1, skipped=1)
    assert stock(shop) == [("A", 7, None), ("B", 7, None)]


def test_values_keep_every_digit_and_character(shop: Resources) -> None:
    """From the token in the file to the column; what does not fit is a fault."""
    described = group(
        items(
            column("name"),
            decimal("price", scale=2),
            column("active", type=ColumnType.BOOLEAN),
            column("extra", type=ColumnType.JSON),
        )
    )

    report = bring(
        shop,
        described,
        {
            "goods.jsonl": lines(
                '{"code":1.50,"name":"\\u0018\\u001f\\ud83d\\ude00","price":0.10,"active":true}',
                '{"code":"B","extra":{"n":12345678901234567890.10,"s":["1",1,null]}}',
                '{"code":"C","price":1e3}',
                '{"code":"D","extra":"text"}',
                '{"code":"E","name":"\\u0000"}',
                '{"code":"F","extra":[]}',
            )
        },
    )

    assert faults(shop, report) == [
        ("goods.jsonl", 3, Code.BAD_DECIMAL.value),
        ("goods.jsonl", 4, Code.BAD_JSON.value),
        ("goods.jsonl", 5, Code.NUL_CHARACTER.value),
    ]
    assert rows(
        shop, "SELECT code, name, price::text, active, extra::text FROM shop.goods ORDER BY code"
    ) == [
        ("1.50", "\x18\x1f😀", "0.10", True, None),
        ("B", None, None, None, '{"n": 12345678901234567890.10, "s": ["1", 1, null]}'),
        ("F", None, None, None, "[]"),
    ]


def test_every_element_of_an_array_is_a_row(shop: Resources) -> None:
    """Children may come before their parents; null clears what is beside the list as well."""
    codes = column("code", source="codes", split=BETWEEN, explode=True)
    described = group(items(integer("stock"), column("name"), parent(), code=codes))
    data = lines(
        {"codes": ["A", 2], "stock": 1, "parent": "C", "name": "n"},
        {"codes": "C", "stock": 2},
        {"codes": []},
        {"codes": ["D", {}]},
    )

    report = bring(shop, described, {"goods.jsonl": data})

    assert report.totals == Counts(read=5, inserted=3, skipped=1, rejected=1)
    assert rows(
        shop,
        "SELECT g.code, g.stock, p.code FROM shop.goods g LEFT JOIN shop.goods p "
        "ON p.id = g.parent_id ORDER BY g.code",
    ) == [("2", 1, "C"), ("A", 1, "C"), ("C", 2, None)]
    cleared = bring(
        shop, described, {"goods.jsonl": lines({"codes": ["A", 2], "name": None, "parent": None})}
    )
    assert cleared.totals == Counts(read=2, updated=2)


def test_a_file_serves_several_descriptors(shop: Resources) -> None:
    """Each takes its rows, its members and its policy."""
    described = group(
        brands(files=("all*",), layout=LINES, only=(("type", ("brand",)),)),
        items(
            brand_of(),
            files=("all*",),
            only=(("type", ("goods",)),),
            errors=policy("reject_file"),
        ),
    )
    data = lines(
        {"type": "goods", "code": "A", "brand": "Zed"},
        {"type": "brand", "name": "Zed"},
        {"type": "goods", "code": "B", "brand": "Zed"},
    )

    report = bring(shop, described, {"all.jsonl": data})

    assert report.totals == Counts(read=6, inserted=3, skipped=3)
    assert stock(shop) == [("A", 7, "Zed"), ("B", 7, "Zed")]


def test_members_that_nobody_asked_for_are_told_or_refused(shop: Resources) -> None:
    """As the columns of other files are."""
    data = {"goods.jsonl": lines({"code": "A", "colour": "red"})}
    warned = bring(shop, group(items()), data)
    ignored = bring(shop, group(items(ignore_columns=("col*",))), data, force=True)
    strict = group(items(unknown_columns=UnknownColumns.REJECT))
    refused = bring(shop, strict, data, force=True)

    told = "columns that the descriptor does not name are not imported: colour"
    assert [note for note in warned.notes if "colour" in note] == [f"goods.jsonl: {told}"]
    assert not [note for note in ignored.notes if "colour" in note]
    assert faults(shop, refused) == [("goods.jsonl", 0, Code.UNKNOWN_COLUMN.value)]


@pytest.mark.parametrize(
    ("end", "code"),
    [('{"code":"B', Code.TRUNCATED), ('{"code":"' + "x" * (5 << 20), Code.RECORD_TOO_LONG)],
)
def test_a_file_that_cannot_be_read_to_its_end_applies_nothing(
    shop: Resources, end: str, code: Code
) -> None:
    """Although all records before came through."""
    report = bring(shop, group(items()), {"goods.jsonl": lines({"code": "A"}) + end})

    assert report.state is JobState.REJECTED
    assert faults(shop, report) == [("goods.jsonl", 2, code.value)]
    assert stock(shop) == []


def test_a_torn_line_keeps_a_full_feed_from_removing(shop: Resources) -> None:
    """It may be any row of the table."""
    described = group(items(full_feed=full()))
    bring(shop, described, {"goods.jsonl": lines({"code": "A"}, {"code": "B"})})

    torn = bring(shop, described, {"goods.jsonl": lines({"code": "A"}, '{"code":')})
    assert [code for code, _, _ in stock(shop)] == ["A", "B"]
    whole = bring(shop, described, {"goods.jsonl": lines({"code": "A"})})

    assert torn.totals == Counts(read=2, unchanged=1, rejected=1)
    assert (whole.totals.unchanged, [code for code, _, _ in stock(shop)]) == (1, ["A"])


def test_a_function_sees_paths_as_names(shop: Resources, tmp_path: Path) -> None:
    """What is missing or null is an empty text."""
    (tmp_path / "transforms").mkdir()
    (tmp_path / "transforms" / "up.py").write_text(
        "def up(rows):\n"
        "    rows['code'] = rows['code'].str.upper() + rows['name.de'].str.len().astype(str)\n"
        "    return rows\n"
    )
    shop = Resources(shop.store, shop.database, UserFiles(tmp_path))
    described = group(items(column("name", source="name.de"), transform="up.py:up"))

    report = bring(
        shop,
        described,
        {"goods.jsonl": lines({"code": "a"}, {"code": "b", "name": {"de": None}}, {"code": "c",
                              "name": {"de": "xyz"}})},
    )  # fmt: skip

    assert report.totals == Counts(read=3, inserted=3)
    assert [code for code, _, _ in stock(shop)] == ["A0", "B0", "C3"]


def test_personal_data_of_torn_lines_is_masked(shop: Resources) -> None:
    """The report shows what is wrong and never the line."""
    described = group(items(column("note", pii=True)))

    report = bring(
        shop,
        described,
        {"goods.jsonl": lines('{"code":"A","note":ask Jane}', '["Jane"]', '{"note":"Jane","note":1}')},
    )  # fmt: skip

    found = issues(shop, report)
    assert [issue["code"] for issue in found] == [
        "bad_json_record",
        "bad_json_record",
        "repeated_member",
    ]
    assert "Jane" not in str(found)
