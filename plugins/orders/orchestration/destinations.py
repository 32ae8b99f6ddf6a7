"""From the destination of an exporter to the target that its messages go to.

What is wrong with a connection is told with its name, never with what it holds.
"""

from urllib.parse import urlsplit, urlunsplit

from airflow.sdk import Connection

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.orchestration.wiring import (
    connect,
    connection_named,
    open_place,
    own_database,
    own_folder,
)
from orders.domain.destination import Destination, Email, File, Http, Manual, Method, Python, Table
from orders.domain.exporter import Exporter
from orders.domain.outbox import Target
from orders.domain.webhooks import key_of
from orders.orchestration.mail import mail_server
from orders.services.own_target import load_target
from orders.targets.files import FileTarget
from orders.targets.mail import MailTarget
from orders.targets.table import TableTarget
from orders.targets.webhook import Receiver, WebhookTarget


def open_target(exporter: Exporter) -> Target:
    """Open what the messages of an exporter go to; the caller closes it.

    Raises:
        ConfigError: A connection is missing or has faults, or there is no such place or class.
        TransientError: A place for files cannot be reached.
        ValueError: The exporter only waits for a person, and sends nothing.
    """
    try:
        return _opened(exporter.destination)
    except ConfigError as error:
        where = f"the target of the exporter {exporter.name}"
        problems = [Problem(f"{where}: {p.where}", p.what, p.hint) for p in error.problems]
        raise ConfigError(problems) from error


def _opened(destination: Destination) -> Target:
    match destination:
        case File(place=place):
            return FileTarget(own_folder(place) if _is_own(place) else open_place(place))
        case Email(connection=connection_id):
            return MailTarget(mail_server(connection_id))
        case Http() as http:
            return _webhook(http)
        case Table(name=name, connection=connection_id):
            schema, _, table = name.partition(".")
            database = connect(connection_id) if connection_id else own_database()
            return TableTarget(database, schema, table)
        case Python(name=name):
            return load_target(UserFiles.beside(groups_directory()).targets, name)
        case Manual():
            raise ValueError("an exporter that only waits for a person has no target")


def _is_own(place: str) -> bool:
    """Tell whether a place is a folder of the file store."""
    return "/" in place and "://" not in place and not place.startswith("/")


def _webhook(http: Http) -> WebhookTarget:
    """Return the receiver of a connection of Airflow's type HTTP.

    Its password has the secrets, with blanks between several. Its extra may have ``private``:
    true for a receiver in the own network.
    """
    connection = connection_named(http.connection)
    receiver = Receiver(
        url=url_of(connection, http.path),
        method="PUT" if http.method is Method.PUT else "POST",
        repeatable=http.repeatable,
        probe=http.probe or None,
        private=_is_private(connection),
        within_s=http.timeout.total_seconds(),
    )
    return WebhookTarget(receiver, _keys(connection))


def url_of(connection: Connection, path: str) -> str:
    """Put a URL together; as for Airflow itself, the host may have the scheme, and a path.

    Raises:
        ConfigError: The host is none.
    """
    host = connection.host or ""
    base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    try:
        scheme, netloc, root, _, _ = urlsplit(base)
    except ValueError as fault:
        raise _refused(connection, "has a host that is none.", "As in erp.example.com.") from fault
    port = f":{connection.port}" if connection.port else ""
    return urlunsplit((scheme, netloc + port, root.rstrip("/") + path, "", ""))


def _keys(connection: Connection) -> list[bytes]:
    secrets = (connection.password or "").split()
    hint = "Write the secret that messages are signed with into its password."
    if not secrets:
        raise _refused(connection, "has no password.", hint)
    try:
        return [key_of(secret) for secret in secrets]
    except ValueError as fault:
        raise _refused(connection, f"has a password that is no secret: {fault}", hint) from fault


def _is_private(connection: Connection) -> bool:
    # An address of Airflow's, http://…?private=true, has texts only.
    private = str(connection.extra_dejson.get("private", False)).lower()
    if private in {"true", "false"}:
        return private == "true"
    what = "has an extra whose `private` is not true or false."
    raise _refused(connection, what, 'Write {"private": true} for a receiver in your own network.')


def _refused(connection: Connection, what: str, hint: str) -> ConfigError:
    return ConfigError([Problem(f"connection {connection.conn_id}", what, hint)])
