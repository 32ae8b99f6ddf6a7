"""The whole project on this machine: database, migrations, Airflow, in that order and back."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

import httpx
import psycopg

from local import airflow, leftovers
from local.exclusive import exclusive
from local.faults import LocalError, SetupError
from local.ports import VARIABLES, Ports
from local.postgres import EmbeddedPostgres
from local.processes import MIGRATE_AIRFLOW, MIGRATE_IMPEX, components, python_command
from local.progress import Progress
from local.settings import REPOSITORY, Settings
from local.supervision import Supervisor

HEALTH_TIMEOUT_S = 180
DIRECTORIES = ("airflow", "files", "logs", "supervisor")
HEARTBEATS: Final = {
    "scheduler": "latest_scheduler_heartbeat",
    "dag_processor": "latest_dag_processor_heartbeat",
    "triggerer": "latest_triggerer_heartbeat",
}


class Stack:
    """Starts and stops everything; several stacks with different roots and ports can coexist."""

    def __init__(
        self, settings: Settings, *, durable: bool = True, progress: Progress | None = None
    ) -> None:
        """Describe the stack; nothing starts yet.

        Args:
            settings: Its directories, ports and secrets.
            durable: False trades safety against power loss for speed, in tests.
            progress: Where to tell what is being done.
        """
        self.settings = settings
        self.database = EmbeddedPostgres(settings, durable=durable)
        self._progress = progress or Progress()
        self._airflow = Supervisor(
            "airflow", components(settings), root=settings.root, logs=settings.logs
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the Airflow processes, also for commands that act like them."""
        return airflow.environment(
            self.settings,
            airflow_dsn=self.database.dsn("airflow"),
            impex_dsn=self.database.dsn("impex"),
        )

    def up(self) -> None:
        """Start what does not run yet and return when every part is healthy.

        Raises:
            SetupError: A port is taken, or the stack runs on other ports.
            LocalError: A part did not start; what this call had started is stopped again.
        """
        started = datetime.now(UTC)
        with exclusive(self.settings.root / "stack.lock"), self._progress, ExitStack() as undo:
            if self._airflow.process() is not None:
                self._require_same_port()
                self.wait_until_healthy()
                self._progress.done(f"Airflow runs already at {self.settings.url}")
                return
            self._clear_the_way()
            if not self.database.is_running():
                undo.callback(self.database.stop)
            self._start_database()
            undo.callback(self._stop_airflow)
            self._start_airflow()
            self.wait_until_healthy(started)
            undo.pop_all()
        took = datetime.now(UTC) - started
        self._progress.done(f"Airflow is up at {self.settings.url} after {took.seconds} s")

    def down(self) -> None:
        """Stop every process of this stack, its tasks included; fine when nothing runs.

        Raises:
            LocalError: Something could not be ended.
        """
        with exclusive(self.settings.root / "stack.lock"), self._progress:
            self._progress.doing("Stopping Airflow")
            self._stop_airflow()
            self._progress.doing("Stopping PostgreSQL")
            self.database.stop()
        self._progress.done("Nothing of the project runs any more.")

    def erase(self) -> None:
        """Stop everything and delete the stack: databases, files, logs and secrets.

        Whatever else lies in its directory stays, and then the directory, too.
        """
        self.down()
        self.database.erase()
        root = self.settings.root
        for directory in DIRECTORIES:
            shutil.rmtree(root / directory, ignore_errors=True)
        for file in (*root.glob("*.lock"), root / "ports.json", root / "secrets.json"):
            file.unlink(missing_ok=True)
        with suppress(OSError):
            root.rmdir()

    def unhealthy(self, since: datetime | None = None) -> list[str]:
        """The parts that do not work, by name; empty when all is well.

        Args:
            since: Count a part as healthy only if it gave a sign of life after this moment, as
                Airflow goes on believing in a killed one for half a minute.
        """
        try:
            answer = httpx.get(f"{self.settings.url}/api/v2/monitor/health", timeout=5).json()
        except (httpx.TransportError, ValueError):
            return ["api_server"]
        broken = [] if answer["metadatabase"]["status"] == "healthy" else ["metadatabase"]
        for part, heartbeat in HEARTBEATS.items():
            if not _is_alive(answer[part]["status"], answer[part][heartbeat], since):
                broken.append(part)
        return broken if self._takes_events() else [*broken, "orders_push"]

    def wait_until_healthy(self, since: datetime | None = None) -> None:
        """Return when `unhealthy` is empty.

        Raises:
            LocalError: Three minutes have passed; names the parts and their logs.
        """
        deadline = time.monotonic() + HEALTH_TIMEOUT_S
        while broken := self.unhealthy(since):
            if time.monotonic() > deadline:
                raise LocalError(
                    f"Not healthy after {HEALTH_TIMEOUT_S} s: {', '.join(broken)}. "
                    f"See the logs in {self.settings.logs}"
                )
            self._progress.doing(f"Starting Airflow: waiting for {', '.join(broken)}")
            time.sleep(0.5)

    def _clear_the_way(self) -> None:
        """End what an earlier, killed supervisor left, and require the ports before any start."""
        leftovers.end([self.settings.airflow_home], self.settings.root)
        self.settings.ports.require_free(
            "airflow",
            "scheduler_health",
            "push",
            *(() if self.database.is_running() else ("postgres",)),
        )
        self.settings.ports.keep(self.settings.root / "ports.json")

    def _takes_events(self) -> bool:
        try:
            return httpx.get(f"{self.settings.push_url}/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def _start_database(self) -> None:
        self._progress.doing("Starting PostgreSQL")
        self.database.start()
        airflow.write_passwords(self.settings)
        if not self._is_migrated():
            self._progress.doing("Creating Airflow's tables")
            self._migrate(python_command(MIGRATE_AIRFLOW))
            self._note_migrated()
        self._progress.doing("Creating the project's tables")
        self._migrate(python_command(MIGRATE_IMPEX))

    def _start_airflow(self) -> None:
        self._progress.doing("Starting Airflow")
        self._airflow.start(self.environment)

    def _stop_airflow(self) -> None:
        self._airflow.stop()
        leftovers.end([self.settings.airflow_home], self.settings.root)

    def _require_same_port(self) -> None:
        running = Ports.choose(self.settings.root / "ports.json", {})
        if running != self.settings.ports:
            raise SetupError(
                f"The stack in {self.settings.root} runs at port {running.airflow} already. "
                f"Stop it first (make down), or do without {', '.join(VARIABLES.values())}."
            )

    def _migrate(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            log = self.settings.logs / "migration.log"
            log.write_text(done.stdout)
            last = done.stdout.strip().splitlines()[-1:]
            raise LocalError(f"The tables could not be created: {''.join(last)} See {log}")

    def _is_migrated(self) -> bool:
        """Whether this version of Airflow has made its tables; asking Airflow itself takes 5 s."""
        with psycopg.connect(self.database.dsn("airflow")) as connection:
            noted = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
                "WHERE datname = current_database()"
            ).fetchone()
        return noted == (_airflow_version(),)

    def _note_migrated(self) -> None:
        with psycopg.connect(self.database.dsn("airflow")) as connection:
            connection.execute(
                psycopg.sql.SQL("COMMENT ON DATABASE airflow IS {}").format(_airflow_version())
            )


def _airflow_version() -> str:
    return f"tables of Airflow {version('apache-airflow-core')}"


def _is_alive(status: str | None, heartbeat: str | None, since: datetime | None) -> bool:
    if status != "healthy" or heartbeat is None:
        return False
    return since is None or datetime.fromisoformat(heartbeat) >= since
