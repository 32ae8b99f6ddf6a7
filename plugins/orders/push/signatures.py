"""Whether a message was signed by who may send it, and just now.

Source: Standard Webhooks, https://www.standardwebhooks.com; EasyPost's client libraries. Both sign
the bytes of the body, so that nothing has to be read before it is known who sent it.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from orders.domain.feed import Signature
from orders.domain.webhooks import signature as signature_of

WINDOW_S: Final = 300
"""For how many seconds a signature holds, before and after its time."""

_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_MOST: Final = 20
_EASYPOST: Final = "hmac-sha256-hex="


def signature_fault(
    signature: Signature,
    keys: Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> str:
    """Return what is wrong with the signature of a message, in a sentence; nothing if it is right.

    Args:
        signature: How the sender signs.
        keys: One of them must be the one.
        headers: With names in lower case.
        body: As it was received.
        now: Against which the time of the signature is judged, where it has one.
    """
    if signature is Signature.EASYPOST:
        return _easypost_fault(keys, headers, body)
    return _standard_fault(keys, headers, body, now)


def _standard_fault(
    keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    number, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (number and at and given):
        return "The headers webhook-id, webhook-timestamp and webhook-signature are needed."
    if not _SECONDS.fullmatch(at):
        return "The header webhook-timestamp must hold seconds since 1970."
    if abs(now.timestamp() - int(at)) > WINDOW_S:
        return f"The header webhook-timestamp is more than {WINDOW_S} seconds off our clock."
    right = [signature_of(key, number, at, body).encode() for key in keys]
    return _fault(given.split(" ")[:_MOST], right)


def _easypost_fault(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes) -> str:
    given = headers.get("x-hmac-signature", "")
    if not given.startswith(_EASYPOST):
        return f"The header X-Hmac-Signature is needed, with {_EASYPOST} and the digits."
    right = [f"{_EASYPOST}{hmac.digest(key, body, sha256).hex()}".encode() for key in keys]
    return _fault([given], right)


def _fault(given: Sequence[str], right: Sequence[bytes]) -> str:
    """Compare every pair, in a time that does not depend on where they differ."""
    matches = [
        hmac.compare_digest(one.encode("latin-1", "replace"), other)
        for one in given
        for other in right
    ]
    return "" if any(matches) else "The signature is not the one of this message."
