"""Delimited text into batches: what is read, what is refused and where it stands."""

import json

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Layout, Ragged
from impex.formats.chunks import RECORD_LIMIT
from tests.shared import shared
from tests.unit.delimited_files import BACKSLASH, PADDED, fault_of, read_file


def test_a_file_becomes_rows_of_its_fields_with_their_lines() -> None:
    """The header names the fields; every row knows the line on which it starts."""
    file = read_file(b'sku,name\nA-1,"Desk\nlamp"\nA-2,"12"" shelf"\n')

    assert file.header == ["sku", "name"]
    assert file.rows == [(2, "A-1", "Desk\nlamp"), (4, "A-2", '12" shelf')]
    assert file.read == 2


def test_blanks_around_fields_are_text() -> None:
    """RFC 4180: spaces belong to the field."""
    assert read_file(b"a,b\n x , \n").cells == [(" x ", " ")]


def test_an_empty_quoted_field_is_an_empty_cell() -> None:
    """Quotes around nothing hold nothing."""
    assert read_file(b'a,b\n"",\n').cells == [("", "")]


def test_blank_lines_are_no_records_but_count_as_lines() -> None:
    """A blank line at the end or between records is not a row with faults."""
    file = read_file(b"\n\r\na,b\n\n1,2\r\n\r\n3,4\n\n")

    assert file.rows == [(5, "1", "2"), (7, "3", "4")]
    assert (file.read, file.issues) == (2, [])


def test_the_last_record_needs_no_line_end() -> None:
    """Many programs do not end the last line."""
    assert read_file(b"a,b\n1,2").cells == [("1", "2")]
    assert read_file(b"a,b\n1,2\r").cells == [("1", "2")]


def test_a_file_without_a_header_has_rows_from_its_first_line() -> None:
    """Fields are then known by their position only."""
    file = read_file(b"1,2\n3,4\n", Layout(header=False))

    assert file.header == []
    assert file.rows == [(1, "1", "2"), (2, "3", "4")]


def test_a_header_alone_is_a_file_with_no_rows() -> None:
    """A package may bring nothing new."""
    file = read_file(b"sku,name\n")

    assert (file.rows, file.read) == ([], 0)


@pytest.mark.parametrize("data", [b"", b"\n\r\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("header", [True, False])
def test_a_file_with_nothing_in_it_is_refused(data: bytes, header: bool) -> None:
    """Not even a header: the export that wrote it has failed."""
    assert fault_of(data, Layout(header=header)) == [(0, Code.EMPTY_FILE)]


def test_a_header_may_repeat_names() -> None:
    """The names are passed on as they are; who needs one of them says which."""
    file = read_file(b"EN,DE,EN\na,b,c\n")

    assert file.header == ["EN", "DE", "EN"]
    assert file.cells == [("a", "b", "c")]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b'a,b"c', Code.STRAY_QUOTE),
        (b'"a"b,c', Code.TEXT_AFTER_QUOTE),
        (b"a\0,b", Code.NUL_CHARACTER),
        (b"a\rb,c", Code.BAD_LINE_END),
        (b"Gr\xf6\xdfe,c", Code.BAD_ENCODING),
    ],
)
def test_a_header_that_cannot_be_trusted_refuses_the_file(header: bytes, code: Code) -> None:
    """With a wrong header every row would be wrong."""
    assert fault_of(b"\n" + header + b"\n1,2\n") == [(2, code)]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b'3" pipe,2', Code.STRAY_QUOTE),
        (b'"3" pipe",2', Code.TEXT_AFTER_QUOTE),
        (b"1", Code.TOO_FEW_FIELDS),
        (b"1,2,3", Code.TOO_MANY_FIELDS),
        (b"1,2,", Code.TOO_MANY_FIELDS),
        (b"1\0,2", Code.NUL_CHARACTER),
        (b"1\r,2", Code.BAD_LINE_END),
        (b"caf\xe9,2", Code.BAD_ENCODING),
    ],
)
def test_a_bad_record_is_an_issue_and_its_neighbours_are_unharmed(
    record: bytes, code: Code
) -> None:
    """One fault takes one row out, never another one."""
    file = read_file(b'a,b\n"x\ny",2\n' + record + b"\n5,6\n")

    assert file.rows == [(2, "x\ny", "2"), (5, "5", "6")]
    assert (4, code) in file.faults
    assert {line for line, _ in file.faults} == {4}
    assert file.read == 3


def test_an_issue_says_how_many_fields_there_are() -> None:
    """The message of a ragged record has both numbers."""
    file = read_file(b"a,b\n1,2,3\n")

    assert file.issues[0].message == "the record has 3 fields, expected 2"


def test_missing_fields_are_empty_where_the_layout_pads() -> None:
    """Some programs leave out empty fields at the end."""
    assert read_file(b"a,b,c\n1\n1,2\n", PADDED).cells == [("1", "", ""), ("1", "2", "")]


def test_surplus_fields_are_dropped_only_if_empty_and_only_where_the_layout_pads() -> None:
    """Text that has no column is never dropped silently."""
    file = read_file(b"a,b\n1,2,,\n1,2,,x\n", PADDED)

    assert file.cells == [("1", "2")]
    assert file.faults == [(3, Code.TOO_MANY_FIELDS)]


def test_an_unnamed_field_at_the_end_of_the_header_may_be_missing() -> None:
    """``name;description;`` is how some programs end a header, but not the records."""
    file = read_file(b"a,b,\n1,2\n1,2,\n1\n")

    assert file.cells == [("1", "2", ""), ("1", "2", "")]
    assert file.faults == [(4, Code.TOO_FEW_FIELDS)]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'a,b\n1,2\n3,"4\n5,6\n', (3, Code.UNTERMINATED_QUOTE)),
        (b'a,"b\n1,2\n', (1, Code.UNTERMINATED_QUOTE)),
        (b"a,b,c\n1,2,3\n4,5", (3, Code.TRUNCATED)),
        (b"a,b,c\n1,2,3\n4", (3, Code.TRUNCATED)),
    ],
)
def test_a_file_cut_in_the_middle_is_refused_as_a_whole(
    data: bytes, fault: tuple[int, Code]
) -> None:
    """What is missing behind the cut nobody knows, so nothing of the file is applied."""
    assert fault_of(data) == [fault]


def test_a_cut_is_seen_where_short_records_are_padded() -> None:
    """A last record without line end that lacks a needed field was cut."""
    cut = b"a,b,c\n1,2,3\n4,5"

    assert fault_of(cut, PADDED, needed=3) == [(3, Code.TRUNCATED)]
    assert fault_of(cut, PADDED, needed=2) == []
    assert fault_of(cut + b"\n", PADDED, needed=3) == []


def test_a_record_over_the_limit_is_refused_with_its_line() -> None:
    """A quote that is never closed must not fill the memory."""
    long = b"x" * RECORD_LIMIT

    assert fault_of(b"a,b\n1,2\n1," + long + b"\n3,4\n") == [(3, Code.RECORD_TOO_LONG)]
    assert fault_of(b'a,b\n1,"2\n' + long + b"\n3,4\n") == [(2, Code.RECORD_TOO_LONG)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_record_at_the_limit_is_read_whatever_the_blocks(line_end: bytes) -> None:
    """The limit depends on the record, not on how the file is cut into blocks."""
    data = b"a,b\n1," + b"x" * (RECORD_LIMIT - 2) + line_end

    for block in (1 << 20, len(data) - 1, len(data) * 2):
        assert read_file(data, block_bytes=block).read == 1
    assert fault_of(data.replace(b"1,", b"1,y"), block_bytes=len(data) * 2) == [
        (2, Code.RECORD_TOO_LONG)
    ]


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        (rb'"12\" wide"', '12" wide'),
        (rb'"C:\\"', "C:\\"),
        (rb'"one\ntwo"', "one\ntwo"),
        (rb'"tab\there\r"', "tab\there\r"),
        (rb'"a\\nb"', "a\\nb"),
        (rb'"50\% \d"', "50\\% \\d"),
        (rb'"a ""b"""', 'a "b"'),
        (rb"a\nb", "a\\nb"),
    ],
)
def test_backslash_escapes_stand_for_characters(written: bytes, cell: str) -> None:
    """Known escapes inside quotes are resolved, unknown ones stay as they are."""
    assert read_file(b"a,b\n" + written + b",x\n", BACKSLASH).cells == [(cell, "x")]


def test_backslashes_are_text_without_the_escape() -> None:
    """A Windows path needs no special layout."""
    assert read_file(rb"a,b" + b"\n" + rb'"C:\new",\n' + b"\n").cells == [("C:\\new", "\\n")]


@pytest.mark.parametrize("file_name", ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes",
    "json", "newlines", "newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf", "utf8",
])  # fmt: skip
def test_the_csv_spectrum_is_read_as_its_authors_mean_it(file_name: str) -> None:
    """A collection of CSV files with their values as JSON."""
    spectrum = shared("csv-spectrum")
    expected = json.loads((spectrum / f"{file_name}.json").read_text("utf-8"))

    data = (spectrum / f"{file_name}.csv").read_bytes()
    if file_name.endswith("_crlf") and b"\r" not in data:
        data = data.replace(b"\n", b"\r\n")  # a checkout may have turned the line ends

    file = read_file(data)

    rows = [dict(zip(file.header, cells, strict=True)) for cells in file.cells]
    assert rows == (expected if isinstance(expected, list) else [expected])
    assert not file.issues


def test_coordinates_with_bare_quotes_are_an_issue() -> None:
    """The one file of the spectrum that RFC 4180 does not allow."""
    file = read_file((shared("csv-spectrum") / "location_coordinates.csv").read_bytes())

    assert (file.rows, file.faults) == ([], [(2, Code.STRAY_QUOTE)])


def test_a_record_without_the_first_field_keeps_its_other_fields_in_place() -> None:
    """An empty first field is a field."""
    layout = Layout(ragged=Ragged.PAD, delimiter=";")

    assert read_file(b"a;b;c\n;2\n", layout).cells == [("", "2", "")]


def test_a_fault_of_a_file_explains_itself() -> None:
    """The exception's text is what a person reads."""
    with pytest.raises(FileFaultError, match="the last record has 1 fields instead of 2"):
        read_file(b"a,b\n1,2\n3")
