"""Lines of JSON that are meant to do harm: they cost no more than others, and nothing falls over."""

import json
import time
from collections.abc import Iterator

import pytest

from impex.domain.issue_codes import Code
from impex.domain.layout import Format, Layout
from impex.formats.readers import open_document
from impex.formats.wanted import Wanted
from tests.shared import shared
from tests.unit.json_files import read_lines
from tests.unit.made_files import made, peak_of

RECORDS = 300_000
LIMIT = 4 << 20


def filled(opening: str, piece: str, closing: str) -> bytes:
    """Return a line as long as a record may be, filled with one thing again and again."""
    count = (LIMIT - len(opening) - len(closing)) // len(piece)
    return (opening + (piece * count).rstrip(",") + closing).encode()


@pytest.mark.parametrize("ascii_only", [True, False])
def test_naughty_strings_are_read_back_exactly(ascii_only: bool) -> None:
    """As values and as names of members."""
    strings = json.loads((shared("hostile") / "blns.json").read_text("utf-8"))
    strings = [string for string in dict.fromkeys(strings) if string]
    lines = [
        json.dumps({"x": string, string: string}, ensure_ascii=ascii_only) for string in strings
    ]

    file = read_lines("\n".join(lines).encode(), "x", *strings)

    assert file.issues == []
    assert [row[1] for row in file.rows] == strings
    for number, row in enumerate(file.rows):
        assert row[2 + number] == strings[number]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (filled('{"x":"', "x", '"}'), None),
        (filled('{"x":"', "\\u00e4", '"}'), None),
        (filled('{"x":"', "\\ud83d\\ude00", '"}'), None),
        (filled('{"x":"', "\\u0000", '"}'), Code.NUL_CHARACTER),
        (filled('{"x":"', "\\ud800", '"}'), Code.BAD_JSON_RECORD),
        (filled('{"x":', "9", "}"), None),
        (filled('{"x":0.', "1", "e999999999}"), None),
        (filled('{"x":[', "[],", "]}"), None),
        (filled('{"x":[', '{"a":1},', "]}"), None),
        (filled('{"x":', "[", "}"), Code.BAD_JSON_RECORD),
        (filled('{"x":', '{"a":', "}"), Code.BAD_JSON_RECORD),
        (filled("{", '"x":1,', "}"), Code.REPEATED_MEMBER),
        (filled('{"x":[', "1,", "]}"), None),
        (filled('{"x":"', "\\", '"}'), None),
        (filled('{"x":"x"}', " ", ""), None),
    ],
    ids=lambda case: str(case)[:20],
)
def test_the_longest_records_are_read_or_refused_at_once(line: bytes, code: Code | None) -> None:
    """Within seconds of work, and alone: the next one is read."""
    started = time.process_time()

    file = read_lines(line + b'\n{"x":"last"}\n', "x")

    assert time.process_time() - started < 20
    assert [issue.code for issue in file.issues] == ([code] if code else [])
    assert file.cells[-1] == ("last",)


def test_memory_does_not_grow_with_the_file() -> None:
    """Neither with its records, nor with the names of members that nobody asks for."""
    small, large = (peak_of(__name__, count) for count in (RECORDS // 5, RECORDS))

    assert large < small + 10_000


def read_made(records: int) -> int:
    """Read a file of so many records; return how many came out."""
    wanted = Wanted(Layout(format=Format.JSON), ("id", "price.amount"))
    reader = open_document(made(_lines(records)), "made.jsonl", [wanted])
    return sum(batch.read for batch in reader.batches())


def _lines(records: int) -> Iterator[bytes]:
    for number in range(records):
        yield b'{"id":%d,"name-%d":"x","price":{"amount":1.50,"note":"%060d"}}\n' % (
            number,
            number,
            number,
        )
