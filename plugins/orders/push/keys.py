"""Where the secrets of senders come from: the environment of this process."""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from impex.domain.errors import ConfigError, Problem
from orders.domain.feed import Push, Signature

_PREFIX: Final = "whsec_"


def keys_of(push: Push, environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the keys with which a sender may sign; several while one replaces the other.

    ``ORDERS_SECRET_<CONNECTION>`` holds them, or else the password of the Airflow connection in
    ``AIRFLOW_CONN_<CONNECTION>``.

    Raises:
        ConfigError: There is none, or one is not what it says.
    """
    own = f"ORDERS_SECRET_{re.sub('[^A-Z0-9]', '_', push.connection.upper())}"
    airflow = f"AIRFLOW_CONN_{push.connection.upper()}"
    secrets = (environment.get(own) or _password(environment.get(airflow, ""))).split()
    if not secrets:
        what = f"The secret of the connection {push.connection} is not known here."
        hint = f"Set {own}, or {airflow} to its URI."
        raise ConfigError([Problem("the environment", what, hint)])
    return tuple(_key(secret, push) for secret in secrets)


def _password(connection: str) -> str:
    """Return the password of a connection as Airflow writes them: a URI or JSON."""
    try:
        if connection.lstrip().startswith("{"):
            return str(json.loads(connection).get("password") or "")
        return unquote(urlsplit(connection).password or "")
    except ValueError:
        return ""


def _key(secret: str, push: Push) -> bytes:
    if push.signature is Signature.EASYPOST:
        # Source: EasyPost's client libraries, which normalise the secret before they use it.
        return unicodedata.normalize("NFKD", secret).encode()
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as fault:
        what = f"A secret of the connection {push.connection} begins with {_PREFIX}."
        hint = "What follows must be base64."
        raise ConfigError([Problem("the environment", what, hint)]) from fault
