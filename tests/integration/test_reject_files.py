"""The reject file gives the bad rows back, with what is wrong, ready to be mended and sent again."""

import csv
import gzip
import io
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from impex.domain.column import Lookup, OnMissing
from impex.domain.issue_codes import Code
from impex.domain.issues import CATALOGUE
from impex.domain.layout import DETECT, Escape, Layout, Ragged
from impex.domain.report import Counts, JobState, RunReport
from impex.services.resources import Resources
from tests.groups import BRAND, brand_of, brands, column, goods, group, integer, policy
from tests.imports import bring, rows
from tests.samples import csv_bytes
from tests.unit.sheet_files import ods, ods_row, saved, xlsx


def reject_file(shop: Resources, report: RunReport, name: str = "goods.csv") -> bytes:
    """Return the content of a reject file."""
    with shop.store.open(f"rejects/{report.run}/goods/{name}") as file:
        return file.read()


def has_reject_file(shop: Resources, report: RunReport) -> bool:
    """Tell whether there is one."""
    return shop.store.exists(f"rejects/{report.run}/goods/goods.csv")


def test_rejected_rows_are_given_back_with_line_codes_and_message(shop: Resources) -> None:
    """From every stage: records, cells, keys and lookups; good rows are not in it."""
    data = 'code,stock,brand\nA,1,HP\nB,many,HP\n"C"x,1,HP\nD,1\nE,1,"Ac\ner"\nF,1,HP\nF,2,HP\n'
    shop_group = group(goods(integer("stock"), brand_of()))

    report = bring(shop, shop_group, {"goods.csv": data})

    assert report.totals == Counts(read=7, inserted=1, rejected=6)
    assert list(csv.reader(io.StringIO(reject_file(shop, report).decode()))) == [
        ["code", "stock", "brand", "_line", "_codes", "_message"],
        ["B", "many", "HP", "3", *told(Code.BAD_INTEGER, "stock: 'many' is not a whole number")],
        # The bad record stands as it came, and Python's reader is not strict about it.
        ["Cx", "1", "HP", "4", *told(Code.TEXT_AFTER_QUOTE, AFTER_QUOTE)],
        ["D", "1", "", "5", *told(Code.TOO_FEW_FIELDS, "the record has 2 fields, expected 3")],
        ["E", "1", "Ac\ner", "6", *told(Code.LOOKUP_MISSING, UNKNOWN_BRAND)],
        ["F", "1", "HP", "8", *told(Code.DUPLICATE_KEY, TWICE)],
        ["F", "2", "HP", "9", *told(Code.DUPLICATE_KEY, TWICE)],
    ]


AFTER_QUOTE = "text follows the closing quote of a field"
UNKNOWN_BRAND = "brand: shop.brand has no row whose name is 'Ac\ner'"
TWICE = "the same key stands on lines 8 to 9"


def told(code: Code, message: str) -> tuple[str, str]:
    """Return the last two fields of a reject: the code, and the message with its hint."""
    return code.value, f"{message}. {CATALOGUE[code].hint}"


# What a message about it would break if it were written without care.
BRAND_NAME = 'Größe \\"'
LAYOUTS = {
    "plain": Layout(),
    "semicolons": Layout(delimiter=";", quote="'"),
    "backslashes": Layout(escape=Escape.BACKSLASH, ragged=Ragged.PAD),
    "utf-16": Layout(encoding="utf-16"),
    "with a mark": Layout(encoding="utf-8-sig"),
    "code page": Layout(encoding="cp1251"),
    "no header": Layout(header=False),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_mended_reject_file_can_be_imported(shop: Resources, layout: Layout) -> None:
    """Whatever the layout: correct the values, send the file, done."""
    brand = column("brand_id", constant=BRAND_NAME, lookup=Lookup(BRAND, ("name",)))
    columns = (column("code", position=1, required=True), integer("stock", position=2), brand)
    columns = (*columns, column("name", position=3))
    described = group(replace(goods(layout=layout), columns=columns))
    text = "code,stock,name\nЖ1,x\\,ё\nЖ2,2,ё\n".replace(",", layout.delimiter)
    text = text if layout.header else text.split("\n", 1)[1]
    first = bring(shop, described, {"goods.csv": text.encode(layout.encoding)})
    bring(shop, group(brands()), {"brands.csv": csv_bytes([{"name": BRAND_NAME}])})

    content = reject_file(shop, first).decode(layout.encoding)
    mended = content.replace("x\\", "1", 1)
    second = bring(shop, described, {"goods.csv": mended.encode(layout.encoding)})

    assert first.totals == Counts(read=2, rejected=2)
    assert second.totals == Counts(read=2, inserted=2)
    assert rows(shop, "SELECT code, stock, name FROM shop.goods ORDER BY code") == [
        ("Ж1", 1, "ё"), ("Ж2", 2, "ё"),
    ]  # fmt: skip


PRICES = Layout(skip_lines=1, total_row="Total")
ROWS = [["Prices"], ["code", "stock"], ["0042", "x"], ["B", 2], ["=1", 3], ["Total", 5]]
TEXT = b'Prices\ncode,stock\n0042,x\nB,2\nC"3,3\nTotal,5\n'
FIXED = b"Prices\ncodestock\n0042    x\nB       2\nC   3     !\nTotal   5\n"
DOCUMENT = "".join(ods_row(*(str(cell) for cell in row)) for row in ROWS)
KINDS = {
    "goods.csv": (PRICES, TEXT),
    "goods.csv.gz": (PRICES, gzip.compress(TEXT)),
    "goods.txt": (replace(PRICES, widths=(4, 5)), FIXED),
    "goods.xlsx": (PRICES, xlsx(ROWS)),
    "goods.ods": (PRICES, ods(DOCUMENT.replace("<x:p>=1</x:p>", "<x:p/>"))),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_is_given_back_as_its_kind(shop: Resources, name: str) -> None:
    """Mended in the program that it was written with, it is imported as it is."""
    layout, data = KINDS[name]
    described = group(goods(integer("stock"), layout=layout, files=("goods*",)))

    first = bring(shop, described, {name: data})
    again = bring(shop, described, {name: reject_file(shop, first, name)})
    mended = bring(shop, described, {name: mend(reject_file(shop, again, name), name)})

    assert first.totals == Counts(read=4, inserted=1, rejected=2, skipped=1)
    assert again.totals == Counts(read=3, rejected=2, skipped=1)
    assert mended.totals == Counts(read=3, inserted=1, rejected=1, skipped=1)
    assert rows(shop, "SELECT code, stock FROM shop.goods ORDER BY code") == [("0042", 7), ("B", 2)]


def mend(content: bytes, name: str) -> bytes:
    """Correct the first row: its stock is 7."""
    if name.endswith(("xlsx", "ods")):
        book = load_workbook(io.BytesIO(content))
        book.worksheets[0]["B3"] = 7
        return saved(book)
    if name.endswith("gz"):
        return gzip.compress(mend(gzip.decompress(content), "goods.csv"))
    return content.replace(b"x", b"7", 1)


def test_an_encoding_that_was_detected_is_told_and_does_not_hinder_the_reject_file(
    shop: Resources,
) -> None:
    """A few rows are too few to detect it again."""
    described = group(goods(column("name"), integer("stock"), layout=Layout(encoding=DETECT)))
    rest = "".join(f"{n},Стул деревянный белый,1\n" for n in range(30))
    data = f"code,name,stock\nA,ё,x\n{rest}".encode("cp1251")

    first = bring(shop, described, {"goods.csv": data})
    again = bring(shop, described, {"goods.csv": mend(reject_file(shop, first), "goods.csv")})

    assert "goods.csv: read as cp1251, which was detected" in first.notes
    assert again.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT name, stock FROM shop.goods WHERE code = 'A'") == [("ё", 7)]


def test_a_reject_file_sent_unmended_rejects_the_same_rows(shop: Resources) -> None:
    """The appended fields are read over, also the second time."""
    shop_group = group(goods(integer("stock")))
    first = bring(shop, shop_group, {"goods.csv": "code,stock\nA,x\nB,1\nC,y\n"})

    second = bring(shop, shop_group, {"goods.csv": reject_file(shop, first)})
    third = bring(shop, shop_group, {"goods.csv": reject_file(shop, second)})

    found = list(csv.reader(io.StringIO(reject_file(shop, third).decode())))
    assert second.totals == third.totals == Counts(read=2, rejected=2)
    assert [row[:2] for row in found] == [["code", "stock"], ["A", "x"], ["C", "y"]]


def test_a_file_rejected_for_its_rows_gives_the_bad_ones_back(shop: Resources) -> None:
    """Mending them is what lets the whole file in."""
    shop_group = group(goods(integer("stock"), errors=policy("reject_file")))

    report = bring(shop, shop_group, {"goods.csv": "code,stock\nA,x\nB,1\n"})

    assert reject_file(shop, report).count(b"\n") == 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("kode\nA\n", id="missing column"),
        pytest.param("code,code\nA,B\n", id="ambiguous column"),
        pytest.param("code,name\nA,x\nB", id="cut"),
        pytest.param('code,name\nA,x\nB,"x\n', id="cut inside quotes"),
        pytest.param('code,"na"me\nA,x\n', id="bad header"),
        pytest.param("", id="empty"),
    ],
)
def test_a_file_rejected_for_what_it_is_gives_no_rows_back(shop: Resources, data: str) -> None:
    """There is nothing to mend row by row: the file has to be sent again."""
    report = bring(shop, group(goods(column("name"))), {"goods.csv": data})

    assert report.state is JobState.REJECTED
    assert not has_reject_file(shop, report)


def test_rows_left_out_by_policy_are_not_given_back(shop: Resources) -> None:
    """They are no faults."""
    shop_group = group(goods(brand_of(OnMissing.SKIP_ROW)))

    report = bring(shop, shop_group, {"goods.csv": "code,brand\nA,Acer\n"})

    assert report.state is JobState.DONE
    assert not has_reject_file(shop, report)
