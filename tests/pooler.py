"""A PgBouncer in transaction mode before the server of a stack, as docs/scaling.md has it."""

from typing import Final

from local.ports import HOST
from local.server_place import ServerPlace
from local.settings import Settings
from local.supervision import Program
from tests.scaling_guide import told

# How it hands transactions to the server: to another connection each, or to a new one each.
IN_TURN: Final = "server_round_robin = 1"
ANEW: Final = "server_lifetime = 0"


def pgbouncer(settings: Settings, port: int, handing: str) -> Program:
    """Return the program; what it reads is written.

    Args:
        settings: Of the stack.
        port: Where it is to listen.
        handing: ``IN_TURN`` or ``ANEW``.
    """
    place, credentials = settings.root / "pgbouncer", settings.credentials
    people, configuration = place / "userlist.txt", place / "pgbouncer.ini"
    place.mkdir()
    people.write_text(
        f'"impex" "{credentials.impex_db_password}"\n"airflow" "{credentials.airflow_db_password}"\n'
    )
    values = {
        "POSTGRES port=5432": f"{HOST} port={settings.ports.postgres}",
        "0.0.0.0": HOST,  # noqa: S104 - is what we do without
        "6432": str(port),
        "/etc/pgbouncer/userlist.txt": str(people),
    }
    configuration.write_text(f"{told('ini', values)}unix_socket_dir =\n{handing}\n")
    user = ServerPlace.find(settings.root).user
    as_somebody = ("-u", user) if user else ()  # it refuses to be root
    command = ("/usr/sbin/pgbouncer", *as_somebody, str(configuration))
    return Program(name="pgbouncer", command=command, directory=place, stop_signal="KILL")
