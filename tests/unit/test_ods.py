"""Documents of LibreOffice and its kin."""

import io

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Formulas, Layout
from tests.unit.read_files import codes_of, read_any
from tests.unit.sheet_files import ods, ods_row

BARE = Layout(header=False)


def test_rows_become_records_with_the_numbers_of_the_rows() -> None:
    """The header names the fields; repeated rows and cells are as many as they say."""
    rows = (
        ods_row("")
        + ods_row("sku", "name")
        + ods_row("A-1", "Lamp")
        + ods_row("", attributes='t:number-rows-repeated="3"')
        + ods_row("A-2", attributes='t:number-rows-repeated="2"')
        + '<t:table-row><t:table-cell/><t:table-cell o:value-type="string"><x:p>x</x:p>'
        "</t:table-cell></t:table-row>"
        '<t:table-row><t:table-cell t:number-columns-repeated="2" o:value-type="float" '
        'o:value="7"><x:p>7</x:p></t:table-cell></t:table-row>'
        '<t:table-row t:number-rows-repeated="1048000"><t:table-cell '
        't:number-columns-repeated="16384"/></t:table-row>'
    )

    file = read_any(ods(rows), "goods.ods")

    assert file.header == ["sku", "name"]
    assert file.rows == [
        (3, "A-1", "Lamp"), (7, "A-2", ""), (8, "A-2", ""), (9, "", "x"), (10, "7", "7"),
    ]  # fmt: skip
    assert (file.read, file.issues) == (5, [])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (("float", "42", "00042"), "00042"),
        (("float", "42", "42,00"), "42"),
        (("float", "-42", "-0042"), "-0042"),
        (("float", "43", "00042"), "43"),
        (("float", "4006381333931", "4,00638E+12"), "4006381333931"),
        (("float", "1.1000000000000001", "1,1"), "1.1"),
        (("float", "1E-7", "0"), "0.0000001"),
        (("percentage", "0.15", "15%"), "0.15"),
        (("currency", "12.5", "12,50 €"), "12.5"),
        (("date", "2026-01-31", "31.01.26"), "2026-01-31"),
        (("date", "2026-01-31T00:00:00", "31.01.26"), "2026-01-31"),
        (("date", "2026-01-31T00:00:00", "31.01.26 00:00"), "2026-01-31T00:00:00"),
        (("date", "2026-01-31T09:05:00", "31.01.26"), "2026-01-31T09:05:00"),
        (("date", "-0044-03-15", "Ides"), "-0044-03-15"),
        (("time", "PT09H05M07S", "9:05"), "09:05:07"),
        (("time", "PT30H05M00.25S", "30:05"), "30:05:00"),
        (("boolean", "true", "WAHR"), "true"),
        (("boolean", "false", "FALSCH"), "false"),
        ("00042", "00042"),
        ("a<x:s/><x:s x:c='2'/>b<x:tab/>c<x:line-break/>d", "a   b\tc\nd"),
        ("a</x:p><x:p>b <x:span>c<x:a>d</x:a></x:span>e", "a\nb cde"),
    ],
)
def test_a_cell_is_text_as_a_person_means_it(cell: str | tuple[str, str, str], text: str) -> None:
    """What is saved counts, but for zeros in front and times that only show."""
    assert read_any(ods(ods_row(cell)), "goods.ods", BARE).cells == [(text,)]


def test_notes_on_a_cell_are_no_part_of_it() -> None:
    """What somebody remarked about the price is not the price."""
    row = (
        '<t:table-row><t:table-cell o:value-type="string"><o:annotation><x:p>why?</x:p>'
        "</o:annotation><x:p>x</x:p></t:table-cell></t:table-row>"
    )

    assert read_any(ods(row), "goods.ods", BARE).cells == [("x",)]


def test_what_a_merged_cell_covers_is_not_seen() -> None:
    """As in a sheet that is saved as CSV."""
    covered = '<t:covered-table-cell o:value-type="string"><x:p>y</x:p></t:covered-table-cell>'
    row = ods_row("x", "z").replace("</t:table-cell>", f"</t:table-cell>{covered}", 1)

    assert read_any(ods(row), "goods.ods", BARE).cells == [("x", "", "z")]


def test_rows_in_groups_are_rows_and_tables_inside_cells_are_none() -> None:
    """Header rows and outlines wrap rows."""
    inner = f'<t:table t:name="in">{ods_row("inside")}</t:table>'
    rows = (
        f"<t:table-header-rows>{ods_row('a')}</t:table-header-rows>"
        f"<t:table-row-group><t:table-row-group>{ods_row('1')}</t:table-row-group>"
        f"{ods_row('2').replace('</x:p>', f'</x:p>{inner}')}</t:table-row-group>{ods_row('3')}"
    )

    assert read_any(ods(rows), "goods.ods").rows == [(2, "1"), (3, "2"), (4, "3")]


def formula(attributes: str, shown: str = "") -> str:
    """Write a row of a text and a formula."""
    cell = f'<t:table-cell t:formula="of:=1+1" {attributes}><x:p>{shown}</x:p></t:table-cell>'
    return ods_row("x").replace("</t:table-row>", f"{cell}</t:table-row>")


def test_formulas_are_refused_or_their_saved_values_taken() -> None:
    """Those without a value, and errors, are faults either way."""
    rows = (
        formula('o:value-type="float" o:value="2"', "2")
        + formula('o:value-type="string" o:string-value=""')
        + formula("")
        + formula('o:value-type="string" o:string-value="" c:value-type="error"', "#N/A")
        + ods_row("x")
    )

    refused = read_any(ods(rows), "goods.ods", BARE)
    taken = read_any(ods(rows), "goods.ods", Layout(header=False, formulas=Formulas.VALUE))

    assert refused.faults == [(n, Code.FORMULA) for n in (1, 2, 3, 4)]
    assert taken.rows == [(1, "x", "2"), (2, "x", ""), (5, "x", "")]
    assert [(i.line, i.code, i.value) for i in taken.issues] == [
        (3, Code.UNSAVED_FORMULA, "of:=1+1"),
        (4, Code.CELL_ERROR, "#N/A"),
    ]


@pytest.mark.parametrize(("sheet", "cell"), [(None, "1"), ("b", "2"), ("2", "2"), ("3", "3")])
def test_a_sheet_is_chosen_by_its_name_or_its_number(sheet: str | None, cell: str) -> None:
    """The first one if nothing is said."""
    data = ods({name: ods_row(str(n)) for n, name in enumerate("abc", 1)})

    assert read_any(data, "goods.ods", Layout(sheet=sheet, header=False)).cells == [(cell,)]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are() -> None:
    """Whoever renamed it finds the new name in the message."""
    with pytest.raises(FileFaultError, match="no sheet 'c'; there are: 'a', 'b'"):
        read_any(ods({"a": ods_row("1"), "b": ""}), "goods.ods", Layout(sheet="c"))


def test_a_document_without_text_is_empty() -> None:
    """Not even a header, or not even a sheet."""
    assert codes_of(ods(ods_row("")), "goods.ods") == [Code.EMPTY_FILE]
    assert codes_of(ods({}), "goods.ods") == [Code.EMPTY_FILE]


def test_what_pandas_writes_is_read() -> None:
    """A document by a program other than these tests."""
    import pandas as pd

    file = io.BytesIO()
    frame = pd.DataFrame(
        {
            "code": ["007", "a  b"],
            "price": [1.25, 3.0],
            "day": pd.to_datetime(["2026-01-31", "2026-02-01"]).date,
            "new": [True, False],
        }
    )
    frame.to_excel(file, engine="odf", index=False)

    read = read_any(file.getvalue(), "goods.ods")

    assert read.header == list(frame.columns)
    assert read.cells == [
        ("007", "1.25", "2026-01-31", "true"),
        ("a  b", "3", "2026-02-01", "false"),
    ]
