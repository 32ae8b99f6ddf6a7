"""What a manifest promises."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.files.manifest import promised_sha256

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize("flags", [[], ["--binary"]])
def test_what_sha256sum_prints_is_understood(tmp_path: Path, flags: list[str]) -> None:
    """Every sender has the program."""
    (tmp_path / "prices 1.csv").write_bytes(b"1;2\n")

    printed = subprocess.run(
        ["/usr/bin/sha256sum", *flags, "prices 1.csv"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    expected = hashlib.sha256(b"1;2\n").hexdigest()
    assert promised_sha256(printed.stdout, "prices 1.csv") == expected


@pytest.mark.parametrize(
    "line",
    [
        f"{HASH}  a.csv",
        f"{HASH} *a.csv\r\n",
        f"{HASH.upper()}  a.csv\n",
        f"{HASH}  ./a.csv\n",
        f"{HASH}  /home/erp/out/a.csv\n",
        f"{'f' * 64}  b.csv\n{HASH}  a.csv\n",
    ],
)
def test_the_line_of_the_file_is_found(line: str) -> None:
    """With the folders of the sender, any line end, upper case, and among other lines."""
    assert promised_sha256(line.encode(), "a.csv") == HASH


@pytest.mark.parametrize(
    "content",
    ["", HASH, f"{HASH}  A.csv", f"{HASH[:-1]}  a.csv", f"{HASH}a.csv", f"x{HASH}  a.csv"],
)
def test_anything_else_promises_nothing(content: str) -> None:
    """Half a hash is none, and neither is the hash of another file."""
    assert promised_sha256(content.encode(), "a.csv") is None


@given(st.binary())
def test_any_bytes_are_read_without_a_fault(content: bytes) -> None:
    """Partners send what they like."""
    promised_sha256(content, "a.csv")
