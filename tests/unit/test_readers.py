"""Every kind of file through one door."""

import gzip
import io
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from impex.domain.errors import DataError
from impex.domain.issue_codes import Code
from impex.domain.layout import DETECT, Escape, Formulas, Layout, Ragged
from impex.formats.delimited import DelimitedReader
from impex.formats.fixed_width import FixedWidthReader
from impex.formats.readers import open_reader
from impex.formats.spreadsheet import SpreadsheetReader
from tests.unit.read_files import ReadFile, read_any, rejects_of
from tests.unit.sheet_files import xlsx

FIXED = Layout(widths=(1, 1))


@pytest.mark.parametrize(
    ("name", "data", "layout", "reader"),
    [
        ("a.csv", b"a,b\n", Layout(), DelimitedReader),
        ("a.tsv", b"a,b\n", Layout(), DelimitedReader),
        ("a", b"a,b\n", Layout(), DelimitedReader),
        ("a.xlsx.csv", b"a,b\n", Layout(), DelimitedReader),
        ("a.txt", b"ab\n", FIXED, FixedWidthReader),
        ("a.txt.gz", gzip.compress(b"ab\n", mtime=0), FIXED, FixedWidthReader),
        ("a.xlsx", xlsx([["a", "b"]]), FIXED, SpreadsheetReader),
        ("A.XLSX", xlsx([["a", "b"]]), Layout(), SpreadsheetReader),
        ("a.xlsx.gz", gzip.compress(xlsx([["a", "b"]])), Layout(), SpreadsheetReader),
    ],
)
def test_the_name_of_a_file_decides_how_it_is_read(
    name: str, data: bytes, layout: Layout, reader: type
) -> None:
    """Its end tells spreadsheets and packed files; the layout tells fixed width."""
    opened = open_reader(io.BytesIO(data), name, layout)

    assert type(opened) is reader
    assert (opened.header, opened.width, opened.needed) == (["a", "b"], 2, 0)


def test_reading_text_loads_nothing_that_only_spreadsheets_need() -> None:
    """Most files are text, and memory of a task is small."""
    script = (
        "import io, sys; from impex.formats.readers import open_reader; "
        "from impex.domain.layout import Layout; "
        "list(open_reader(io.BytesIO(b'a,b\\n1,\"x\"\"\"\\n1\\n'), 'a.csv', Layout()).batches()); "
        "print([m for m in ('openpyxl', 'pandas', 'lxml', 'numpy.ma') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


LAYOUTS = st.builds(
    Layout,
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-7", DETECT]),
    delimiter=st.sampled_from(",;"),
    quote=st.sampled_from("\"'"),
    escape=st.sampled_from(Escape),
    header=st.booleans(),
    ragged=st.sampled_from(Ragged),
    skip_lines=st.integers(0, 2),
    comment=st.sampled_from([None, "#", "ab"]),
    total_row=st.sampled_from([None, "b"]),
    widths=st.sampled_from([(), (), (1, 2)]),
    sheet=st.sampled_from([None, "1"]),
    formulas=st.sampled_from(Formulas),
)
BYTES = st.one_of(
    st.text('ab",\n\r\\\0é#', max_size=60).map(str.encode),
    st.binary(max_size=40),
    st.text("ab,\n", max_size=30).map(lambda text: gzip.compress(text.encode())),
)


@settings(max_examples=300)
@given(BYTES, st.sampled_from(["a.csv", "a.csv.gz", "a.xlsx", "a.ods"]), LAYOUTS)
@example(b"", "a.csv.gz", Layout())
@example(b"\xef\xbb\xbf", "a.csv", Layout(encoding=DETECT))
def test_any_bytes_at_all_are_read_or_refused_in_words(
    data: bytes, name: str, layout: Layout
) -> None:
    """Nothing but the refusal of data is ever raised, when a file is read or given back."""
    with suppress(DataError):
        file = read_any(data, name, layout)
        lines = sorted({*(row[0] for row in file.rows), *(issue.line for issue in file.issues)})
        reject_file = rejects_of(data, name, layout, [(line, ["x"], "y") for line in lines])
        read_any(reject_file, name, layout)


@settings(max_examples=300)
@given(st.text('ab", \n\r\\\0é#', max_size=60), LAYOUTS)
@example('a,b\n1,2,,\n"x\ny",3\n', Layout(ragged=Ragged.PAD))
def test_good_rows_come_back_from_a_reject_file(text: str, layout: Layout) -> None:
    """Whatever stands around them; and no bad row turns into a good one but what was filled up."""
    layout = replace(layout, encoding="utf-8", header=True, widths=())
    top = "junk\n" * layout.skip_lines + f"x{layout.delimiter}y\n"
    data = f"{top}{text}\n".encode()
    file = _read(data, layout)
    if file is None:
        return
    lines = sorted({*(row[0] for row in file.rows), *(line for line, _ in file.faults)})
    rejected = [(line, ["c"], "m\n'\"\\") for line in lines]

    again = _read(rejects_of(data, "a.csv", layout, rejected), layout)

    assert again is not None
    came_back = {int(cells[2]): cells for cells in again.cells}
    for line, *cells in file.rows:
        assert came_back.pop(line) == (*cells, str(line), "c", "m\n'\"\\")
    assert all((line, Code.TOO_FEW_FIELDS) in file.faults for line in came_back)
    assert again.skipped == [] or file.skipped


def _read(data: bytes, layout: Layout) -> ReadFile | None:
    """Read a file; None if it is refused."""
    with suppress(DataError):
        return read_any(data, "a.csv", layout)
    return None
