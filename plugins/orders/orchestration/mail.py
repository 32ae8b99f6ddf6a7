"""From an Airflow connection to a mail server."""

from contextlib import suppress
from typing import Any, Final

from airflow.sdk import Connection

from impex.domain.errors import ConfigError, Problem
from impex.orchestration.wiring import connection_named
from orders.targets.mail import MailServer, Security

_LONGEST_S: Final = 3600
_PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


def mail_server(connection_id: str) -> MailServer:
    """Return the server of a connection of Airflow's type SMTP.

    As for Airflow itself, TLS is used unless the connection's extra has ``disable_ssl``, then
    STARTTLS unless it has ``disable_tls``, too; and it may have a ``timeout`` in seconds.

    Raises:
        ConfigError: There is no such connection, or its timeout is none.
    """
    connection: Connection = connection_named(connection_id)
    extra = connection.extra_dejson
    security = Security.TLS
    if extra.get("disable_ssl"):
        security = Security.NONE if extra.get("disable_tls") else Security.STARTTLS
    return MailServer(
        host=connection.host or "localhost",
        port=connection.port or _PORTS[security],
        user=connection.login or "",
        password=connection.password or "",
        security=security,
        timeout_s=_timeout_s(connection_id, extra.get("timeout", 30)),
    )


def _timeout_s(connection_id: str, given: Any) -> float:
    with suppress(TypeError, ValueError):
        if 0 < (timeout_s := float(given)) < _LONGEST_S:
            return timeout_s
    hint = 'Write a number of seconds, as in {"timeout": 30}.'
    where = f"connection {connection_id}"
    raise ConfigError([Problem(where, "has an extra whose `timeout` is no time.", hint)])
