"""Files of extreme shapes: little memory and little time, whatever their size."""

import subprocess
import sys

import pytest

# Reads a file that is made while it is read, in a process of its own, and tells how that went.
SCRIPT = """
import io, sys, time
from impex.domain.errors import FileFaultError
from impex.domain.layout import Layout, Ragged
from impex.formats.readers import open_reader

class Made(io.RawIOBase):
    def __init__(self, parts):
        self.parts = ((text, most) for text, times in parts for most in [times * len(text)])
        self.text, self.left = b"", 0
    def readable(self):
        return True
    def readinto(self, buffer):
        while not self.left:
            self.text, self.left = next(self.parts, (b"", 0))
            if not self.text:
                return 0
        count = min(len(buffer), self.left)
        at = -self.left % len(self.text)
        buffer[:count] = (self.text * (count // len(self.text) + 2))[at:at + count]
        self.left -= count
        return count

parts, layout = eval(sys.argv[1]), Layout(**eval(sys.argv[2]))
started, read, issues, faults = time.perf_counter(), 0, 0, []
try:
    reader = open_reader(io.BufferedReader(Made(parts)), "goods.csv", layout)
    for batch in reader.batches():
        read += batch.read
        issues += len(batch.issues)
except FileFaultError as fault:
    faults = [issue.code.value for issue in fault.issues]
seconds = time.perf_counter() - started
# What `resource` tells includes the memory of the process that started this one.
with open("/proc/self/status") as status:
    kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(repr((read, issues, faults, seconds, kilobytes)))
"""
WIDE = b",".join(b"%04d" % n for n in range(5000)) + b"\n"


def read_in_a_process(
    parts: list[tuple[bytes, int]], layout: dict[str, object]
) -> tuple[int, int, list[str], float, int]:
    """Read texts repeated so many times; return records, issues, faults, seconds and kilobytes."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, repr(parts), repr(layout)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    read, issues, faults, seconds, kilobytes = eval(done.stdout)  # noqa: S307 (our own script's)
    return read, issues, faults, seconds, kilobytes


@pytest.mark.parametrize(
    ("parts", "layout", "read", "issues", "faults"),
    [
        pytest.param([(b"a,b\n1,", 1), (b"x", 50 << 20)], {}, 0, 0, ["record_too_long"], id="cell"),
        pytest.param(
            [(b'a,b\n1,"', 1), (b"x\n", 25 << 20)], {}, 0, 0, ["record_too_long"], id="quoted cell"
        ),
        pytest.param([(WIDE, 1001)], {}, 1000, 0, [], id="5,000 columns"),
        pytest.param([(b"a\n", 1), (b"\n", 10_000_000), (b"1\n", 1)], {}, 1, 0, [], id="empty lines"),
        pytest.param([(b"\r\n", 10_000_000)], {}, 0, 0, ["empty_file"], id="empty lines only"),
        pytest.param(
            [(b"a\n", 1), (b"# x\n", 3_000_000), (b"1\n", 1)], {"comment": "#"}, 1, 0, [],
            id="comments",
        ),
        pytest.param([(b"a,b\n", 1)], {}, 0, 0, [], id="header only"),
        pytest.param([(b"a\n", 1), (b"12345\n", 1_000_000)], {}, 1_000_000, 0, [], id="one column"),
        pytest.param([(b"", 0)], {}, 0, 0, ["empty_file"], id="empty file"),
        pytest.param([(b",", 8 << 20)], {}, 0, 0, ["record_too_long"], id="delimiters"),
        pytest.param(
            [(b"," * 9999 + b"\n", 1), (b"1\n", 1000)], {"ragged": "pad"}, 1000, 0, [],
            id="short records of many columns",
        ),
        pytest.param([(b"x" * 9 + b"\n", 1), (b"y", 50 << 20)],
            {"widths": (9,), "ragged": "pad"}, 0, 0, ["record_too_long"], id="fixed width",
        ),
    ],
)  # fmt: skip
def test_no_shape_of_a_file_costs_much_memory_or_time(
    parts: list[tuple[bytes, int]],
    layout: dict[str, object],
    read: int,
    issues: int,
    faults: list[str],
) -> None:
    """Refused or read, within 256 MB and some seconds, the program itself included."""
    *found, seconds, kilobytes = read_in_a_process(parts, layout)

    assert found == [read, issues, faults]
    assert kilobytes < 256 << 10
    assert seconds < 10


def test_a_file_full_of_faults_costs_no_more_memory_than_a_good_one() -> None:
    """Every record a misplaced quote: issues are handed on with their batch."""
    found = read_in_a_process([(b"a,b\n", 1), (b'x"y,1\n', 100_000)], {})

    assert found[:3] == (100_000, 100_000, [])
    assert found[4] < 256 << 10
