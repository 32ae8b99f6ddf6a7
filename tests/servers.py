"""Servers that tests start for themselves, apart from any that a developer runs."""

import os
import subprocess
import sys

from local.ports import HOST
from local.settings import REPOSITORY, Settings


def superuser_dsn(settings: Settings, database: str = "postgres") -> str:
    """Return the URL of a database for the server's superuser."""
    password = settings.credentials.superuser_password
    return f"postgresql://postgres:{password}@{HOST}:{settings.ports.postgres}/{database}"


def owner_dsn(settings: Settings, database: str) -> str:
    """Return the URL of a database for the role that the project uses."""
    password = settings.credentials.impex_db_password
    return f"postgresql://impex:{password}@{HOST}:{settings.ports.postgres}/{database}"


def migrate(dsn: str) -> None:
    """Bring a database to the newest version of the schema."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "-c", "db/alembic.ini", "upgrade", "head"],
        cwd=REPOSITORY,
        env={**os.environ, "IMPEX_DSN": dsn},
        check=True,
        capture_output=True,
    )
