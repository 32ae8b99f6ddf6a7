"""A disk that is full at once."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size: str, *, owner: int = 0) -> Iterator[None]:
    """Make a directory a file system of its own in memory, of a size such as ``64k``.

    Only root may do that; elsewhere the test is skipped.
    """
    place.mkdir(parents=True, exist_ok=True)
    options = f"size={size},uid={owner},mode=700"
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["/usr/bin/umount", "--lazy", str(place)], check=True)
