"""Spreadsheets that nobody's program has written so."""

import io
import tracemalloc
from contextlib import suppress
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impex.domain.errors import DataError, FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Formulas, Layout
from impex.formats.archive import Limits
from tests.unit.read_files import codes_of, read_any
from tests.unit.sheet_files import (
    SHEET,
    STRINGS,
    ods,
    ods_row,
    with_part,
    xlsx,
    xlsx_by_hand,
    xlsx_sharing,
    zipped,
)

BARE = Layout(header=False)
GOOD = xlsx([["a", "b"], [1, "x"], [2, "=A2"]])
SHARED = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
SHARING = xlsx_sharing("{}<si><t>a</t></si><si><t>b</t></si></sst>", SHARED)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("name", ["goods.xlsx", "goods.ods"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"code,name\n", "it is something else, whatever its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old .xls file, or protected by a"),
        (GOOD[:-30], "cut off"),
        (GOOD[:300] + b"\0\0" + GOOD[302:], "damaged"),
        (zipped({"a.csv": b"x"}), "an archive of other files"),
        (zipped({"[Content_Types].xml": b"<x/>"}), "not written by a spreadsheet program"),
        (zipped({"content.xml": b"<x>"}), "not written by a spreadsheet program"),
        (zipped({"../content.xml": b"<x/>"}), "has an empty, `.` or `..` part"),
    ],
)
def test_a_file_that_is_no_spreadsheet_is_refused_in_words(
    name: str, data: bytes, message: str
) -> None:
    """Whatever is wrong with it, a person learns what to do."""
    with pytest.raises(FileFaultError, match=message) as fault:
        read_any(data, name)

    assert [issue.code for issue in fault.value.issues] == [Code.NOT_A_SPREADSHEET]


def test_each_format_is_read_under_the_name_of_the_other() -> None:
    """What is in a file counts; a reject file of an .ods file is a workbook."""
    assert read_any(xlsx([["a"]]), "goods.ods").header == ["a"]
    assert read_any(ods(ods_row("a")), "goods.xlsx").header == ["a"]


def test_a_spreadsheet_that_unpacks_too_far_is_refused_before_it_does() -> None:
    """The policy for packages holds inside of them."""
    bomb = xlsx_by_hand(" " * (60 << 20))

    with pytest.raises(FileFaultError, match="more than 200 to 1"):
        read_any(bomb, "goods.xlsx")


def test_texts_that_cells_share_are_read() -> None:
    """That is how Excel writes them."""
    assert read_any(SHARING, "goods.xlsx", BARE).cells == [("a", "b")]


def test_texts_that_fill_the_memory_are_refused() -> None:
    """Cells share a table of texts that has to be held as a whole."""
    file = io.BytesIO(GOOD)
    with ZipFile(file, "a", ZIP_STORED) as archive:
        archive.writestr("xl/more.xml", bytes(65 << 20))

    with pytest.raises(FileFaultError, match="the texts that its cells share are too large"):
        read_any(file.getvalue(), "goods.xlsx")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            ods(ods_row("x" * 1000, attributes='t:number-rows-repeated="1000000"')), id="rows"
        ),
        pytest.param(
            ods(
                ods_row("x" * 1000).replace("cell ", 'cell t:number-columns-repeated="9999" ') * 99
            ),
            id="columns",
        ),
        pytest.param(
            ods(
                ods_row("<x:s x:c='999999999'/>" * 20_000, attributes='t:number-rows-repeated="9"')
            ),
            id="blanks",
        ),
    ],
)
def test_a_small_document_cannot_stand_for_a_huge_one(data: bytes) -> None:
    """Rows, cells and blanks can be repeated with a number."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="far more text than its size allows"):
            read_any(data, "goods.ods", BARE, limits=Limits(ratio_after=1 << 20))
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()


def test_a_document_has_no_more_rows_and_columns_than_programs_have() -> None:
    """Numbers are believed only so far."""
    rows = ods(ods_row("x", attributes='t:number-rows-repeated="1048577"'))
    columns = ods(ods_row("x").replace("cell ", 'cell t:number-columns-repeated="10001" '))
    below = xlsx_by_hand('<row r="1048577"><c><v>1</v></c></row>')

    assert codes_of(rows, "goods.ods", BARE) == [Code.NOT_A_SPREADSHEET]
    assert codes_of(columns, "goods.ods", BARE) == [Code.TOO_MANY_COLUMNS]
    assert codes_of(below, "goods.xlsx", BARE) == [Code.NOT_A_SPREADSHEET]
    assert codes_of(xlsx([["x"] * 10_001]), "goods.xlsx") == [Code.TOO_MANY_COLUMNS]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ods(ods_row("&b;"), head=ENTITIES), id="ods"),
        pytest.param(ods(ods_row("x"), head='<!DOCTYPE x SYSTEM "http://127.0.0.1/x">'), id="dtd"),
        pytest.param(
            xlsx_by_hand('<row><c t="str"><v>&b;</v></c></row>', head=ENTITIES), id="xlsx"
        ),
        pytest.param(
            xlsx_sharing(f"{ENTITIES}{{}}<si><t>&b;</t></si></sst>", SHARED), id="shared strings"
        ),
    ],
)
def test_a_document_that_declares_a_type_or_entities_is_refused(data: bytes) -> None:
    """A few bytes could stand for gigabytes, or for a file of this machine."""
    assert codes_of(data, "goods.xlsx", BARE) == [Code.NOT_A_SPREADSHEET]


@settings(max_examples=150)
@given(
    st.sampled_from(["[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml", SHEET, STRINGS]),
    st.integers(0, 4000),
    st.one_of(st.binary(max_size=6), st.sampled_from([b"<", b'"', b"9", b"-1", b"&x;", b"</c>"])),
    st.sampled_from(Formulas),
)
def test_any_change_inside_a_workbook_is_read_or_refused_in_words(
    part: str, at: int, junk: bytes, formulas: Formulas
) -> None:
    """Never a stack trace, whatever the XML says."""
    good = SHARING if part == STRINGS else GOOD
    with ZipFile(io.BytesIO(good)) as archive:
        content = archive.read(part)
    at %= len(content)

    data = with_part(good, part, content[:at] + junk + content[at + len(junk) :])

    _read_or_refused(data, Layout(formulas=formulas, sheet="1"))


@settings(max_examples=150)
@given(
    st.integers(0, 4000),
    st.one_of(st.binary(max_size=6), st.sampled_from([b"<", b'"', b"9", b"-1", b"&x;", b"</t:p>"])),
)
def test_any_change_inside_a_document_is_read_or_refused_in_words(at: int, junk: bytes) -> None:
    """Never a stack trace, whatever the XML says."""
    good = ods(ods_row("a", ("float", "1", "01"), ("date", "2026-01-31", "x")) * 2)
    with ZipFile(io.BytesIO(good)) as archive:
        content = archive.read("content.xml")
    at %= len(content)

    data = with_part(good, "content.xml", content[:at] + junk + content[at + len(junk) :])

    _read_or_refused(data, Layout(sheet="1"))


@given(st.integers(0, len(GOOD)), st.binary(max_size=8))
def test_any_damage_to_the_file_is_read_or_refused_in_words(at: int, junk: bytes) -> None:
    """Never a stack trace, wherever the file is cut or overwritten."""
    _read_or_refused(GOOD[:at] + junk + GOOD[at + len(junk) :], BARE)
    _read_or_refused(GOOD[:at] + junk, BARE)


def _read_or_refused(data: bytes, layout: Layout) -> None:
    """Read a file; only the refusal of data may be raised."""
    with suppress(DataError):
        read_any(data, "goods.xlsx", layout)
