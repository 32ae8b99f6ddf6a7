"""Workbooks of Excel and its kin: what a cell says is what a person sees and means."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl import Workbook

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Formulas, Layout
from tests.unit.read_files import codes_of, read_any
from tests.unit.sheet_files import saved, with_part, xlsx, xlsx_by_hand

VALUES = Layout(formulas=Formulas.VALUE)
BARE = Layout(header=False)


def text_of(value: Any, number_format: str = "General") -> Any:
    """Return what a cell of that value and format is read as."""
    data = xlsx([["a"], [value]], {"A2": number_format})
    return read_any(data, "goods.xlsx").rows[0][1]


def test_rows_become_records_with_the_numbers_of_the_rows() -> None:
    """The header names the fields, empty rows are none."""
    data = xlsx([[], ["sku", "name"], ["A-1", "Lamp"], [], ["A-2", None], ["", "Desk"]])

    file = read_any(data, "goods.xlsx")

    assert file.header == ["sku", "name"]
    assert file.rows == [(3, "A-1", "Lamp"), (5, "A-2", ""), (6, "", "Desk")]
    assert (file.read, file.issues, file.notes) == (3, [], [])


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("00042", "General", "00042"),
        (" x\ty\nz ", "General", " x\ty\nz "),
        ("Größe 中 😀", "General", "Größe 中 😀"),
        ("true", "General", "true"),
        (42, "General", "42"),
        (42.0, "0.00", "42"),
        (-7, "General", "-7"),
        (4006381333931, "0", "4006381333931"),
        (42, "00000", "00042"),
        (-42, "00000", "-00042"),
        (42.0, "0000000000000", "0000000000042"),
        (123456, "00000", "123456"),
        (1.5, "00000", "1.5"),
        (0.1, "General", "0.1"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5678, "#,##0.00", "1234.5678"),
        (0.15, "0%", "0.15"),
        (1e-7, "General", "0.0000001"),
        (1.5e20, "General", "150000000000000000000"),
        (-0.0, "General", "0"),
        (True, "General", "true"),
        (False, "General", "false"),
        (date(2026, 1, 31), "yyyy-mm-dd", "2026-01-31"),
        (date(2026, 1, 31), "dd.mm.yy", "2026-01-31"),
        (datetime(2026, 1, 31), "d/m/yyyy", "2026-01-31"),  # noqa: DTZ001 (cells have no zone)
        (datetime(2026, 1, 31), "d/m/yyyy hh:mm", "2026-01-31T00:00:00"),  # noqa: DTZ001
        (datetime(2026, 1, 31, 9, 5), "d/m/yyyy", "2026-01-31T09:05:00"),  # noqa: DTZ001
        (date(1900, 1, 1), "yyyy-mm-dd", "1900-01-01"),
        (time(9, 5, 7), "h:mm", "09:05:07"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05:00"),
    ],
)
def test_a_cell_is_text_as_a_person_means_it(value: Any, number_format: str, text: str) -> None:
    """No lost zeros, no `.0`, no noise of binary fractions, dates in one form."""
    assert text_of(value, number_format) == text


def test_control_characters_of_the_format_are_resolved() -> None:
    """A line end typed on Windows is stored as `_x000D_`; what only looks so stays."""
    cell = '<c r="A2" t="inlineStr"><is><t>{}</t></is></c>'
    row = cell.format("a_x000D_\nb _x005F_x000D_ _x0041_")

    file = read_any(xlsx_by_hand(f'<row r="2">{row}</row>'), "goods.xlsx", BARE)

    assert file.cells == [("a\r\nb _x000D_ _x0041_",)]


def test_empty_cells_at_the_end_of_rows_are_nothing() -> None:
    """Cells with a colour only, behind the last column, are no fields."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["a", "b"], ["1"], ["2", "3"]):
        sheet.append(row)
    sheet["F2"].number_format = sheet["F900"].number_format = "0.00"

    file = read_any(saved(book), "goods.xlsx")

    assert file.rows == [(2, "1", ""), (3, "2", "3")]
    assert file.read == 2


def test_a_cell_without_a_column_is_a_fault() -> None:
    """Text behind the last header is never dropped silently."""
    file = read_any(xlsx([["a", None, "c"], [1, 2, 3, 4], [1, 2, 3]]), "goods.xlsx")

    assert file.header == ["a", "", "c"]
    assert file.cells == [("1", "2", "3")]
    assert file.faults == [(2, Code.TOO_MANY_FIELDS)]


def test_the_width_of_a_sheet_without_a_header_is_that_of_its_widest_row() -> None:
    """The first row may have empty cells at its end."""
    file = read_any(xlsx([["A"], ["B", None, 3]]), "goods.xlsx", BARE)

    assert file.rows == [(1, "A", "", ""), (2, "B", "", "3")]


def test_a_merged_cell_belongs_to_its_first_place() -> None:
    """As in a sheet that is saved as CSV."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["a", "b"], ["1", "x"], ["2", "y"]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")

    assert read_any(saved(book), "goods.xlsx").cells == [("1", "x"), ("2", "")]


def test_dimensions_that_are_too_small_lose_nothing() -> None:
    """Some programs write that a sheet has one cell."""
    rows = xlsx([["a", "b"], [1, 2], [3, 4]])
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<dimension ref="A1"/><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><v>4</v></c></row></sheetData></worksheet>'
    )

    data = with_part(rows, "xl/worksheets/sheet1.xml", sheet.encode())

    assert read_any(data, "goods.xlsx", BARE).cells == [("1", "2"), ("3", "4")]


@pytest.fixture
def book() -> bytes:
    """Give a workbook of three sheets."""
    workbook = Workbook()
    workbook.worksheets[0].title = "Read me"
    workbook.create_sheet("Prices").append(["price"])
    workbook.create_sheet("2").append(["two"])
    return saved(workbook)


@pytest.mark.parametrize(
    ("sheet", "header"), [("Prices", ["price"]), ("2", ["two"]), ("3", ["two"])]
)
def test_a_sheet_is_chosen_by_its_name_or_else_by_its_number(
    book: bytes, sheet: str, header: list[str]
) -> None:
    """A sheet that is called `2` is meant before the second sheet is."""
    assert read_any(book, "goods.xlsx", Layout(sheet=sheet)).header == header


@pytest.mark.parametrize("sheet", ["prices", "0", "4"])
def test_a_sheet_that_is_not_there_is_told_with_those_that_are(book: bytes, sheet: str) -> None:
    """Whoever renamed it finds the new name in the message."""
    with pytest.raises(FileFaultError, match=f"no sheet '{sheet}'; there are: 'Read me', 'Prices'"):
        read_any(book, "goods.xlsx", Layout(sheet=sheet))


@pytest.mark.parametrize("rows", [[], [[None, ""]]])
@pytest.mark.parametrize("header", [True, False])
def test_an_empty_sheet_is_refused(rows: list[Any], header: bool) -> None:
    """Not even a header."""
    assert codes_of(xlsx(rows), "goods.xlsx", Layout(header=header)) == [Code.EMPTY_FILE]
    assert codes_of(b"", "goods.xlsx") == [Code.EMPTY_FILE]


def test_a_header_alone_is_a_sheet_with_no_rows() -> None:
    """A package may bring nothing new."""
    assert read_any(xlsx([["a"]]), "goods.xlsx").read == 0


def test_rows_to_be_skipped_comments_and_totals_work_as_in_text() -> None:
    """A line is a row, and what a line begins with is its first cell."""
    layout = Layout(skip_lines=3, comment="#", total_row="Total")
    rows = [["Prices"], ["=1"], [], ["# x"], ["a", "b"], ["#", 1], ["A", 2], [None, "Total 3"]]

    file = read_any(xlsx(rows), "goods.xlsx", layout)

    assert (file.header, file.rows) == (["a", "b"], [(7, "A", "2")])
    assert (file.read, file.faults, file.skipped) == (2, [], [(8, Code.TOTAL_ROW)])
    assert file.issues[0].value == " Total 3"


def test_a_row_with_a_formula_is_refused() -> None:
    """Nobody knows when it was computed last, and from what."""
    file = read_any(xlsx([["a", "b"], [1, "=A2*2"], [3, 4]]), "goods.xlsx")

    assert file.rows == [(3, "3", "4")]
    (issue,) = file.issues
    assert (issue.code, issue.line, issue.column, issue.value) == (Code.FORMULA, 2, "b", "=A2*2")
    assert issue.message == "the cell holds the formula =A2*2"


def test_a_formula_behind_the_columns_that_are_used_does_not_matter() -> None:
    """Price lists have margins that nobody imports."""
    data = xlsx([["a", "b", "margin"], [1, 2, "=A2*2"], [3, "=1", 4]])

    file = read_any(data, "goods.xlsx", needed=2)

    assert file.rows == [(2, "1", "2", "")]
    assert file.faults == [(3, Code.FORMULA)]


def test_a_header_with_a_formula_refuses_the_file() -> None:
    """With a wrong header every row would be wrong."""
    assert codes_of(xlsx([["a", '="b"'], [1, 2]]), "goods.xlsx") == [Code.FORMULA]


FORMULAS = """
    <row r="1"><c r="A1"><v>0</v></c><c r="B1"><v>0</v></c></row>
    <row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>"x"</f><v>x</v></c></row>
    <row r="3"><c r="A3" t="str"><f>""</f><v></v></c><c r="B3" t="b"><f>1=1</f><v>1</v></c></row>
    <row r="4"><c r="A4"><f>1+1</f></c><c r="B4"><v>3</v></c></row>
    <row r="5"><c r="A5" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>
    <row r="6"><c r="A6"><f t="array" ref="A6">SUM(A1)</f><v>4</v></c></row>
    <row r="7"><c r="A7"><f t="array" ref="A7">SUM(A1)</f></c></row>
"""


def test_the_saved_values_of_formulas_are_taken_where_the_layout_says_so() -> None:
    """An empty result is one; a formula without a result, or with an error, is a fault."""
    layout = Layout(header=False, formulas=Formulas.VALUE)

    file = read_any(xlsx_by_hand(FORMULAS), "goods.xlsx", layout)

    assert file.rows == [(1, "0", "0"), (2, "2", "x"), (3, "", "true"), (6, "4", "")]
    assert [(i.line, i.code, i.column, i.value) for i in file.issues] == [
        (4, Code.UNSAVED_FORMULA, "column 1", "=1+1"),
        (5, Code.CELL_ERROR, "column 1", "#DIV/0!"),
        (7, Code.UNSAVED_FORMULA, "column 1", "=SUM(A1)"),
    ]


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [
        ('<c r="A2" t="e"><v>#N/A</v></c>', Code.CELL_ERROR, "#N/A"),
        ('<c r="A2" t="inlineStr"><is><t>a_x0000_</t></is></c>', Code.NUL_CHARACTER, ""),
        ('<c r="A2"><v>1e999</v></c>', Code.CELL_ERROR, "inf"),
    ],
)
def test_a_cell_that_says_nothing_is_a_fault(cell: str, code: Code, value: str) -> None:
    """An error of the spreadsheet program is no text of the shop."""
    file = read_any(xlsx_by_hand(f'<row r="2">{cell}</row><row r="3"/>'), "goods.xlsx", BARE)

    assert not file.rows
    assert [(i.line, i.code, i.column, i.value) for i in file.issues] == [
        (2, code, "column 1", value)
    ]


def test_a_date_that_does_not_exist_is_a_fault() -> None:
    """A number far behind the last day of the calendar."""
    file = read_any(xlsx([["a"], [99_999_999]], {"A2": "yyyy-mm-dd"}), "goods.xlsx")

    assert file.faults == [(2, Code.CELL_ERROR)]


def test_many_rows_come_in_batches() -> None:
    """Memory does not depend on the number of rows."""
    data = xlsx([["a", "b"], *([n, "x"] for n in range(20_500))])

    file = read_any(data, "goods.xlsx")

    assert [row[1] for row in file.rows] == [str(n) for n in range(20_500)]
    assert file.read == 20_500
