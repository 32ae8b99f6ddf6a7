"""Files that are made while they are read, and the memory that reading them takes."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from local.settings import REPOSITORY


def made(parts: Iterator[bytes]) -> BinaryIO:
    """Return a file of these parts, none of them empty; it cannot seek."""
    return io.BufferedReader(_Made(parts))


def peak_kib() -> int:
    """Return the most memory of this process; ``resource`` would count that of its parent, too."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def peak_of(module: str, records: int) -> int:
    """Return the most memory of another process, in which ``read_made`` of a module reads records."""
    code = (
        "import sys; sys.path[:0] = ['plugins', '.'];"
        f"from {module} import read_made; from tests.unit.made_files import peak_kib;"
        f"assert read_made({records}) == {records};"
        "print(peak_kib())"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True
    )
    return int(output.stdout)


class _Made(io.RawIOBase):
    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._parts, b"")
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
