"""Reject files: the original records with what is wrong, read again as they are."""

import csv
import gzip
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.issue_codes import Code
from impex.domain.issues import APPENDED
from impex.domain.layout import DETECT, Escape, Formulas, Layout, Ragged
from impex.formats.delimited import DelimitedReader
from impex.formats.rejects import Rejected
from impex.formats.workbook_writer import workbook_bytes
from tests.unit.read_files import read_any, rejects_of
from tests.unit.sheet_files import ods, ods_row, xlsx, xlsx_by_hand

WHY = "price: 'x;,\"\\ \n' is no number"
TEXT = 'Список; "x\n# c"\ncode,name\n# c\nA,ё\n\nB,Ж\nC,\\n\nTotal\n'
LISTED = {"skip_lines": 1, "comment": "#", "total_row": "Total"}
LAYOUTS = {
    "plain": Layout(**LISTED),
    "with a mark": Layout(encoding="utf-8-sig", **LISTED),
    "utf-16": Layout(encoding="utf-16", **LISTED),
    "code page": Layout(encoding="cp1251", **LISTED),
    "semicolons": Layout(delimiter=";", quote="'", **LISTED),
    "backslashes": Layout(escape=Escape.BACKSLASH, ragged=Ragged.PAD, **LISTED),
    "detected": Layout(encoding=DETECT, **LISTED),
    "no header": Layout(header=False, **LISTED),
}


def why(*lines: int) -> list[Rejected]:
    """Reject the records on these lines."""
    return [(line, ["bad_decimal", "too_long"], WHY) for line in lines]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_reject_file_of_text_is_read_by_the_same_layout(layout: Layout, packed: bool) -> None:
    """The lines in front of the header and the total row are kept, so nothing is mistaken."""
    encoding = "cp1251" if layout.encoding == DETECT else layout.encoding
    name, pack = ("goods.csv.gz", gzip.compress) if packed else ("goods.csv", bytes)
    text = TEXT.replace(",", layout.delimiter).replace("\n", "\r\n")
    data = pack(text.encode(encoding))

    again = read_any(rejects_of(data, name, layout, why(5, 7)), name, layout)

    assert [row[1:] for row in again.rows] == [
        ("A", "ё", "5", "bad_decimal too_long", WHY),
        ("B", "Ж", "7", "bad_decimal too_long", WHY),
    ]
    assert again.header == (["code", "name", *APPENDED] if layout.header else [])
    assert again.skipped
    assert not again.faults


def test_the_bytes_of_the_records_are_those_that_came() -> None:
    """Quotes that nobody needs, bytes that are no text, lines that go on: all as it was."""
    data = b'a,b\n"1\r\n2","x"\n\xff,"3""\n4"\n5\n6,7,8\n9,0\n'

    found = rejects_of(data, "goods.csv", None, [(n, ["x"], "y") for n in (2, 4, 6, 7)])

    assert found == (
        b'a,b,"_line","_codes","_message"\n"1\r\n2","x","2","x","y"\n\xff,"3""\n4","4","x","y"\n'
        b'5,,"6","x","y"\n6,7,8,"7","x","y"\n'
    )


def test_characters_that_the_encoding_does_not_know_are_written_as_escapes() -> None:
    """A message may quote what the table holds."""
    layout = Layout(encoding="cp1251")

    found = rejects_of("a\nЖ\n".encode("cp1251"), "goods.csv", layout, [(2, ["x"], "ñ")])

    assert found.decode("cp1251") == 'a,"_line","_codes","_message"\nЖ,"2","x","\\xf1"\n'


def test_rejects_are_drawn_while_the_file_is_read() -> None:
    """There may be millions: neither they nor the records are gathered in memory."""
    drawn: list[int] = []

    def rejected() -> Iterator[Rejected]:
        for line in range(2, 1002):
            drawn.append(line)
            yield line, ["x"], "y"

    data = b"a,b\n" + b"1,2\n" * 1000
    reader = DelimitedReader(io.BytesIO(data), Layout(), block_bytes=40)
    pieces = reader.rejects(rejected())

    written = [next(pieces) for _ in range(5)]
    assert written[2] == b'1,2,"2","x","y"\n'
    assert len(drawn) < 20
    assert sum(1 for _ in pieces) == 997


def test_lines_on_which_no_record_starts_are_passed_over() -> None:
    """An issue of the file as a whole has no record, nor has the middle of one."""
    data = b'a\n1\n\n"2\n3"\n4\n'
    lines = [0, 1, 3, 4, 5, 6, 99]

    found = rejects_of(data, "goods.csv", None, [(line, ["x"], "y") for line in lines])

    assert [row[1] for row in csv.reader(io.StringIO(found.decode()))] == ["_line", "4", "6"]


@pytest.mark.parametrize("header", [True, False])
def test_a_reject_file_of_fixed_width_is_read_by_the_same_layout(header: bool) -> None:
    """What is appended stands behind the last field, where it is read over."""
    layout = Layout(widths=(4, 4), header=header, skip_lines=1, encoding="cp1251")
    data = "Список\ncodename\nA   Стул\nB   \xa0\nC   x    rest\n".encode("cp1251")
    first = read_any(data, "goods.txt", layout)

    reject_file = rejects_of(data, "goods.txt", layout, why(3, 4, 5))
    again = read_any(reject_file, "goods.txt", layout)
    twice = rejects_of(reject_file, "goods.txt", layout, why(3 if header else 2))

    assert first.faults == [(4, Code.LINE_TOO_SHORT), (5, Code.LINE_TOO_LONG)]
    assert again.cells == [("A", "Стул"), ("B", "\xa0")]
    assert again.faults == [(5 if header else 4, Code.LINE_TOO_LONG)]
    assert read_any(twice, "goods.txt", layout).cells == [("A", "Стул")]
    assert b"_codes=bad_decimal too_long _message=price: 'x;,\"\\ " in reject_file


SHEET_ROWS = [
    ["Prices"], [], ["code", "price"], ["00042", 1], ["=1", 2], ["_x0041_ \t\r", "#N/A"],
    ["B", None, "extra"], ["C", 3], ["Total", 4],
]  # fmt: skip


@pytest.mark.parametrize("header", [True, False])
def test_a_reject_file_of_a_workbook_is_read_by_the_same_layout(header: bool) -> None:
    """Texts stay texts; what could not be trusted is refused again until it is mended."""
    layout = Layout(skip_lines=2, total_row="Total", header=header)
    data = xlsx(SHEET_ROWS)

    reject_file = rejects_of(data, "goods.xlsx", layout, why(4, 5, 6, 7))
    again = read_any(reject_file, "goods.xlsx", layout)

    assert again.header == (["code", "price", *APPENDED] if header else [])
    assert again.rows[0][1:3] == ("00042", "1")
    assert again.rows[0][-3:] == ("4", "bad_decimal too_long", WHY)
    assert [code for _, code in again.faults[:2]] == [Code.CELL_ERROR, Code.CELL_ERROR]
    # Only a header says that the third cell of the last row is one too many.
    assert again.faults[2:] == ([(7, Code.TOO_MANY_FIELDS)] if header else [])
    assert again.skipped


@pytest.mark.parametrize("sheet", ["Prices", "2", "A name longer than what Excel thinks is right"])
def test_a_reject_file_has_the_sheet_that_the_layout_names(sheet: str) -> None:
    """By its name or by its number."""
    layout = Layout(sheet=sheet)
    name = "x" if sheet == "2" else sheet
    data = ods({"first": ods_row("no"), name: ods_row("a") + ods_row("1")})

    again = read_any(rejects_of(data, "goods.ods", layout, why(2)), "goods.ods", layout)

    assert again.rows == [(2, "1", "2", "bad_decimal too_long", WHY)]


def test_formulas_do_not_come_back_to_life() -> None:
    """A text that looks like a formula stays a text, and a formula never moves to other rows."""
    text = '<row r="2"><c t="inlineStr"><is><t>=1+1</t></is></c><c><f>A1</f><v>1</v></c></row>'
    data = xlsx_by_hand(f'<row r="1"><c><v>1</v></c><c><v>2</v></c></row>{text}')
    layout = Layout(formulas=Formulas.VALUE)

    again = read_any(rejects_of(data, "goods.xlsx", layout, why(2)), "goods.xlsx")

    assert again.cells == [("=1+1", "1", "2", "bad_decimal too_long", WHY)]


CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=9
)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_any_texts_of_a_sheet_come_back_equal(rows: list[tuple[str, str]]) -> None:
    """Line ends, control characters, what looks like an escape: nothing is lost on the way."""
    data = b"".join(workbook_bytes("x", [["a", "b"], *map(list, rows)]))

    assert read_any(data, "goods.xlsx").cells == [row for row in rows if any(row)]
