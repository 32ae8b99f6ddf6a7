"""What holds for every file, whatever is in it and however it is cut into blocks."""

import csv
import io
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Escape, Layout, Ragged
from tests.unit.delimited_files import read_file
from tests.unit.model_csv import ModelRecord, model_records
from tests.unit.read_files import ReadFile

CELL = st.text(
    st.one_of(
        st.sampled_from('",;\n\r\\ a0é'),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=8,
)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)
BYTES = st.one_of(st.text('ab",\n\r\\\0é', max_size=60).map(str.encode), st.binary(max_size=40))
LAYOUTS = st.builds(
    Layout,
    escape=st.sampled_from(Escape),
    ragged=st.sampled_from(Ragged),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf8", "utf-16", "cp1252"]),
)
BLOCK = st.integers(1, 64)


@given(TABLE, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), BLOCK)
def test_what_pythons_csv_module_writes_is_read_back_equal(
    table: list[list[str]], quoting: Any, block: int
) -> None:
    """Any strings, any size of blocks; and every row knows its line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting)
    lines = []
    for row in table:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)

    file = read_file(text.getvalue().encode(), Layout(header=False), block_bytes=block)

    mark = "\ufeff"
    table[0][0] = table[0][0].removeprefix(mark) if quoting == csv.QUOTE_MINIMAL else table[0][0]
    assert file.rows == [(line, *row) for line, row in zip(lines, table, strict=True)]


@given(BYTES, LAYOUTS, BLOCK)
@example(b'a,b\n1,"2', Layout(), 3)
@example(b"\xff\xfea\x00\n\x00", Layout(encoding="utf-16"), 1)
def test_any_bytes_give_the_same_answer_in_blocks_of_any_size(
    data: bytes, layout: Layout, block: int
) -> None:
    """Rows and issues, or a refusal of the whole file; nothing else is ever raised."""
    whole = _answer(data, layout, 1 << 20)

    in_blocks = _answer(data, layout, block)

    assert in_blocks == whole


@given(BYTES, st.sampled_from(Escape), BLOCK)
def test_no_bytes_ever_shift_a_field_into_another_column(
    data: bytes, escape: Escape, block: int
) -> None:
    """A row is the fields of one record that the slow model trusts too, or it is no row."""
    data = b"x,y\n" + data
    backslash = escape is Escape.BACKSLASH
    records, unterminated = model_records(data, backslash=backslash)
    layout = Layout(escape=escape)

    answer = _answer(data, layout, block)

    good = [r for r in records[1:] if not r.blank and _trusted(r)]
    if unterminated:
        assert answer == [(records[-1].line, Code.UNTERMINATED_QUOTE)]
    elif len(records[-1].fields) == 1 and not records[-1].blank:
        assert answer == [(records[-1].line, Code.TRUNCATED)]
    else:
        assert isinstance(answer, ReadFile)
        assert [row[0] for row in answer.rows] == [record.line for record in good]
        assert answer.read == sum(not record.blank for record in records[1:])
        if not backslash:
            assert answer.cells == [tuple(map(_plain, record.fields)) for record in good]


def _answer(data: bytes, layout: Layout, block: int) -> ReadFile | list[tuple[int, Code]]:
    """Return what reading a file comes to."""
    try:
        return read_file(data, layout, block_bytes=block)
    except FileFaultError as fault:
        return [(issue.line, issue.code) for issue in fault.issues]


def _trusted(record: ModelRecord) -> bool:
    """Tell whether a record is a row of two columns of text."""
    try:
        b",".join(record.fields).decode()
    except UnicodeDecodeError:
        return False
    return record.good and len(record.fields) == 2


def _plain(field: bytes) -> str:
    """Resolve the quotes of a field."""
    text = field.decode()
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
