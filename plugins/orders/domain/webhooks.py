"""How webhooks are signed, whether they come to us or go out.

Source: Standard Webhooks, https://www.standardwebhooks.com, spec/standard-webhooks.md.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Final

_PREFIX: Final = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 behind ``whsec_``, or else its own text.

    Raises:
        ValueError: What follows the prefix is not base64; the text does not show it.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as fault:
        raise ValueError(f"What follows {_PREFIX} must be base64.") from fault


def signature(key: bytes, number: str, at: str, body: bytes) -> str:
    """Sign a message.

    Args:
        key: What sender and receiver share.
        number: The header ``webhook-id``. Full stops in it would let one message pass as another.
        at: The header ``webhook-timestamp``: seconds since 1970, in digits.
        body: As it is sent.
    """
    signed = f"{number}.{at}.".encode("latin-1") + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"
