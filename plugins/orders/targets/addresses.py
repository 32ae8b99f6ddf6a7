"""Which addresses webhooks may go to: those of the internet, unless the own network is meant.

A URL that somebody typed must not make us speak to what only we can reach: this machine, its
neighbours, the metadata service of a cloud. The answer of the name server is judged, not the name,
and the connection then goes to the very address that was judged.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

_PORTS: Final = {"https": 443, "http": 80}
_HOST: Final = re.compile(r"[0-9A-Za-z._:-]+")
# RFC 4291 2.4, RFC 6052 2.1.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")


class ForbiddenAddressError(Exception):
    """The host leads to an address that webhooks must not go to."""


def url_fault(url: str, *, private: bool) -> str:
    """Return what is wrong with the URL of a receiver, as a sentence; empty if nothing is."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "It is not a URL."
    schemes = ("https", "http") if private else ("https",)
    if parsed.scheme not in schemes or not _HOST.fullmatch(parsed.raw_host.decode("ascii")):
        return f"It must begin with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host."
    if parsed.userinfo:
        return "It must hold no user and no password: messages are signed."
    return ""


def addresses_of(url: httpx.URL, *, private: bool) -> list[str]:
    """Resolve the host of a URL, once; the addresses are in the order in which to try them.

    Raises:
        OSError: The name is not known, or the name server does not answer.
        ForbiddenAddressError: One of the addresses is not of the internet, and ``private`` is off.
    """
    port = url.port or _PORTS[url.scheme]
    found = socket.getaddrinfo(url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
    addresses = [str(place[0]).partition("%")[0] for *_, place in found]
    for address in addresses:
        if not (private or _is_public(ip_address(address))):
            raise ForbiddenAddressError(
                f"{url.host} leads to {address}, which is not an address of the internet. "
                "Allow private addresses for this target if that is meant."
            )
    return addresses


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    inner = _carried(address)
    if inner is not None:
        return _is_public(inner)
    return address in _GLOBAL_UNICAST and address.is_global


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that one of IPv6 stands for, if it does."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
