"""Where records and fields begin and end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.issue_codes import Code
from impex.domain.layout import Escape, Layout
from impex.formats.splitter import DelimitedRecords, split
from tests.unit.model_csv import model_records

BACKSLASH = Layout(escape=Escape.BACKSLASH)


def records_of(block: bytes, layout: Layout | None = None) -> DelimitedRecords:
    """Split a block that starts on line 1."""
    return split(block, layout or Layout())


def raw_fields(records: DelimitedRecords, width: int) -> list[list[bytes]]:
    """Return the raw fields of all records."""
    start, end = records.bounds(np.arange(len(records)), width)
    return [
        [records.data[a:b].tobytes() for a, b in zip(*row, strict=True)]
        for row in zip(start.T.tolist(), end.T.tolist(), strict=True)
    ]


def codes(records: DelimitedRecords) -> dict[int, list[Code]]:
    """Return the codes of the faults by line."""
    return {
        issue.line: [i.code for i in issues]
        for issues in records.issues.values()
        for issue in issues
    }


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_records_end_with_either_line_end(line_end: bytes) -> None:
    """LF and CR LF end a record and are no part of it."""
    records = records_of(b"a,b" + line_end + b"1,2" + line_end)

    assert [records.raw(n) for n in range(len(records))] == [b"a,b", b"1,2"]
    assert raw_fields(records, 2) == [[b"a", b"b"], [b"1", b"2"]]


def test_a_record_starts_on_its_physical_line() -> None:
    """Line ends inside quotes count, so that a person finds the record in an editor."""
    records = records_of(b'a,b\n"1\n2\r\n3",x\n4,5\n')

    assert records.line.tolist() == [1, 2, 5]
    assert records.fields.tolist() == [2, 2, 2]


def test_an_unfinished_record_waits_for_the_next_block() -> None:
    """Only whole records are taken; the rest belongs to the next block."""
    records = records_of(b'a,b\n1,"2\n')

    assert len(records) == 1
    assert len(records.data) == 4


def test_a_block_without_a_whole_record_gives_none() -> None:
    """A long record may need several blocks."""
    records = records_of(b'"a\nb')

    assert (len(records), len(records.data)) == (0, 0)


def test_delimiters_and_line_ends_inside_quotes_are_text() -> None:
    """RFC 4180: what is quoted does not separate."""
    records = records_of(b'"a,b","c\nd","e""f"\n')

    assert raw_fields(records, 3) == [[b'"a,b"', b'"c\nd"', b'"e""f"']]
    assert not records.issues


def test_fields_that_a_record_does_not_have_are_empty() -> None:
    """Asking for more fields than there are never reaches into the next record."""
    records = records_of(b"a\nb,c,d\n")

    assert raw_fields(records, 3) == [[b"a", b"", b""], [b"b", b"c", b"d"]]


def test_other_delimiters_and_quotes_are_what_the_layout_says() -> None:
    """Comma and double quote are ordinary characters under another layout."""
    records = records_of(b"'a;b';c,\"d\n", Layout(delimiter=";", quote="'"))

    assert raw_fields(records, 2) == [[b"'a;b'", b'c,"d']]
    assert not records.issues


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b'a"b,c', Code.STRAY_QUOTE),
        (b'x, "b"', Code.STRAY_QUOTE),
        (b'"a"b,c', Code.TEXT_AFTER_QUOTE),
        (b'"a" ,c', Code.TEXT_AFTER_QUOTE),
        (b"a\0b,c", Code.NUL_CHARACTER),
        (b'"a\0b",c', Code.NUL_CHARACTER),
        (b"a\rb,c", Code.BAD_LINE_END),
        (b'"a"\r,c', Code.BAD_LINE_END),
        (b"a,b\r\r", Code.BAD_LINE_END),
    ],
)
def test_a_misplaced_character_is_a_fault_of_its_record_alone(record: bytes, code: Code) -> None:
    """The neighbours keep their borders and their lines."""
    records = records_of(b'1,"2"\n' + record + b'\n3,"4"\n')

    assert codes(records) == {2: [code]}
    assert raw_fields(records, 2)[0] == [b"1", b'"2"']
    assert raw_fields(records, 2)[2] == [b"3", b'"4"']


def test_doubled_quotes_stay_doubled_in_a_block_with_faults() -> None:
    """A misplaced quote elsewhere changes nothing for the records that are right."""
    records = records_of(b'a"b,c\n"x""y","z"""\n"",""""\n')

    assert codes(records) == {1: [Code.STRAY_QUOTE]}
    assert raw_fields(records, 2)[1:] == [[b'"x""y"', b'"z"""'], [b'""', b'""""']]


def test_a_fault_is_told_once_per_record_in_the_order_of_the_text() -> None:
    """A record full of quotes has one issue of each kind."""
    records = records_of(b'a"b"c,"d"e,f\0g\0\n1,2,3\n')

    assert codes(records) == {1: [Code.STRAY_QUOTE, Code.TEXT_AFTER_QUOTE, Code.NUL_CHARACTER]}


def test_a_carriage_return_inside_quotes_is_text() -> None:
    """Only outside quotes does a lone carriage return mislead."""
    assert not records_of(b'"a\rb",c\r\n').issues


def test_a_megabyte_of_faults_is_as_cheap_as_one() -> None:
    """A block of NUL characters costs one issue, not a million."""
    records = records_of(b"\0" * (1 << 20) + b"\n1,2\n")

    assert codes(records) == {1: [Code.NUL_CHARACTER]}


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (rb'"a\"b",c', [rb'"a\"b"', b"c"]),
        (rb'"a\\",c', [rb'"a\\"', b"c"]),
        (rb'"a\\\",b",c', [rb'"a\\\",b"', b"c"]),
        (rb'"a""b",c', [b'"a""b"', b"c"]),
        (rb"a\"b,c", [rb"a\"b", b"c"]),
    ],
)
def test_a_backslash_escapes_a_quote_where_the_layout_says_so(
    record: bytes, fields: list[bytes]
) -> None:
    """A pair of backslashes is one backslash, and what follows it is not escaped."""
    records = records_of(record + b"\n", BACKSLASH)

    assert raw_fields(records, 2) == [fields]
    assert not records.issues


def test_a_backslash_is_text_where_the_layout_does_not_say_so() -> None:
    """Under RFC 4180 the quote after a backslash closes the field."""
    assert codes(records_of(b'"a\\"b",c\n')) == {1: [Code.TEXT_AFTER_QUOTE, Code.STRAY_QUOTE]}


@given(st.text('ab",\n\r\\\0', max_size=40), st.booleans())
def test_borders_are_those_of_the_model(text: str, backslash: bool) -> None:
    """Whatever the bytes: the same records, lines, fields and faults as read one by one."""
    data = text.encode() + b"\n"
    layout = BACKSLASH if backslash else Layout()
    expected, unterminated = model_records(data, backslash=backslash)
    expected = [record for record in expected[:-1] if not record.blank]

    records = split(data, layout)

    assert (len(records.data) == len(data)) is not unterminated
    assert records.line.tolist() == [record.line for record in expected]
    assert records.fields.tolist() == [len(record.fields) for record in expected]
    width = max((len(record.fields) for record in expected), default=0)
    padded = [r.fields + [b""] * (width - len(r.fields)) for r in expected]
    assert raw_fields(records, width) == padded
    assert set(records.issues) == {n for n, record in enumerate(expected) if not record.good}
