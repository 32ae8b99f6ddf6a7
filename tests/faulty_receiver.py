"""A receiver of webhooks that fails in every way there is, and knows what it has taken.

    with faulty_receiver(keyed=True, faults={Fault.RESET_AFTER: 0.3}, seed=7) as receiver:
        send_to(f"{receiver.url}/orders")
        assert receiver.effects["some-key"] == 1

A message is taken when it is in the ledger, whatever its sender comes to know of that. The fault of
a request is the first part of its path where that names one (``/hang-after/orders``), or else drawn
from ``faults``: the same for the same seed, key and attempt, whatever runs beside it. ``GET
/taken/KEY`` tells without any fault whether a key is in the ledger: 200 or 404. While ``stop()``
has been called and ``start()`` has not, connections are refused; the ledger stays.

A keyed receiver does what draft-ietf-httpapi-idempotency-key-header says: one effect for a key,
the same answer again, 422 for another body. One that is not keyed takes every message anew.
"""

import json
import random
import socket
import socketserver
import ssl
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

HOST: Final = "127.0.0.1"
_TRICKLE_S: Final = 0.05
_ELSEWHERE: Final = "http://169.254.169.254/latest/meta-data"


class Fault(StrEnum):
    """What goes wrong with one request; ``BEFORE`` or ``AFTER`` the message was taken."""

    NONE = "none"
    HANG_BEFORE = "hang-before"
    HANG_AFTER = "hang-after"
    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SLOW_HEAD = "slow-head"
    SLOW_BODY = "slow-body"
    WRONG_ID = "wrong-id"
    HUGE = "huge"
    GARBAGE = "garbage"
    BUSY = "busy"
    IN_PROGRESS = "in-progress"
    REDIRECT = "redirect"
    ERROR_BODY = "error-body"
    PROBLEM = "problem"


TAKES: Final = frozenset(
    {
        Fault.NONE,
        Fault.HANG_AFTER,
        Fault.ERROR_AFTER,
        Fault.RESET_AFTER,
        Fault.SLOW_HEAD,
        Fault.SLOW_BODY,
        Fault.WRONG_ID,
        Fault.HUGE,
        Fault.GARBAGE,
    }
)
"""With these, the message was taken."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request, whatever came of it; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The key: a string of RFC 9651."""
        given = self.headers.get("idempotency-key", "")
        return given[1:-1].replace('\\"', '"').replace("\\\\", "\\")


@dataclass(slots=True)
class Ledger:
    """What was taken, by key."""

    keyed: bool
    effects: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, body: bytes) -> int:
        """Take a message and return the status with which that is answered."""
        with self.lock:
            known = self.bodies.setdefault(key, body)
            if self.keyed and known != body:
                return 422
            if not (self.keyed and self.effects[key]):
                self.effects[key] += 1
            return 201


class FaultyReceiver:
    """A server in threads of this process; see the module."""

    def __init__(
        self,
        *,
        keyed: bool,
        faults: Mapping[Fault, float],
        seed: int,
        certificates: ssl.SSLContext | None,
    ) -> None:
        """Choose its port; it refuses connections until it is started."""
        self.ledger = Ledger(keyed)
        self.requests: list[Received] = []
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.certificates = certificates
        self.stopping = threading.Event()
        self._shares = faults
        self._seed = seed
        self._port = 0
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"{'https' if self.certificates else 'http'}://{HOST}:{self._port}"

    @property
    def effects(self) -> Counter[str]:
        """How often each key was taken."""
        return self.ledger.effects

    def start(self) -> None:
        """Listen, at the same port as before."""
        self.stopping.clear()
        self._server = _Server((HOST, self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Let everybody go, and refuse connections."""
        if self._server is not None:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def fault_of(self, request: Received) -> Fault:
        """Note the request and choose what goes wrong with it."""
        with self.ledger.lock:
            self.requests.append(request)
            before = self.faults[request.key]
            fault = self._fault_of(request, len(before))
            before.append(fault)
        return fault

    def _fault_of(self, request: Received, attempt: int) -> Fault:
        with suppress(ValueError):
            return Fault(request.path.split("/")[1])
        draw = random.Random(f"{self._seed} {request.key} {attempt}").random()  # noqa: S311 - chance, no secret
        for fault, share in self._shares.items():
            draw -= share
            if draw < 0:
                return fault
        return Fault.NONE


@contextmanager
def faulty_receiver(
    *,
    keyed: bool = True,
    faults: Mapping[Fault, float] | None = None,
    seed: int = 0,
    certificates: ssl.SSLContext | None = None,
) -> Iterator[FaultyReceiver]:
    """Run a receiver.

    Args:
        keyed: Whether it honours Idempotency-Key.
        faults: How large the share of each is, of requests whose path names none.
        seed: Of the draw.
        certificates: It speaks TLS with these.
    """
    receiver = FaultyReceiver(
        keyed=keyed, faults=faults or {}, seed=seed, certificates=certificates
    )
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], receiver: FaultyReceiver) -> None:
        self.receiver = receiver
        super().__init__(place, _Conversation)

    def handle_error(self, *_: object) -> None:
        """Senders that go away, and those that do not like our certificate, are expected."""


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def setup(self) -> None:
        self.receiver = self.server.receiver
        if self.receiver.certificates is not None:
            self.request = self.receiver.certificates.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        request = self._read()
        if request.method == "GET":
            taken = unquote(request.path.rpartition("/")[2]) in self.receiver.ledger.bodies
            self._answer(200 if taken else 404, {})
            return
        fault = self.receiver.fault_of(request)
        status = 0
        if fault in TAKES:
            status = self.receiver.ledger.take(request.key, request.body)
        self._fail(fault, status, request.key)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()

    def _read(self) -> Received:
        method, path, _ = self.rfile.readline().decode("latin-1").split(" ")
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("whoever sent this was gone before its end")
        return Received(method, path, headers, body)

    def _fail(self, fault: Fault, status: int, key: str) -> None:
        match fault:
            case Fault.HANG_BEFORE | Fault.HANG_AFTER:
                self.receiver.stopping.wait()
            case Fault.RESET_BEFORE | Fault.RESET_AFTER:
                self._reset()
            case Fault.SLOW_HEAD | Fault.SLOW_BODY:
                self._trickle(_STARTS[fault])
            case Fault.GARBAGE:
                self.wfile.write(b"220 mail.example ESMTP\r\n\x00\xff\r\n\r\n")
            case Fault.HUGE:
                self._flood()
            case Fault.NONE | Fault.WRONG_ID:
                told = key if fault is Fault.NONE else f"not {key}"
                self._answer(status, {"receipt": {"key": told}})
            case _:
                self._answer(*_ANSWERS[fault])

    def _answer(self, status: int, body: object, headers: str = "") -> None:
        content = json.dumps(body).encode()
        self.wfile.write(
            f"HTTP/1.1 {status} X\r\n{headers or _JSON}Content-Length: {len(content)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + content
        )

    def _trickle(self, start: bytes) -> None:
        self.wfile.write(start)
        while not self.receiver.stopping.wait(_TRICKLE_S):
            self.wfile.write(b"x")

    def _flood(self) -> None:
        """Never come to an end, as long as somebody reads."""
        self.wfile.write(b"HTTP/1.1 201 Created\r\n\r\n{")
        while not self.receiver.stopping.is_set():
            self.wfile.write(b" " * (1 << 16))

    def _reset(self) -> None:
        """Close so that the other side gets a reset instead of an end."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.request.close()


_JSON: Final = "Content-Type: application/json\r\n"
_STARTS: Final = {
    Fault.SLOW_HEAD: b"HTTP/1.1 201 Created\r\nX-Slow: ",
    Fault.SLOW_BODY: b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n",
}
_ERROR: Final = (500, {"error": "internal"}, _JSON)
_ANSWERS: Final[Mapping[Fault, tuple[int, object, str]]] = {
    Fault.ERROR_BEFORE: _ERROR,
    Fault.ERROR_AFTER: _ERROR,
    Fault.ERROR_BODY: (200, {"error": "stock is locked"}, _JSON),
    Fault.BUSY: (429, {}, "Retry-After: 30\r\n"),
    Fault.IN_PROGRESS: (409, {"title": "a request is outstanding for this key"}, _JSON),
    Fault.REDIRECT: (307, {}, f"Location: {_ELSEWHERE}\r\n"),
    Fault.PROBLEM: (
        422,
        {"title": "Unknown\u0007 article " + "x" * 999, "detail": "sku A of Jane Doe"},
        "Content-Type: application/problem+json\r\n",
    ),
}
