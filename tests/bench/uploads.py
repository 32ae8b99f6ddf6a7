"""What an upload through Airflow's API server costs: its time, and the server's memory."""

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.bench.airflow import GROUP, logged_in, running
from tests.bench.figure import Figure
from tests.bench.workload import SHRINK
from tests.gate import listening_process
from tests.waiting import wait_for

PIECE = b"name\n" + b"a brand of some length,\n" * 43_690  # about a MiB
PIECES = 1024 // SHRINK
SIZE = f"{len(PIECE) * PIECES / 1e9:.1f} GB"
_LOOK_S = 0.02


def measure() -> Iterator[Figure]:
    """Yield time and memory of an upload of a gigabyte.

    Its floor is a process that hashes the same bytes and writes them to the same disk.
    """
    with running() as stack, logged_in(stack) as api, httpx.Client(timeout=600) as client:
        wait_for(lambda: api.knows_dag(GROUP), GROUP, 60)
        client.headers["authorization"] = api.authorization
        client.base_url = f"{stack.settings.url}/impex/api/groups/{GROUP}"
        server = psutil.Process(listening_process(stack.settings.ports.airflow))
        file = stack.settings.root / "brands.csv"
        floor = _write(file, PIECES)
        small = stack.settings.root / "small.csv"
        _write(small, 1)
        _upload(client, small)  # what is imported once, is
        before = _rss_mb(server)
        with _watched(server) as watch:
            seconds = _upload(client, file)
    yield Figure(f"upload of {SIZE}, beside hashing and writing it", seconds, "s", floor)
    name = f"API server while {SIZE} come, beside before"
    yield Figure(name, watch.most_mb, "MB", before, 1.1)


@dataclass(slots=True)
class _Watch:
    most_mb: float = 0.0


@contextmanager
def _watched(server: psutil.Process) -> Iterator[_Watch]:
    """Watch the memory of a process and its children."""
    watch, done = _Watch(), threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_S):
            watch.most_mb = max(watch.most_mb, _rss_mb(server))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield watch
    finally:
        done.set()
        looking.join()


def _rss_mb(server: psutil.Process) -> float:
    family = [server, *server.children(recursive=True)]
    return sum(process.memory_info().rss for process in family) / 1e6


def _upload(client: httpx.Client, file: Path) -> float:
    """Upload a file as docs/pages.md says, and make it a package; return the seconds that took."""
    begun = client.post("/uploads").raise_for_status().json()["upload"]
    header = f"authorization: {client.headers['authorization']}"
    address = f"{client.base_url}uploads/{begun}/files/{file.name}"
    start = time.perf_counter()
    subprocess.run(["curl", "-sSf", "-H", header, "-T", file, address], check=True)  # noqa: S607
    client.post(f"/uploads/{begun}/finish").raise_for_status()
    return time.perf_counter() - start


def _write(file: Path, pieces: int) -> float:
    """Write a file to the disk, hash it as it is written, and return the seconds that took."""
    start = time.perf_counter()
    digest = hashlib.sha256()
    with file.open("wb") as stream:
        for _ in range(pieces):
            digest.update(PIECE)
            stream.write(PIECE)
        stream.flush()
        os.fsync(stream.fileno())
    return time.perf_counter() - start
