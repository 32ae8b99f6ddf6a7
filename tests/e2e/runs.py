"""What the end-to-end tests do with runs: drop a package, trigger, wait, read the tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from impex.domain.report import RunReport
from impex.files.store import FileStore
from impex.storage.connection import Database
from impex.storage.reports import recent_reports
from local.airflow_api import AirflowApi
from local.stack import Stack
from tests.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Runs:
    """Packages in, reports out."""

    stack: Stack
    api: AirflowApi

    @property
    def store(self) -> FileStore:
        """The file store, wherever it is."""
        return FileStore(self.stack.settings.files_url)

    def drop(self, group: str, name: str, content: bytes) -> None:
        """Put a package into a group's inbox, as every sender should: under its name when whole."""
        self.store.write(f"inbox/{group}/{name}", [content])

    def allow(self, dag: str) -> None:
        """Let runs of a DAG start, once Airflow knows it."""
        wait_for(lambda: self.api.knows_dag(dag), f"the DAG {dag}", 60)
        self.api.unpause(dag)

    def trigger(self, group: str, conf: Mapping[str, object] | None = None) -> str:
        """Start a run of a group's DAG, once Airflow knows it."""
        self.allow(group)
        return self.api.trigger(group, conf or {})

    def finish(self, group: str, run_id: str, within_s: float = 180) -> str:
        """Wait for the end of a run and return its state."""
        final = ("success", "failed")
        wait_for(lambda: self.api.run_state(group, run_id) in final, f"{group} {run_id}", within_s)
        return self.api.run_state(group, run_id)

    def report(self) -> RunReport:
        """Return what the tables know of the newest job."""
        with Database(self.stack.database.dsn()) as database, database.transaction() as connection:
            return recent_reports(connection, 1)[0]
