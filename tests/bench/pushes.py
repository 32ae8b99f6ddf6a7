"""Pushed messages: how long a sender waits until its message is safe, at a steady rate."""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.ports import HOST, Ports
from local.settings import REPOSITORY
from tests.bench import databases
from tests.bench.figure import Figure
from tests.feeds import event, signed
from tests.waiting import wait_for

RATE: Final = 200
SECONDS: Final = 10
WARM_S: Final = 2
"""At the beginning connections are opened and statements prepared."""
CONNECTIONS: Final = 20

_KEY: Final = "for-this-benchmark-only"
_FEED: Final = """\
source: {push: {connection: bench, rate: 1000000}}
identity: event_id
order_number: order_number
lines: {each: lines, reference: reference, shipped: shipped}
"""


def measure() -> Iterator[Figure]:
    """Yield the wait that 99 of 100 senders do not exceed, beside 20 ms, and the usual one."""
    with databases.server() as settings, tempfile.TemporaryDirectory() as scratch:
        dsn = databases.create(settings, "pushes")
        (Path(scratch) / "bench.yaml").write_text(_FEED)
        with _service(dsn, scratch) as port:
            waits = asyncio.run(_send(port, RATE * (WARM_S + SECONDS)))[RATE * WARM_S :]
    name = f"wait of a sender, {RATE} messages a second"
    ordered = sorted(waits)
    yield Figure(f"{name}, 99th percentile", 1000 * ordered[len(ordered) * 99 // 100], "ms", 20, 1)
    yield Figure(f"{name}, median", 1000 * statistics.median(ordered), "ms")


async def _send(port: int, count: int) -> list[float]:
    """Send messages at their times, whatever the others wait for; return the seconds of each."""
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection(HOST, port))
    requests = [_request(f"m-{n}") for n in range(count)]
    # When all senders are ready: to make them takes longer than a message does.
    start = time.perf_counter() + 1
    waits = await asyncio.gather(
        *(_send_at(idle, start + n / RATE, request) for n, request in enumerate(requests))
    )
    while not idle.empty():
        idle.get_nowait()[1].close()
    return list(waits)


async def _send_at(
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    at: float,
    request: bytes,
) -> float:
    await asyncio.sleep(at - time.perf_counter())
    reader, writer = await idle.get()
    # From when it was due: a service that stands still must not hide those that queue behind.
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    waited = time.perf_counter() - at
    if b" 202 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"not accepted: {head[:80]!r}")
    idle.put_nowait((reader, writer))
    return waited


def _request(number: str) -> bytes:
    """Return a signed message as it goes over the wire."""
    lines = [{"reference": "1", "shipped": 1}]
    body = json.dumps(event(number, f"O-{number}", lines=lines)).encode()
    headers = signed(body, _KEY, number=number)
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST /feeds/bench HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: {len(body)}\r\n{told}\r\n"
    )
    return head.encode() + body


@contextmanager
def _service(dsn: str, feeds: str) -> Iterator[int]:
    """Run the service as a process; yield its port."""
    port = Ports.free().push
    environment = {
        **os.environ,
        "PYTHONPATH": "plugins",
        "IMPEX_DSN": dsn,
        "ORDERS_FEEDS": feeds,
        "ORDERS_PUSH_PORT": str(port),
        "ORDERS_SECRET_BENCH": _KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "orders.push"],
        cwd=REPOSITORY,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _answers(port), "the service")
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
