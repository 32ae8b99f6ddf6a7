"""What is wrong with lines of JSON: told with its line, and nothing is guessed or repaired."""

import json
import sys

import pytest

from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT
from tests.unit.json_files import faults_of, opened, read_lines

DEEP = 256


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    """Return an object with so many arrays or objects within one another in it."""
    return '{"x":' + opening * (depth - 1) + "1" + closing * (depth - 1) + "}"


@pytest.mark.parametrize(
    ("line", "message", "value"),
    [
        ("oops", "the line is not JSON: Expecting value, at character 1", "oops"),
        ('{"a":1,}', "Expecting property name enclosed in double quotes, at character 8", "}"),
        ('{"a":1} x', "the line is not JSON: Extra data, at character 9", "x"),
        ('{"a":"b}', "the line is not JSON: Unterminated string, at character 6", '"b}'),
        ('{"a":"\t"}', "the line is not JSON: Invalid control character, at character 7", '\t"}'),
        ('{"a":"\\x"}', "the line is not JSON: Invalid \\escape, at character 7", '\\x"}'),
        ('{"a":01}', "the line is not JSON: Expecting ',' delimiter, at character 7", "1}"),
        ('{"a":.5}', "the line is not JSON: Expecting value, at character 6", ".5}"),
        ("{'a':1}", "the line is not JSON: Expecting property name", "'a':1}"),
        ('\ufeff{"a":1}', "the line is not JSON: Expecting value, at character 1", '\ufeff{"a":1}'),
        ('{"a":NaN}', "the line is not JSON: NaN is no number", "NaN"),
        ('{"a":-Infinity}', "the line is not JSON: -Infinity is no number", "-Infinity"),
        ("[1]", "the line is an array, not an object", "[1]"),
        ('"a"', "the line is a text, not an object", '"a"'),
        ("1.5", "the line is a number, not an object", "1.5"),
        ("true", "the line is true or false, not an object", "true"),
        ("null", "the line is null, not an object", "null"),
        ('{"a":"\\ud800"}', "the record has a text with half a character, \\ud800", "\\ud800"),
        ('{"a":{"\\udfff":1}}', "the record has a text with half a character, \\udfff", "\\udfff"),
        (nested(DEEP + 1), "the record has more than 256 objects and arrays within one", ""),
        (nested(DEEP + 1, '{"a":', "}"), "the record has more than 256 objects and arrays", ""),
        (nested(200_000), "the record has more than 256 objects and arrays within one", ""),
    ],
    ids=lambda case: case[:30],
)
def test_a_line_that_holds_no_object_is_a_fault_of_its_own(
    line: str, message: str, value: str
) -> None:
    """The lines around it are read."""
    file = read_lines(f'{{"a":"first"}}\n\n{line}\n{{"a":"last"}}\n'.encode(), "a")

    [issue] = file.issues
    assert (issue.line, issue.code, issue.value) == (3, Code.BAD_JSON_RECORD, value)
    assert message in issue.message
    assert file.rows == [(1, "first"), (4, "last")]
    assert file.read == 3


@pytest.mark.parametrize("line", ['{"a":"x\\u0000"}', '{"b":["\\u0000"]}', '{"\\u0000":1}'])
def test_the_nul_character_is_no_text(line: str) -> None:
    """PostgreSQL cannot hold it; anywhere in a record."""
    assert read_lines(line.encode(), "a").faults == [(1, Code.NUL_CHARACTER)]


def test_what_looks_like_no_text_may_be_some() -> None:
    """A backslash may be text itself, and two halves are a character."""
    file = read_lines(rb'{"a":"\\u0000\\ud800 \ud83d\ude00 \uD83D\uDE00"}', "a")

    assert file.rows == [(1, r"\u0000\ud800 😀 😀")]


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ('{"a":1,"b":2,"a":1}', "a", "an object has the member a 2 times"),
        ('{"b":[{"c":1,"c":2,"c":3}]}', "c", "an object has the member c 3 times"),
        ('{"a":1,"\\u0061":2}', "a", "an object has the member a 2 times"),
        ('{"\\u0000\\ud800":1,"\\u0000\\ud800":1}', "\\0\\ud800", "the member \\0\\ud800 2 times"),
        (f'{{"{"x" * 999}":1,"{"x" * 999}":2}}', "x" * VALUE_LIMIT, "2 times"),
    ],
    ids=lambda case: case[:30],
)
def test_a_member_that_stands_twice_is_a_fault(line: str, column: str, message: str) -> None:
    """Neither of them is taken without a word, at whatever depth."""
    [issue] = read_lines(line.encode(), "a").issues

    assert (issue.line, issue.code, issue.column) == (1, Code.REPEATED_MEMBER, column)
    assert message in issue.message


def test_depth_up_to_the_limit_is_read() -> None:
    """Of arrays and of objects; many of them beside each other are not deep."""
    arrays, objects = nested(DEEP), nested(DEEP, '{"a":', "}")
    wide = json.dumps({"x": [[]] * 1000}, separators=(",", ":"))

    file = read_lines(f"{arrays}\n{objects}\n{wide}".encode(), "x")

    assert [f'{{"x":{cell}}}' for (cell,) in file.cells] == [arrays, objects, wide]


def test_depth_is_no_matter_of_the_caller() -> None:
    """Airflow may have called a hundred functions before."""

    def deeper(calls: int) -> list[tuple[str, ...]]:
        return deeper(calls - 1) if calls else read_lines(nested(DEEP).encode(), "x").cells

    assert deeper(min(200, sys.getrecursionlimit() // 5)) == [(nested(DEEP)[5:-1],)]


@pytest.mark.parametrize(
    ("data", "offset"),
    [(b'{"a":"x"}\n{"a":"\xe4"}\n', 16), (b'\xef\xbb\xbf{"a":1}\n{"a":"\xed\xa0\x80"}\n', 17)],
)
def test_bytes_that_are_no_text_are_told_with_their_place(data: bytes, offset: int) -> None:
    """Counted from the beginning of the file; surrogates have no bytes of their own."""
    file = read_lines(data, "a")

    [issue] = file.issues
    assert (issue.line, issue.code, issue.value) == (2, Code.BAD_ENCODING, f"{data[offset]:02x}")
    assert f"at offset {offset} " in issue.message
    assert len(file.rows) == 1


@pytest.mark.parametrize("end", ['{"a":1', '{"a":{"b":1}', '{"a":"', "{", '{"a":"ä'])
def test_a_file_that_was_cut_applies_nothing(end: str) -> None:
    """Its last line has no line end, and is no JSON; also where a character was cut."""
    data = f'{{"a":1}}\n{end}'.encode()

    assert faults_of(data, "a") == [(2, Code.TRUNCATED)]
    assert faults_of(data[:-1] if len(end) > 1 else data, "a") == [(2, Code.TRUNCATED)]
    assert faults_of(data + b"\n", "a") == []


@pytest.mark.parametrize("end", ["[1]", '{"a":1,"a":2}', '{"a":"\\u0000"}', '{"a":NaN}', " "])
def test_a_last_line_that_is_whole_was_not_cut(end: str) -> None:
    """What is wrong with it is its own fault."""
    assert faults_of(f'{{"a":1}}\n{end}'.encode(), "a") == []


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (0, Code.EMPTY_FILE)),
        (b" \r\n\n", (0, Code.EMPTY_FILE)),
        ('{"a":1}\n'.encode("utf-16"), (1, Code.BAD_ENCODING)),
        ('{"a":1}\n'.encode("utf-16-le"), (1, Code.BAD_ENCODING)),
        ('{"a":1}\n'.encode("utf-16-be"), (1, Code.BAD_ENCODING)),
        ('{"a":1}\n'.encode("utf-32"), (1, Code.BAD_ENCODING)),
        (b'{"a":1}\n\n{"a":"' + b"x" * (4 << 20) + b'"}\n', (3, Code.RECORD_TOO_LONG)),
        (b'{"a":1}\n{"a":"' + b"x" * (9 << 20), (2, Code.RECORD_TOO_LONG)),
    ],
    ids=lambda case: repr(case)[:30],
)
def test_a_file_that_is_no_file_of_json_lines_is_refused(
    data: bytes, fault: tuple[int, Code]
) -> None:
    """As a whole, with the line on which that shows."""
    assert faults_of(data, "a") == [fault]


def test_a_document_over_many_lines_is_told_line_by_line() -> None:
    """Somebody has sent JSON, but no JSON lines; no line of it becomes a record."""
    data = json.dumps([{"a": "x", "b": {}}, {"a": "y"}], indent=1).encode()

    file = read_lines(data + b"\n", "a")

    assert file.rows == []
    assert {issue.code for issue in file.issues} == {Code.BAD_JSON_RECORD}


def test_a_file_is_opened_before_its_records_are_read() -> None:
    """So that a descriptor is bound to it, although its first line is bad."""
    reader = opened(b"oops\n", "a")

    assert reader.heads == [(["a"], 1)]
