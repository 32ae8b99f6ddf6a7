"""What an upload through Airflow's API server costs: its time, and the server's memory."""

import hashlib
import tempfile
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
        client.base_url = f"{stack.settings.url}/impex/api/groups/{GROUP}/uploads"
        server = psutil.Process(listening_process(stack.settings.ports.airflow))
        _upload(client, 1)  # what is imported once, is
        before = _rss_mb(server)
        with _watched(server) as watch:
            seconds = _upload(client, PIECES)
        floor = _floor(stack.settings.root)
    yield Figure(f"upload of {SIZE}, beside hashing and writing it", seconds, "s", floor, 6.0)
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


def _upload(client: httpx.Client, pieces: int) -> float:
    """Upload a file and make it a package; return the seconds that took."""
    begun = client.post("").raise_for_status().json()["upload"]
    start = time.perf_counter()
    content = (PIECE for _ in range(pieces))
    client.put(f"/{begun}/files/brands.csv", content=content).raise_for_status()
    client.post(f"/{begun}/finish").raise_for_status()
    return time.perf_counter() - start


def _floor(root: Path) -> float:
    start = time.perf_counter()
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=root) as file:
        for _ in range(PIECES):
            digest.update(PIECE)
            file.write(PIECE)
    return time.perf_counter() - start
