"""The embedded PostgreSQL of a stack: TCP on 127.0.0.1 only, passwords required.

It can be used without Airflow::

    server = EmbeddedPostgres(Settings.load())
    server.start()                                 # attaches when it runs already
    connection = psycopg.connect(server.dsn())
    server.stop()                                  # or: python -m local down
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

from local import leftovers
from local.credentials import write_private
from local.exclusive import exclusive
from local.faults import LocalError, SetupError
from local.ports import HOST, VARIABLES
from local.server_place import ServerPlace
from local.settings import REPOSITORY, Settings
from local.supervision import Program, Supervisor

SUPERUSER = "postgres"
READY_TIMEOUT_S = 60
OPTIONS = {
    "jit": "off",
    "client_connection_check_interval": "1s",  # an orphaned statement ends with its client
    "max_connections": "200",
    "shared_buffers": "256MB",
}
# Loses data with the machine's power, but never with a killed server: tests kill servers.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server for one stack."""

    def __init__(self, settings: Settings, *, durable: bool = True) -> None:
        """Describe the server; nothing starts yet.

        Args:
            settings: The stack it belongs to.
            durable: False trades safety against power loss for speed, in tests.
        """
        self._settings = settings
        self._place = ServerPlace.find(settings.root)
        self._options = OPTIONS if durable else OPTIONS | FORGETFUL
        program = Program(
            name="postgres",
            command=self.command(),
            directory=self._place.data,
            stop_signal="INT",  # the fast way: open sessions are ended
            stop_wait_s=60,
            user=self._place.user,
        )
        self._supervisor = Supervisor("database", [program], root=settings.root, logs=settings.logs)

    def command(self) -> tuple[str, ...]:
        """What is started: the server with every option on its command line."""
        place, port = self._place, self._settings.ports.postgres
        listen = ("-h", HOST, "-p", str(port), "-k", "")
        options = (part for item in self._options.items() for part in ("-c", "=".join(item)))
        return (str(place.binaries / "postgres"), "-D", str(place.data), *listen, *options)

    @property
    def _unfinished(self) -> Path:
        return self._place.data.with_name("postgres.new")

    @property
    def directories(self) -> tuple[Path, ...]:
        """The working directories that only this server's processes have."""
        return (self._place.data,)

    def is_running(self) -> bool:
        """Whether a supervisor keeps the server running."""
        return self._supervisor.process() is not None

    def start(self) -> None:
        """Start the server, make its databases, and return when it takes connections.

        Attaches when it runs already.

        Raises:
            SetupError: Its port is taken, or it runs already on another port.
            LocalError: It did not start; the message says where its log is.
        """
        with exclusive(self._settings.root / "database.lock"):
            if self.is_running():
                self._require_same_port()
            else:
                self._launch()
            self._wait_until_ready(self.dsn())

    def stop(self) -> None:
        """Stop the server and everything it left; does nothing when nothing runs."""
        with exclusive(self._settings.root / "database.lock"):
            self._supervisor.stop()
            leftovers.end(self.directories)

    def erase(self) -> None:
        """Stop the server and delete its data, wherever they are."""
        self.stop()
        for directory in (self._place.data, self._unfinished, self._place.spare):
            if directory.exists():
                shutil.rmtree(directory)

    def dsn(self, database: str = "impex") -> str:
        """The URL of one of the two databases, ``airflow`` or ``impex``, as its owner."""
        credentials = self._settings.credentials
        passwords = {
            "airflow": credentials.airflow_db_password,
            "impex": credentials.impex_db_password,
        }
        return self._url(database, passwords[database], database)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{HOST}:{self._settings.ports.postgres}/{database}"

    def _launch(self) -> None:
        leftovers.end(self.directories)
        self._settings.ports.require_free("postgres")
        self._settings.ports.keep(self._settings.root / "ports.json")
        self._place.prepare()
        if not self._place.data.exists():
            self._initialise()
        # Nothing of the last start is left, so its pid may meanwhile be anybody's.
        (self._place.data / "postmaster.pid").unlink(missing_ok=True)
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        self._supervisor.start(environment)
        credentials = self._settings.credentials
        self._wait_until_ready(self._url(SUPERUSER, credentials.superuser_password, "postgres"))
        self._create_databases()

    def _initialise(self) -> None:
        """Make the data directory under another name: an interrupted start leaves none behind."""
        fresh = self._unfinished
        self._place.make_directory(fresh)
        password = fresh.with_name("postgres.password")
        credentials = self._settings.credentials
        write_private(password, credentials.superuser_password, fresh.stat().st_uid)
        try:
            self._place.run(
                "initdb",
                f"--pgdata={fresh}",
                f"--username={SUPERUSER}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                f"--pwfile={password}",
            )
        finally:
            password.unlink()
        fresh.rename(self._place.data)

    def _wait_until_ready(self, url: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError as fault:
                self._explain(fault, late=time.monotonic() > deadline)
            else:
                return
            time.sleep(0.1)

    def _explain(self, fault: psycopg.OperationalError, *, late: bool) -> None:
        if "password authentication failed" in str(fault):
            raise SetupError(
                f"The database in {self._place.data} was made with other passwords than those in "
                f"{self._settings.root}/secrets.json. Bring that file back, or start anew: "
                "python -m local erase"
            ) from fault
        if late:
            raise LocalError(
                f"PostgreSQL took no connections for {READY_TIMEOUT_S} s ({fault}). "
                f"Its log: {self._settings.logs}/postgres.log"
            ) from fault

    def _require_same_port(self) -> None:
        try:
            running = int((self._place.data / "postmaster.pid").read_text().splitlines()[3])
        except (FileNotFoundError, IndexError):
            return  # it is being restarted at this moment
        if running != self._settings.ports.postgres:
            raise SetupError(
                f"The database of {self._settings.root} runs on port {running} already. Stop it "
                f"first (make down), or do without {VARIABLES['postgres']}."
            )

    def _create_databases(self) -> None:
        credentials = self._settings.credentials
        server = ("--host", HOST, "--port", str(self._settings.ports.postgres))
        script = REPOSITORY / "local" / "databases.sql"
        done = subprocess.run(
            [self._place.binaries / "psql", *server, "-qX", "-U", SUPERUSER, "-f", script],
            env={
                "PGPASSWORD": credentials.superuser_password,
                "AIRFLOW_DB_PASSWORD": credentials.airflow_db_password,
                "IMPEX_DB_PASSWORD": credentials.impex_db_password,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalError(f"The databases could not be created: {done.stderr.strip()}")
