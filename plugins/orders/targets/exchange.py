"""One request and its answer over HTTP, bounded in time and size, with what is certain of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from orders.domain.outbox import Outcome
from orders.targets.addresses import ForbiddenAddressError, addresses_of
from orders.targets.wording import printable

BODY_BYTES: Final = 64 << 10
"""So much of an answer is read at most."""

_CONNECT_S: Final = 10
_READ_S: Final = 30


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent.

    Attributes:
        method: In capitals.
        url: Complete.
        headers: Without those of the connection.
        body: Empty for none.
        reads: Whether the body of a good answer matters; that of others is always read.
    """

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes = b""
    reads: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: HTTP status.
        headers: Of the answer.
        body: At most ``BODY_BYTES``; less than was sent if the rest did not come.
    """

    status: int
    headers: httpx.Headers
    body: bytes


class ExchangeError(Exception):
    """There was no answer; the message is a sentence for people."""

    def __init__(self, outcome: Outcome, text: str) -> None:
        """Keep what can be said of the request: refused by us, not written, or perhaps received."""
        self.outcome = outcome
        super().__init__(text)


class Exchange:
    """Speaks HTTP: certificates are checked, redirects and proxies are not followed.

    Every request has a connection of its own. One that is kept may be closed by the other side
    while the next request is written to it, and then nobody knows whether that was received.
    """

    def __init__(self, *, private: bool, within_s: float) -> None:
        """Prepare.

        Args:
            private: Whether addresses of the own network are allowed.
            within_s: How long all of it may take, from the connection to the end of the answer;
                the search for the address is limited by the resolver of the system.
        """
        self._private = private
        self._within_s = within_s
        # With the authorities of certifi, or those in SSL_CERT_FILE.
        self._certificates = httpx.create_ssl_context()

    def run(self, request: Request) -> Reply:
        """Send a request; not to be called from within an event loop.

        Raises:
            ExchangeError: There was no answer.
        """
        host = request.url.host
        try:
            addresses = addresses_of(request.url, private=self._private)
        except ForbiddenAddressError as fault:
            raise ExchangeError(Outcome.REFUSED, str(fault)) from fault
        except (OSError, UnicodeError) as fault:
            text = f"The address of {host} cannot be found: {printable(str(fault))}."
            raise ExchangeError(Outcome.UNREACHED, text) from fault
        return asyncio.run(self._over(addresses, request))

    async def _over(self, addresses: Sequence[str], request: Request) -> Reply:
        progress = _Progress()
        try:
            async with asyncio.timeout(self._within_s):
                return await self._try(addresses, request, progress)
        except (httpx.TransportError, TimeoutError) as fault:
            if progress.head is not None:
                return _reply(progress.head, progress.body)
            raise self._lost(request.url.host, progress, fault) from fault

    async def _try(
        self, addresses: Sequence[str], request: Request, progress: "_Progress"
    ) -> Reply:
        """Go to one address after the other, until one takes the connection."""
        *others, last = addresses
        for address in others:
            try:
                return await self._go(address, request, progress)
            except httpx.TransportError:
                if progress.written:
                    raise
        return await self._go(last, request, progress)

    async def _go(self, address: str, request: Request, progress: "_Progress") -> Reply:
        # The transport alone: a client would write the URL to its log.
        once = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncHTTPTransport(verify=self._certificates, limits=once) as transport:
            progress.head = response = await transport.handle_async_request(
                httpx.Request(
                    request.method,
                    request.url.copy_with(host=address),
                    headers={
                        "Host": request.url.netloc.decode("ascii"),
                        "Accept-Encoding": "identity",
                        **request.headers,
                    },
                    content=request.body,
                    extensions={
                        "timeout": httpx.Timeout(_READ_S, connect=_CONNECT_S).as_dict(),
                        "sni_hostname": request.url.raw_host.decode("ascii"),
                        "trace": progress.trace,
                    },
                )
            )
            if request.reads or not response.is_success:
                await progress.read(response)
            await response.aclose()
            return _reply(response, progress.body)

    def _lost(self, host: str, progress: "_Progress", fault: Exception) -> ExchangeError:
        if isinstance(fault, TimeoutError):
            why = f"it took longer than {self._within_s:g} seconds"
        else:
            why = f"{type(fault).__name__} {printable(str(fault))}".rstrip(" .")
        if progress.written:
            text = f"{host} may have received the message, but did not answer: {why}."
            return ExchangeError(Outcome.UNKNOWN, text)
        return ExchangeError(Outcome.UNREACHED, f"{host} cannot be reached: {why}.")


class _Progress:
    """How far a request has come; it is known even when the request is interrupted."""

    def __init__(self) -> None:
        self.written = False
        self.head: httpx.Response | None = None
        self.body = bytearray()

    async def trace(self, event: str, _: object) -> None:
        """Note that from now on the other side may receive something."""
        if event.endswith("send_request_headers.started"):
            self.written = True

    async def read(self, response: httpx.Response) -> None:
        """Read a body, up to its limit."""
        async for block in response.aiter_raw():
            self.body += block
            if len(self.body) >= BODY_BYTES:
                return


def _reply(head: httpx.Response, body: bytearray) -> Reply:
    return Reply(head.status_code, head.headers, bytes(body[:BODY_BYTES]))
