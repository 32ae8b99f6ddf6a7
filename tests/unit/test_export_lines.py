"""Rows on their way into text files: blocks, encodings, and lines of what functions return."""

import codecs
import csv
import io
from itertools import islice

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.column import Column
from impex.domain.errors import DataError
from impex.domain.export import Empty, LineEnd, Quoting, Style
from impex.domain.layout import Audience, Layout
from impex.formats.blocks import Lines, split
from impex.formats.frame_lines import frame_lines
from impex.formats.text_writer import Tally, TextWriter
from impex.formats.typed_rows import sheet_rows

ROWS = [b"a\n", b"b\n", b"c\n", b"d\n", b"e\n"]


@given(st.lists(st.integers(0, 4), max_size=5), st.integers(1, 6))
def test_files_have_so_many_rows_each_and_the_last_one_the_rest(
    sizes: list[int], most: int
) -> None:
    """In their order, however the blocks are; without rows, there is one file."""
    rows = [b"%d\n" % number for number in range(sum(sizes))]
    left = iter(rows)
    blocks = [Lines([next(left) for _ in range(size)]) for size in sizes]

    found = [[row for block in file for row in block.rows] for file in split(blocks, most)]

    assert [row for file in found for row in file] == rows
    assert all(len(file) == most for file in found[:-1])
    assert len(found) == max(1, -(-len(rows) // most))


def test_all_rows_are_in_one_file_where_nothing_is_split() -> None:
    """Block by block."""
    (file,) = split([Lines(ROWS[:2]), Lines(ROWS[2:])], None)

    assert b"".join(block.data() for block in file) == b"".join(ROWS)


@pytest.mark.parametrize(
    ("encoding", "bom", "mark"),
    [
        ("utf-8", False, b""),
        ("utf-8", True, codecs.BOM_UTF8),
        ("UTF_8_SIG", False, codecs.BOM_UTF8),
        ("utf-16", False, codecs.BOM_UTF16_LE),
        ("utf-16-be", False, b""),
        ("utf-16-be", True, codecs.BOM_UTF16_BE),
        ("utf-32", True, codecs.BOM_UTF32_LE),
        ("cp1251", True, b""),
    ],
)
def test_a_mark_stands_once_at_the_beginning(encoding: str, bom: bool, mark: bytes) -> None:
    """Where the encoding has one, and it was asked for."""
    writer = TextWriter(Layout(encoding=encoding), Style(bom=bom))

    start = writer.start(["Ы"], rows=True)

    assert start == mark + "Ы\n".encode(writer.encoding)
    (lines,) = writer.lines([b"\xd0\xaf\n"], Tally(), flagged=False)
    assert lines.data() == "Я\n".encode(writer.encoding)


@pytest.mark.parametrize(
    ("empty", "rows", "start"),
    [(Empty.HEADER, False, b"a\n"), (Empty.FILE, False, b""), (Empty.FILE, True, b"a\n")],
)
def test_a_file_without_rows_has_a_header_only_if_it_was_asked_for(
    empty: Empty, rows: bool, start: bytes
) -> None:
    """One with rows has it always."""
    assert TextWriter(Layout(), Style(empty=empty)).start(["a"], rows=rows) == start


def test_faulty_rows_and_those_with_characters_that_the_encoding_lacks_are_counted() -> None:
    """Only the latter are told here: PostgreSQL knows the others."""
    tally = Tally()
    writer = TextWriter(Layout(encoding="cp1251"), Style(line_end=LineEnd.CRLF))

    blocks = writer.lines([b",a\n", b"t,b\n", ",杯\n".encode(), b",d\n"], tally, flagged=True)

    assert b"".join(block.data() for block in blocks) == b"a\r\nd\r\n"
    assert tally.rejected == 2
    assert [issue.message for issue in tally.issues] == [
        "the row behind row 1 has '杯' (U+676F), which cp1251 does not have"
    ]


CELL = st.text(
    st.sampled_from("a,;\"'\n\r=-+@# 1é")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4),
    st.sampled_from(Quoting),
    st.sampled_from(LineEnd),
)
def test_what_functions_return_can_be_read_again(
    rows: list[tuple[str, str]], quoting: Quoting, line_end: LineEnd
) -> None:
    """Each cell as it was."""
    frame = pl.DataFrame(rows, schema={"1": pl.String, "2": pl.String}, orient="row")
    style = Style(quoting, line_end)

    (lines,) = frame_lines([frame], [True, False], Audience.SYSTEM, Layout(), style)

    text = b"".join(lines).decode()
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == rows
    assert len(lines) == len(rows)


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (("=1", "-1"), "'=1,-1\n"),
        (("-1", "-1.50"), "'-1,-1.50\n"),
        (("'@a", "=1"), "''@a,'=1\n"),
        (("'a", "-cmd"), "'a,'-cmd\n"),
    ],
)
def test_what_functions_return_is_no_formula_for_a_spreadsheet(
    cells: tuple[str, str], line: str
) -> None:
    """Numbers in columns of numbers are left alone."""
    frame = pl.DataFrame([cells], schema={"1": pl.String, "2": pl.String}, orient="row")

    (lines,) = frame_lines([frame], [True, False], Audience.SPREADSHEET, Layout(), Style())

    assert b"".join(lines).decode() == line


def test_a_sheet_does_not_take_more_rows_than_spreadsheets_read() -> None:
    """With the header, they are 1,048,576."""
    blocks = [b"1\n" * 1_048_575, b"1\n"]

    rows = sheet_rows([Column("a")], ["a"], blocks)

    assert sum(1 for _ in islice(rows, 1_048_576)) == 1_048_576
    with pytest.raises(DataError, match="a sheet holds 1,048,576 rows and there are more"):
        next(rows)


def test_a_line_that_would_be_a_comment_stands_in_quotes() -> None:
    """An import would leave it out."""
    frame = pl.DataFrame({"1": ["#a"], "2": ["#b"]})

    (lines,) = frame_lines([frame], [True, True], Audience.SYSTEM, Layout(comment="#"), Style())

    assert lines == [b'"#a",#b\n']
