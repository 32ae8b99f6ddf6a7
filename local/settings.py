"""Where a stack lives: its directories, ports and secrets."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.credentials import Credentials
from local.ports import Ports

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that tells one stack from another; every path lies under ``root``.

    Attributes:
        root: The directory of this stack; exists, absolute, links resolved.
        ports: The ports of its processes.
        credentials: Its generated secrets.
        files_url: The root of the file store, any fsspec URL.
        extra_environment: Variables for Airflow's processes that win over ours, e.g. another
            DAG folder or shorter intervals in a test.
    """

    root: Path
    ports: Ports
    credentials: Credentials
    files_url: str
    extra_environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        root: Path | None = None,
        ports: Ports | None = None,
        extra_environment: Mapping[str, str] | None = None,
    ) -> "Settings":
        """Find or create the stack under ``root``, else ``IMPEX_HOME``, else ``.run``.

        ``IMPEX_FILES`` moves the file store only when no ``root`` is given: a test that brings
        its own directory must never write to a developer's store.

        Raises:
            SetupError: A port variable is wrong.
        """
        place = (root or Path(os.environ.get("IMPEX_HOME") or REPOSITORY / ".run")).resolve()
        place.mkdir(parents=True, exist_ok=True)
        return cls(
            root=place,
            ports=ports or Ports.choose(place / "ports.json"),
            credentials=Credentials.of(place / "secrets.json"),
            files_url=(os.environ.get("IMPEX_FILES") if root is None else None)
            or str(place / "files"),
            extra_environment=extra_environment or {},
        )

    @property
    def airflow_home(self) -> Path:
        """Airflow's own directory: generated configuration, password file, task logs."""
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        """What the processes print, one rotated file each."""
        return self.root / "logs"

    @property
    def push_url(self) -> str:
        """The address for senders of order events."""
        return f"http://127.0.0.1:{self.ports.push}"

    @property
    def url(self) -> str:
        """Airflow's address for the browser."""
        return f"http://127.0.0.1:{self.ports.airflow}"
