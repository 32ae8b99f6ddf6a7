"""Whatever an object holds comes out of it, and whatever a file holds comes back from its rejects."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from impex.domain.errors import DataError
from impex.domain.marks import BETWEEN, NIL
from tests.unit.json_files import read_lines, reject_lines
from tests.unit.read_files import ReadFile


class Token(str):
    """A number as it is written."""

    __slots__ = ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.builds(
    "{}{}".format, st.integers(), st.sampled_from(["", ".0", ".1000", "e5", "E+30", ".25e-7"])
)
SCALARS = st.one_of(TEXTS, NUMBERS.map(Token), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NAMES = TEXTS.filter(lambda name: name != "")
RECORDS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=6)


def written(value: Any, *, ascii_only: bool = False, blank: str = "") -> str:
    """Write a value as JSON, with blanks wherever they may be."""
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, dict):
        members = [
            f"{written(name, ascii_only=ascii_only)}{blank}:{blank}"
            f"{written(inner, ascii_only=ascii_only, blank=blank)}"
            for name, inner in value.items()
        ]
        return f"{{{blank}{f'{blank},{blank}'.join(members)}{blank}}}"
    if isinstance(value, list):
        elements = [written(inner, ascii_only=ascii_only, blank=blank) for inner in value]
        return f"[{blank}{f'{blank},{blank}'.join(elements)}{blank}]"
    return json.dumps(value, ensure_ascii=ascii_only)


def as_cell(value: Any) -> str:
    """Return what a value is as the text of a cell."""
    if value is None:
        return NIL
    return str(value) if isinstance(value, str) else written(value)


@given(st.lists(RECORDS, min_size=1, max_size=4), st.booleans(), st.sampled_from(["", " ", "\t"]))
@example([{"a": {"b": [Token("1e5"), "1e5"]}}], True, " ")
def test_any_object_is_read_to_the_letter(
    records: list[dict[str, Any]], ascii_only: bool, blank: str
) -> None:
    """However it is written: its escapes and blanks are no part of what it says."""
    names = list(dict.fromkeys(name for record in records for name in record))
    lines = [written(record, ascii_only=ascii_only, blank=blank) for record in records]

    file = read_lines("\n".join(lines).encode(), *names)

    assert file.issues == []
    for record, cells in zip(records, file.cells, strict=True):
        for name, cell in zip(names, cells, strict=True):
            if name in record:
                assert cell == as_cell(record[name])


@given(st.lists(SCALARS, max_size=5))
def test_a_list_is_taken_as_it_is(elements: list[Any]) -> None:
    """Element by element; one that would be taken apart is a fault."""
    line = written({"x": elements})

    file = read_lines(line.encode(), "x", repeated=["x"])

    texts = ["" if element is None else as_cell(element) for element in elements]
    if any(BETWEEN in text for text in texts):
        assert len(file.issues) == 1
    else:
        assert file.cells == [(BETWEEN.join(texts),)]


PIECES = st.sampled_from(
    [b'{"a":', b'"a"', b"1", b"-0.0", b"}", b"]", b"[", b",", b":", b"null", b"NaN", b"{}", b"\n",
     b"\r\n", b'{"a":1}\n', b'{"a":"x","b":[{}]}', b" ", b"\t", b"\xff", b"\0", b'"\\u0000"',
     b'"\\ud800"', b'{"a":1,"a":2}\n', b"\xef\xbb\xbf", b'{"_line":1,"_codes":"c","_message":"m"}\n',
     b',"_line":1,"_codes":"c","_message":"m"}\n', b'"_line"', b"\xc3\xa4", b"\x0b", b"\x1f"]
)  # fmt: skip
BYTES = st.one_of(st.lists(PIECES, max_size=12).map(b"".join), st.binary(max_size=40))


@settings(max_examples=500)
@given(BYTES)
@example(b'{}\n{"a":1,"_line":1}\n{"a":2 ,"_line":1,"_codes":"c","_message":"m"}\n')
def test_any_bytes_are_read_or_refused_and_come_back(data: bytes) -> None:
    """Nothing but the refusal of data is ever raised; good stays good, and bad stays bad."""
    file = _read(data)
    if file is None:
        return
    lines = sorted({*(row[0] for row in file.rows), *(issue.line for issue in file.issues)})
    rejected = [(line, ["c"], "m\n'\"\\}") for line in lines]

    content = reject_lines(data, rejected)

    again = _read(content)
    assert (again is None) == (lines == [])
    if again is not None:
        assert again.cells == file.cells
        assert [i.code for i in again.issues] == [i.code for i in file.issues]
        assert again.read == file.read == content.count(b'"_message":"m\\n')


def _read(data: bytes) -> ReadFile | None:
    """Read two fields of a file; None if it is refused."""
    with suppress(DataError):
        return read_lines(data, "a", "b", repeated=["b"])
    return None
