"""Files in which every field has its place on the line."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Layout, Ragged
from impex.formats.fixed_width import FixedWidthReader
from tests.unit.read_files import ReadFile, codes_of, collected, read_any

WIDTHS = Layout(widths=(4, 6, 3))
PADDED = Layout(widths=(4, 6, 3), ragged=Ragged.PAD)
BARE = Layout(widths=(4, 6, 3), header=False)


def read_file(data: bytes, layout: Layout = WIDTHS, block: int = 1 << 20) -> ReadFile:
    """Read a whole file in blocks of that size."""
    return collected(FixedWidthReader(io.BytesIO(data), layout, block))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_fields_are_cut_by_characters_and_padding_is_dropped(line_end: str, block: int) -> None:
    """A letter with an umlaut is one character, although it takes two bytes."""
    lines = ["code" + "name  " + "qty", "A-1 " + "Größe " + " 12", "  Ж " + "中 文   " + "3  ", ""]

    file = read_file(line_end.join(lines).encode(), WIDTHS, block)

    assert file.header == ["code", "name", "qty"]
    assert file.rows == [(2, "A-1", "Größe", "12"), (3, "Ж", "中 文", "3")]
    assert (file.read, file.issues) == (2, [])


def test_delimiters_and_quotes_are_text() -> None:
    """Nothing but the place on the line separates."""
    assert read_file(
        b'"a,"\t;\n"  1\n', Layout(widths=(4, 6), header=False, ragged=Ragged.PAD)
    ).cells == [
        ('"a,"', "\t;"),
        ('"  1', ""),
    ]


def test_a_file_without_a_header_has_rows_from_its_first_line() -> None:
    """As many fields as the layout has widths."""
    file = read_file(b"A   lamp  12 \n", BARE)

    assert (file.header, file.rows) == ([], [(1, "A", "lamp", "12")])


def test_a_short_line_is_a_fault_or_is_filled_with_blanks() -> None:
    """Some programs cut the blanks at the end of a line."""
    data = b"A   lamp  12 \nB   desk  1\nC\n"

    assert read_file(data, BARE).faults == [(2, Code.LINE_TOO_SHORT), (3, Code.LINE_TOO_SHORT)]
    assert read_file(data, Layout(widths=(4, 6, 3), header=False, ragged=Ragged.PAD)).cells == [
        ("A", "lamp", "12"), ("B", "desk", "1"), ("C", "", ""),
    ]  # fmt: skip


def test_a_line_may_go_on_with_blanks_but_with_nothing_else() -> None:
    """Text that has no field is never dropped silently."""
    file = read_file("A   lamp  12    \nB   desk  1  ü\nC   sofa  12 \r\n".encode(), BARE)

    assert file.cells == [("A", "lamp", "12"), ("C", "sofa", "12")]
    assert file.faults == [(2, Code.LINE_TOO_LONG)]
    assert file.issues[0].message == "the line has 14 characters, expected 13"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"A\0  lamp  12 ", Code.NUL_CHARACTER),
        (b"A\r  lamp  12 ", Code.BAD_LINE_END),
        (b"A\xff  lamp  12 ", Code.BAD_ENCODING),
    ],
)
def test_a_bad_line_is_an_issue_and_its_neighbours_are_unharmed(record: bytes, code: Code) -> None:
    """One fault takes one line out, never another one."""
    file = read_file(b"1   lamp  12 \n" + record + b"\n3   desk  1  \n", BARE)

    assert [row[0] for row in file.rows] == [1, 3]
    assert (2, code) in file.faults
    assert {line for line, _ in file.faults} == {2}


def test_a_file_cut_in_its_last_line_is_refused() -> None:
    """Nobody knows what the cut line would have said."""
    cut = b"codename  qty\nA   lamp  12 \nB   de"

    assert codes_of(cut, "goods.txt", WIDTHS) == [Code.TRUNCATED]
    assert read_any(cut, "goods.txt", PADDED, needed=2).read == 2
    with pytest.raises(FileFaultError, match="the last record has 2 fields instead of 3"):
        read_any(cut, "goods.txt", PADDED, needed=3)


def test_preambles_comments_totals_and_encodings_work_as_in_delimited_files() -> None:
    """The layout's other options do not depend on the kind of file."""
    layout = Layout(widths=(4, 6), skip_lines=1, comment="*", total_row="Summe", encoding="cp1251")
    data = "* Liste\ncodename  \n* \nA   Стул  \n    Summe 1\n".encode("cp1251")

    file = read_file(data, layout)

    assert (file.header, file.rows) == (["code", "name"], [(4, "A", "Стул")])
    assert file.skipped == [(5, Code.TOTAL_ROW)]


def test_a_header_that_goes_on_behind_the_last_field_refuses_the_file() -> None:
    """The widths are wrong, or the file is another one; a shorter header is none the worse."""
    assert codes_of(b"codename  qty more\nA   lamp  12 \n", "a.txt", WIDTHS) == [Code.LINE_TOO_LONG]
    assert read_file(b"codename\nA   lamp  12 \n").header == ["code", "name", ""]


def test_a_total_row_may_begin_with_more_than_its_first_field_holds() -> None:
    """What a person sees at the beginning of the line counts."""
    layout = Layout(widths=(4, 6), header=False, total_row="Total")

    assert read_file(b"A   1     \nTotal  1  \n", layout).skipped == [(2, Code.TOTAL_ROW)]


LINE = st.text(st.sampled_from("aä中 \r\0"), max_size=16)


@given(st.lists(LINE, max_size=6), st.sampled_from([BARE, PADDED]), st.integers(1, 30))
@example(["", "a"], BARE, 1)
def test_fields_are_those_of_python_slices(lines: list[str], layout: Layout, block: int) -> None:
    """Whatever the characters and the blocks: a row is its slices, or it is told."""
    data = "".join(f"{line}\n" for line in lines).encode()
    records = [line.removesuffix("\r") for line in lines]
    header = next((n for n, record in enumerate(records) if record), None)
    if header is None or (layout.header and {"\r", "\0"} & set(records[header])):
        assert codes_of(data, "goods.txt", layout)
        return

    file = read_file(data, layout, block)

    first = header + 1 if layout.header else 0
    for number, record in enumerate(records[first:], first + 1):
        good = not {"\r", "\0"} & set(record) and not record[13:].strip(" ")
        if record and good and (layout is PADDED or len(record) >= 13):
            cells = (record[:4], record[4:10], record[10:13])
            assert (number, *(cell.strip(" ") for cell in cells)) in file.rows
        elif record:
            assert number in {line for line, _ in file.faults}
    assert file.read == sum(bool(record) for record in records[first:])
