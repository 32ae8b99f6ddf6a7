"""XML documents on the whole road: everything that works for other files works for them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from impex.config.user_files import UserFiles
from impex.domain.column import Column, Lookup, OnEmpty
from impex.domain.group import Descriptor, UnknownColumns
from impex.domain.issue_codes import Code
from impex.domain.job import Request
from impex.domain.layout import Format, Layout
from impex.domain.marks import BETWEEN
from impex.domain.report import Counts, JobState
from impex.services.claim import claim
from impex.services.plan import plan
from impex.services.resources import Resources
from impex.services.stage import passes, stage_together
from tests.groups import (
    BRAND,
    GOODS,
    column,
    descriptor,
    group,
    integer,
    parent,
    policy,
    translated,
)
from tests.imports import bring, faults, issues, put, reject_file, rows, stock

SHOP = """<?xml version="1.0" encoding="UTF-8"?>
<shop xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <brand name="Zed">
    <item code="A" stock="1"/>
    <item code="B" stock="many"/>
  </brand>
  <brand name="Acme"><item code="C"/></brand>
</shop>
"""


def layout(record: str) -> Layout:
    """Return the layout of documents."""
    return Layout(format=Format.XML, record=record)


def items(
    *columns: Column, code: Column | None = None, record: str = "/goods/item", **options: Any
) -> Descriptor:
    """Build a descriptor of goods whose code is an element, unless another column is given."""
    given = (code or column("code"), *columns)
    known = {"key": ("code",), "files": ("*.xml",), "layout": layout(record)}
    return descriptor("goods", GOODS, given, **{**known, **options})


BRANDS = descriptor(
    "brands",
    BRAND,
    (column("name", source="@name"),),
    key=("name",),
    files=("*.xml",),
    layout=layout("/shop/brand"),
)
ITEMS = items(
    integer("stock", source="@stock"),
    column("brand_id", source="../@name", lookup=Lookup(BRAND, ("name",))),
    code=column("code", source="@code"),
    record="/shop/brand/item",
)
EVERYTHING = group(BRANDS, ITEMS)
"""Brands and, within them, goods: one document, two descriptors, one pass."""


def document(*records: str) -> str:
    """Write a document, each record on a line of its own, from line 2 on."""
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    lines = (f"<item>{record}</item>" for record in records)
    return f"<goods {xsi}>\n" + "\n".join(lines) + "\n</goods>\n"


def new_brands(shop: Resources) -> list[tuple[str]]:
    """Return the brands of the document that are in the table."""
    return rows(shop, "SELECT name FROM shop.brand WHERE name IN ('Acme', 'Zed') ORDER BY 1")


def test_one_document_fills_parents_and_children(shop: Resources) -> None:
    """Records within records refer to the elements around them."""
    report = bring(shop, EVERYTHING, {"shop.xml": SHOP})

    assert report.totals == Counts(read=5, inserted=4, rejected=1)
    assert stock(shop) == [("A", 1, "Zed"), ("C", 7, "Acme")]
    assert faults(shop, report) == [("shop.xml", 5, Code.BAD_INTEGER.value)]
    again = bring(shop, EVERYTHING, {"shop.xml": SHOP.replace("many", "1")})
    assert again.totals == Counts(read=5, inserted=1, unchanged=4)


def test_one_pass_reads_a_document_for_all_descriptors(shop: Resources) -> None:
    """However many there are."""
    job = claim(shop, EVERYTHING, put(shop, {"shop.xml": SHOP}), Request("test"))
    files = plan(shop, EVERYTHING, job.id)

    together = passes(EVERYTHING, files)
    staged = stage_together(shop, [file.id for file in together[0]], of_job=job.id)

    assert [[file.descriptor for file in some] for some in together] == [["brands", "goods"]]
    assert [(file.state.value, file.rows_staged) for file in staged] == [
        ("staged", 2),
        ("staged", 2),
    ]


def test_a_rejected_record_comes_back_in_a_document(shop: Resources) -> None:
    """Mended and sent again, it is applied, and what was right changes nothing."""
    first = bring(shop, EVERYTHING, {"shop.xml": SHOP})

    content = reject_file(shop, first, "shop.xml").decode()
    assert "<!-- line 5: bad_integer: @stock: 'many' is not a whole number." in content
    second = bring(shop, EVERYTHING, {"shop.xml": content.replace('"many"', '"2"')})

    assert second.totals == Counts(read=3, inserted=1, unchanged=2)
    assert stock(shop) == [("A", 1, "Zed"), ("B", 2, "Zed"), ("C", 7, "Acme")]


@pytest.mark.parametrize("end", ["", "<brand", "</shop"])
def test_a_document_that_was_cut_applies_nothing(shop: Resources, end: str) -> None:
    """For none of its descriptors, although all records came through."""
    report = bring(shop, EVERYTHING, {"shop.xml": SHOP.replace("</shop>\n", end)})

    assert report.state is JobState.REJECTED
    assert {code for _, _, code in faults(shop, report)} == {Code.TRUNCATED.value}
    assert (stock(shop), new_brands(shop)) == ([], [])


def test_missing_empty_and_nil_are_three_things(shop: Resources) -> None:
    """What is missing or empty does what the column says; nil clears."""
    titles = [translated("title", "de"), translated("title", "en")]
    note = column("note", on_empty=OnEmpty.CLEAR)
    described = group(items(column("name"), note, integer("stock"), *titles))
    full = (
        "<name>n</name><note>o</note><stock>1</stock><title_de>D</title_de><title_en>E</title_en>"
    )
    bring(shop, described, {"goods.xml": document(*(f"<code>{c}</code>{full}" for c in "ABCD"))})
    nil = 'xsi:nil="true"'

    report = bring(
        shop,
        described,
        {
            "goods.xml": document(
                "<code>A</code>",
                "<code>B</code><name/><note/><stock/><title_de/>",
                f"<code>C</code><name {nil}/><note {nil}/><title_de {nil}/>",
                f"<code {nil}/>",
                f"<code>E</code><name {nil}/><stock>3</stock>",
            )
        },
    )

    assert report.totals == Counts(read=5, inserted=1, updated=3, rejected=1)
    assert faults(shop, report) == [("goods.xml", 5, Code.EMPTY_VALUE.value)]
    both = {"de": "D", "en": "E"}
    assert rows(shop, "SELECT code, name, note, stock, title FROM shop.goods ORDER BY code") == [
        ("A", "n", None, 1, both),
        ("B", "n", None, 1, both),
        ("C", None, None, 1, {"en": "E"}),
        ("D", "n", "o", 1, both),
        ("E", None, None, 3, {}),
    ]


def test_records_on_one_line_are_records_of_their_own(shop: Resources) -> None:
    """Also where their keys are the same, or one of them is bad."""
    described = group(items(integer("stock")))
    records = "".join(
        f"<item><code>{code}</code><stock>{number}</stock></item>"
        for code, number in [("A", 1), ("B", 2), ("B", 3), ("C", "x")]
    )

    report = bring(shop, described, {"goods.xml": f"<goods>{records}</goods>"})

    assert report.totals == Counts(read=4, inserted=1, rejected=3)
    assert [(code, number) for code, number, _ in stock(shop)] == [("A", 1)]
    twice = "the same key stands several times on line 1"
    assert [i["message"] for i in issues(shop, report) if i["code"] == "duplicate_key"] == [
        twice
    ] * 2


def test_every_element_of_a_list_is_a_row(shop: Resources) -> None:
    """Of records on one line as well; children may come before their parents."""
    codes = column("code", split=BETWEEN, explode=True)
    described = group(items(integer("stock"), parent(), code=codes))
    data = "<goods><item><code>A</code><code>B</code><stock>1</stock><parent>C</parent></item>"
    data += "<item><code>C</code><stock>2</stock></item></goods>"

    report = bring(shop, described, {"goods.xml": data})

    assert report.totals == Counts(read=3, inserted=3)
    assert rows(
        shop,
        "SELECT g.code, g.stock, p.code FROM shop.goods g LEFT JOIN shop.goods p "
        "ON p.id = g.parent_id ORDER BY g.code",
    ) == [("A", 1, "C"), ("B", 1, "C"), ("C", 2, None)]


def test_elements_that_nobody_asked_for_are_told_or_refused(shop: Resources) -> None:
    """As the columns of other files are."""
    data = {"goods.xml": document("<code>A</code><colour>red</colour>")}
    warned = bring(shop, group(items()), data)
    ignored = bring(shop, group(items(ignore_columns=("col*",))), data, force=True)
    strict = group(items(unknown_columns=UnknownColumns.REJECT))
    refused = bring(shop, strict, data, force=True)

    told = "columns that the descriptor does not name are not imported: colour"
    assert [note for note in warned.notes if "colour" in note] == [f"goods.xml: {told}"]
    assert not [note for note in ignored.notes if "colour" in note]
    assert faults(shop, refused) == [("goods.xml", 0, Code.UNKNOWN_COLUMN.value)]


def test_policies_count_for_each_descriptor_of_a_document(shop: Resources) -> None:
    """Goods are refused as a file; brands of the same document are not."""
    strict = group(BRANDS, replace(ITEMS, errors=policy("reject_file")))

    report = bring(shop, strict, {"shop.xml": SHOP})

    assert report.totals == Counts(read=5, inserted=2, rejected=3)
    assert new_brands(shop) == [("Acme",), ("Zed",)]


def test_a_function_sees_paths_as_names(shop: Resources, tmp_path: Path) -> None:
    """A DataFrame of a batch has a column for each path."""
    (tmp_path / "transforms").mkdir()
    (tmp_path / "transforms" / "up.py").write_text(
        "def up(rows):\n    rows['code'] = rows['code'].str.upper()\n    return rows\n"
    )
    shop = Resources(shop.store, shop.database, UserFiles(tmp_path))

    report = bring(
        shop,
        group(items(column("name", source="@name"), transform="up.py:up")),
        {"goods.xml": document("<code>a</code>", "<code>b</code><name/>")},
    )

    assert report.totals == Counts(read=2, inserted=2)
    assert [code for code, _, _ in stock(shop)] == ["A", "B"]


def test_another_document_is_refused_as_a_file(shop: Resources) -> None:
    """The report names both roots."""
    report = bring(shop, group(items()), {"goods.xml": "<orders/>"})

    (issue,) = issues(shop, report)
    assert (issue["code"], issue["message"]) == (
        Code.OTHER_DOCUMENT.value,
        "this is another document: its root is not goods, but orders",
    )
