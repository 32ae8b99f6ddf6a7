"""What stands around the records of a delimited file: preambles, comments, totals."""

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Escape, Layout, Ragged
from impex.formats.chunks import RECORD_LIMIT
from tests.unit.delimited_files import fault_of, read_file

COMMENTED = Layout(comment="#")
TOTALLED = Layout(total_row="Total")
BLOCKS = [1, 2, 7, 1 << 20]


@pytest.mark.parametrize("block", BLOCKS)
def test_lines_in_front_of_the_header_are_skipped_whatever_is_in_them(block: int) -> None:
    """Quotes, commas, NUL and bytes that are no text: nobody reads them."""
    data = b'Price list, "spring\n\0\xff\r\n\na,b\n1,2\n'

    file = read_file(data, Layout(skip_lines=3), block_bytes=block)

    assert file.header == ["a", "b"]
    assert file.rows == [(5, "1", "2")]
    assert (file.read, file.issues) == (1, [])


def test_lines_are_skipped_in_front_of_the_first_record_where_there_is_no_header() -> None:
    """The lines of the records stay those of the file."""
    assert read_file(b"x\n1,2\n", Layout(skip_lines=1, header=False)).rows == [(2, "1", "2")]


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"a,b\n1,2\n"])
def test_a_file_that_ends_within_the_lines_to_be_skipped_is_empty(data: bytes) -> None:
    """There is no header behind them."""
    with pytest.raises(FileFaultError, match="nothing behind its first 2 lines") as fault:
        read_file(data, Layout(skip_lines=2))

    assert [issue.code for issue in fault.value.issues] == [Code.EMPTY_FILE]


def test_lines_to_be_skipped_must_not_fill_the_memory() -> None:
    """A file without line ends is not read as a whole only to be skipped."""
    assert fault_of(b"x" * (RECORD_LIMIT + 2), Layout(skip_lines=1)) == [(1, Code.RECORD_TOO_LONG)]


def test_skipped_lines_of_another_encoding_are_lines_of_its_text() -> None:
    """In UTF-16 a line end has two bytes."""
    layout = Layout(encoding="utf-16", skip_lines=1)

    assert read_file("Große Liste\na,b\n1,2\n".encode("utf-16"), layout).rows == [(3, "1", "2")]


@pytest.mark.parametrize("block", BLOCKS)
def test_comments_are_no_records_wherever_they_stand(block: int) -> None:
    """In front of the header, between records and at the end; they are not counted either."""
    data = b"# made by ERP\na,b\n#1,2\n3,4\n## x\n#"

    file = read_file(data, COMMENTED, block_bytes=block)

    assert file.header == ["a", "b"]
    assert file.rows == [(4, "3", "4")]
    assert (file.read, file.issues) == (1, [])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    "comment", [b'# 3" pipes', b'#"', b"# \0 \r x", b"# \xff", b'#"a,b","c', b"#,,,,,,"]
)
def test_what_stands_in_a_comment_harms_no_record(comment: bytes, block: int) -> None:
    """A quote in a comment opens no field."""
    data = b'a,b\n"1",2\n' + comment + b'\n"x\ny",4\n' + comment + b"\n5,6\n"

    file = read_file(data, COMMENTED, block_bytes=block)

    assert file.cells == [("1", "2"), ("x\ny", "4"), ("5", "6")]
    assert not file.issues


@pytest.mark.parametrize("block", BLOCKS)
def test_a_line_inside_quotes_is_no_comment(block: int) -> None:
    """A note may have lines that begin like one, with quotes in them too."""
    data = b'a,b\n"1\n# x ""y""\n#",2\n"#3",4\n'

    file = read_file(data, COMMENTED, block_bytes=block)

    assert file.cells == [('1\n# x "y"\n#', "2"), ("#3", "4")]


def test_a_comment_between_misplaced_quotes_is_still_a_comment() -> None:
    """Faults elsewhere in the file do not change what a comment is."""
    data = b'a,b\nx"y,2\n# 5" and 6"\n"3\n# ""no"" comment",4\n# "\n5,6\n'

    file = read_file(data, COMMENTED)

    assert file.cells == [('3\n# "no" comment', "4"), ("5", "6")]
    assert file.faults == [(2, Code.STRAY_QUOTE)]


def test_a_comment_may_begin_with_several_characters() -> None:
    """A record that begins with the first of them is a record."""
    file = read_file(b"a,b\n//x\n/x,1\n/\n", Layout(comment="//", ragged=Ragged.PAD))

    assert file.cells == [("/x", "1"), ("/", "")]


def test_a_comment_prefix_goes_with_backslashes() -> None:
    """An escaped quote in a comment is as harmless as another one."""
    layout = Layout(comment="#", escape=Escape.BACKSLASH)

    assert read_file(b'a,b\n# \\" "\n"1\\"",2\n', layout).cells == [('1"', "2")]


def test_a_file_of_comments_only_is_empty() -> None:
    """There is not even a header."""
    assert fault_of(b"#a\n\n#b\n", COMMENTED) == [(0, Code.EMPTY_FILE)]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_total_row_is_left_out_and_told(block: int) -> None:
    """It counts as read and appears among the skipped rows, not among the bad ones."""
    file = read_file(b"a,b\n1,2\n3,4\nTotal,6\n\n", TOTALLED, block_bytes=block)

    assert file.cells == [("1", "2"), ("3", "4")]
    assert file.skipped == [(4, Code.TOTAL_ROW)]
    assert (file.read, file.faults) == (3, [])
    assert file.issues[0].value == "Total,6"


@pytest.mark.parametrize(
    "total", [b"Total", b",Total,,6", b'"Total: 6"\n', b"Totals,\r\n", b"Total,6,\n# end"]
)
def test_a_total_row_may_have_any_shape(total: bytes) -> None:
    """Fewer fields, more fields, no line end: it is no record."""
    file = read_file(b"a,b\n1,2\n" + total, Layout(total_row="Total", comment="#"))

    assert file.cells == [("1", "2")]
    assert file.skipped == [(3, Code.TOTAL_ROW)]


def test_only_the_last_record_can_be_the_total_row() -> None:
    """A product may be called so."""
    file = read_file(b"a,b\nTotal,2\n1,Totally\n3,4\n", TOTALLED)

    assert file.cells == [("Total", "2"), ("1", "Totally"), ("3", "4")]
    assert not file.issues


def test_a_header_is_never_the_total_row() -> None:
    """A file with a header and nothing else has no totals."""
    file = read_file(b"Total price,b\n", TOTALLED)

    assert (file.header, file.read, file.issues) == (["Total price", "b"], 0, [])


@pytest.mark.parametrize(
    ("total", "code"),
    [
        (b"Total\xff,3", Code.BAD_ENCODING),
        ('"Total"é,3'.encode(), Code.TEXT_AFTER_QUOTE),
        (b'Total 3",3', Code.STRAY_QUOTE),
    ],
)
def test_a_last_record_that_cannot_be_read_is_a_fault_not_a_total(total: bytes, code: Code) -> None:
    """What its fields are nobody can say."""
    file = read_file(b"a,b\n1,2\n" + total + b"\n", TOTALLED)

    assert file.faults == [(3, code)]
    assert not file.skipped


def test_a_file_without_the_announced_total_row_is_whole() -> None:
    """The layout says which row is left out if it is there."""
    assert read_file(b"a,b\n1,2\n", TOTALLED).cells == [("1", "2")]


@pytest.mark.parametrize("header", [True, False])
def test_a_file_with_more_columns_than_anybody_means_is_refused(header: bool) -> None:
    """Half a million columns are a wrong delimiter or an attack."""
    with pytest.raises(FileFaultError, match="500001 fields; at most 10000 are allowed"):
        read_file(b"," * 500_000 + b"\n", Layout(header=header))
