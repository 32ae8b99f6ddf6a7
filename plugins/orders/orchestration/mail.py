"""From an Airflow connection to a mail server."""

from airflow.sdk import Connection

from impex.orchestration.wiring import connection_named
from orders.targets.mail import MailServer, Security

_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


def mail_server(connection_id: str) -> MailServer:
    """Return the server of a connection of Airflow's type SMTP.

    As for Airflow itself, TLS is used unless the connection's extra has ``disable_ssl``, then
    STARTTLS unless it has ``disable_tls``, too; and it may have a ``timeout`` in seconds.

    Raises:
        ConfigError: There is no such connection.
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
        timeout_s=float(extra.get("timeout", 30)),
    )
