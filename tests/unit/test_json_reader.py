"""JSON lines: what is a record, what is a field of it, and what its reject file looks like."""

import gzip
import io
import re

import pytest

from impex.domain.issue_codes import Code
from impex.domain.layout import Format, Layout
from impex.domain.marks import BETWEEN, NIL
from impex.formats.readers import open_document
from impex.formats.wanted import Wanted
from local.settings import REPOSITORY
from tests.unit.json_files import opened, read_lines, reject_lines

PAGE = (REPOSITORY / "docs" / "groups.md").read_text("utf-8")
DOCUMENTED = re.findall(r"^\| `(\{.+\})` \| `(.+?)` \| `(.+?)`", PAGE, re.MULTILINE)


def one(line: str, field: str, *, repeated: bool = False) -> str:
    """Return one field of the only record."""
    file = read_lines(line.encode(), field, repeated=[field] if repeated else [])
    assert file.issues == []
    [(cell,)] = file.cells
    return cell


def test_a_record_is_an_object_on_a_line() -> None:
    """Blank lines are none; the last one needs no line end."""
    data = b'\n{"sku":"A","n":1}\r\n \t\n{"n":2.50, "sku":"B"}\n\n  {"sku":"C"}'

    file = read_lines(data, "sku", "n")

    assert file.header == ["sku", "n"]
    assert file.rows == [(2, "A", "1"), (4, "B", "2.50"), (6, "C", "")]
    assert (file.read, file.issues, file.notes) == (3, [], [])


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('" a\\u00e4\\ud83d\\ude00\\n\\/ "', " aä😀\n/ "),
        ('""', ""),
        ("0.1000", "0.1000"),
        ("12345678901234567890.123", "12345678901234567890.123"),
        ("-0", "-0"),
        ("1E+3", "1E+3"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", "false"),
        ("null", NIL),
        ('{ "a" : [1, 1.0, "1", "ä\\n\\"", null, true, {}] }', '{"a":[1,1.0,"1","ä\\n\\"",null,true,{}]}'),
        ("[ ]", "[]"),
        ('"\\u0018"', "\x18"),
        ('"a\\u001fb"', f"a{BETWEEN}b"),
    ],
    ids=lambda case: case[:20],
)  # fmt: skip
def test_every_value_becomes_text(value: str, cell: str) -> None:
    """Numbers are never read as numbers, so that no digit is lost."""
    assert one(f'{{"x": {value}}}', "x") == cell


@pytest.mark.parametrize("number", range(5))
def test_a_cell_is_what_the_page_says(number: int) -> None:
    """Each row of its table about paths."""
    line, path, cell = DOCUMENTED[number]

    assert one(line, path) == cell


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ('{"a":{"b":{"c":"x"}}}', "x"),
        ('{"a.b.c":"x","a":{"b":{"c":"y"}}}', "x"),
        ('{"a":{"b.c":"x","b":{"c":"y"}}}', "y"),
        ('{"a":{"b":{}}}', ""),
        ('{"a":{"b":"c"}}', ""),
        ('{"a":[{"b":{"c":"x"}}]}', ""),
        ("{}", ""),
        ('{"a":{"b":{"c":null}}}', NIL),
        ('{"a":{"b":null}}', NIL),
        ('{"a":null}', NIL),
    ],
)
def test_a_path_leads_into_objects(line: str, cell: str) -> None:
    """A member that is called like all of the path comes first; null stands for all in it."""
    assert one(line, "a.b.c") == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('["a", 1.0, true, null, ""]', BETWEEN.join(["a", "1.0", "true", "", ""])),
        ('["a"]', "a"),
        ('"a"', "a"),
        ("[]", ""),
        ("[null]", ""),
        ("null", NIL),
    ],
)
def test_an_array_is_a_list_where_it_is_declared(value: str, cell: str) -> None:
    """Elements without a value do not clear anything: they are none."""
    assert one(f'{{"x":{value}}}', "x", repeated=True) == cell


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('["a", ["b"]]', ("x has an array as an element", '["b"]')),
        ('{"b": 1}', ("x has an object as an element", '{"b":1}')),
        ('["a\\u001fb"]', ("x has an element with the character U+001F", "a\x1fb")),
        ('"a\\u001fb"', ("x has an element with the character U+001F", "a\x1fb")),
    ],
)
def test_what_cannot_be_an_element_is_a_fault(value: str, told: tuple[str, str]) -> None:
    """Nothing is split that the sender did not take apart."""
    file = read_lines(f'{{"x":{value}}}\n{{"x":"c"}}'.encode(), "x", repeated=["x"])

    assert [(i.line, i.code, i.column, i.message, i.value) for i in file.issues] == [
        (1, Code.BAD_ELEMENT, "x", *told)
    ]
    assert file.rows == [(2, "c")]


def test_a_file_may_be_packed() -> None:
    """With gzip, as other files; its reject file is packed too."""
    packed = gzip.compress(b'{"sku":"A"}\n')

    wanted = Wanted(Layout(format=Format.JSON), ("sku",))
    reader = open_document(io.BytesIO(packed), "goods.jsonl.gz", [wanted])
    rejects = reject_lines(packed, [(1, ["x"], "y")], "goods.jsonl.gz")

    assert [batch.frame.rows() for batch in reader.batches()] == [[(1, "A")]]
    assert b'{"sku":"A","_line":1' in gzip.decompress(rejects)


@pytest.mark.parametrize("size", [4, 7, 50])
def test_the_size_of_blocks_changes_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record may lie in several of them."""
    data = '\ufeff{"sku":"ä"}\r\n\r\n{"sku":}\n{"sku":"C"}'.encode()
    whole = read_lines(data, "sku")
    monkeypatch.setattr("impex.formats.json_reader.BLOCK_BYTES", size)

    assert read_lines(data, "sku") == whole
    assert whole.rows == [(1, "ä"), (4, "C")]


def test_batches_have_so_many_cells_as_the_memory_should_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However short the records of a block are."""
    monkeypatch.setattr("impex.formats.json_reader.MOST_CELLS", 4)

    batches = list(opened(b"{}\n" * 5, "a", "b").batches())

    assert [(batch.read, batch.frame["line"].to_list()) for batch in batches] == [
        (2, [1, 2]),
        (2, [3, 4]),
        (1, [5]),
    ]


def test_members_that_nobody_asked_for_are_told() -> None:
    """In objects that fields are taken from, too; what is taken as a whole has none."""
    data = b"""
        {"sku":"A","price":{"amount":1,"unit":"kg"},"box":{"w":1},"_line":3}
        {"price":5,"price.amount":6,"size":{"w":1},"name":null}
        {"price":null,"deep":{"a":{"b":1,"d":2}}}
    """
    reader = opened(data, "sku", "price.amount", "size", "size.w", "deep.a.b")

    assert sum(batch.read for batch in reader.batches()) == 3
    assert reader.others(0) == ["_line", "box", "deep.a.d", "name", "price", "price.unit"]


def test_names_of_members_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may have other names in every record, and long ones."""
    monkeypatch.setattr("impex.formats.json_fields.MOST_COLUMNS", 2)
    data = b"".join(b'{"sku":1,"%b":2}\n' % (bytes([name]) * 300) for name in b"abc")

    reader = opened(data, "sku")

    assert sum(batch.read for batch in reader.batches()) == 3
    assert reader.others(0) == ["a" * 200, "b" * 200]


LINES = b"""{"sku": "A"}
 { "sku" : "B", "n":1.0 }\t
oops
["C"]
{}
{"sku":"D","sku":"E"}
\xff
{"sku":NaN}
"""
REJECTS = b""" { "sku" : "B", "n":1.0,"_line":2,"_codes":"x y","_message":"\xc3\xa4 \\"2\\"\\n"}
{"_line":3,"_codes":"x","_message":"3"}
oops
{"_line":4,"_codes":"x","_message":"4"}
["C"]
{"_line":5,"_codes":"x","_message":"5"}
{}
{"sku":"D","sku":"E","_line":6,"_codes":"x","_message":"6"}
{"_line":7,"_codes":"x","_message":"7"}
\xff
{"sku":NaN,"_line":8,"_codes":"x","_message":"8"}
"""


def test_a_reject_file_has_the_lines_as_they_came() -> None:
    """What is wrong stands at the end of their objects, or on a line in front."""
    others = [(line, ["x"], str(line)) for line in range(3, 9)]

    content = reject_lines(LINES, [(2, ["x", "y"], 'ä "2"\n'), *others])

    assert content == REJECTS
    assert read_lines(content, "sku", "n").rows == [(1, "B", "1.0"), (7, "", "")]
    assert len(read_lines(content, "sku").issues) == len(read_lines(LINES, "sku").issues) == 5


def test_a_reject_file_that_is_rejected_again_says_only_what_is_wrong_now() -> None:
    """Whoever has written its lines anew."""
    spaced = REJECTS.replace(b',"_', b' , "_').replace(b'":', b'" : ')
    lines = [1, 3, 5, 7, 8, 10, 11]
    again = [(line, ["again"], "") for line in lines]

    content = reject_lines(spaced, again)

    assert content.count(b"_line") == content.count(b'"again"') == len(lines)
    assert reject_lines(content, again) == content


def test_what_a_program_has_moved_within_an_object_stays() -> None:
    """Names are never written twice into an object: what is wrong stands in front of it."""
    line = b'{"_codes":"x","_line":3,"_message":"y","sku":"A"}\n'

    assert reject_lines(line, [(1, ["z"], "w")]) == (
        b'{"_line":1,"_codes":"z","_message":"w"}\n' + line
    )
