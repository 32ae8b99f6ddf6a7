"""Where the secrets of senders come from: the environment of this process."""

import json
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from impex.domain.errors import ConfigError, Problem
from orders.domain.feed import Push, Signature
from orders.domain.webhooks import key_of


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
    try:
        return key_of(secret)
    except ValueError as fault:
        what = f"A secret of the connection {push.connection} is not what it says."
        raise ConfigError([Problem("the environment", what, str(fault))]) from fault
