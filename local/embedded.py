"""The database and the files of this checkout's own stack, for commands that run without Airflow.

``python -m local down`` stops the database again.
"""

import os
import subprocess
import sys

import psycopg

from local.postgres import EmbeddedPostgres
from local.processes import MIGRATE_IMPEX, python_command
from local.settings import REPOSITORY, Settings


def dsn() -> str:
    """The URL of the project's database; starts the server and makes the tables as needed."""
    server = EmbeddedPostgres(Settings.load())
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        migrated = connection.execute("SELECT to_regclass('impex.job') IS NOT NULL").fetchone()
    if migrated != (True,):
        subprocess.run(
            python_command(MIGRATE_IMPEX),
            cwd=REPOSITORY,
            env=os.environ | {"IMPEX_DSN": server.dsn()},
            stdout=sys.stderr,
            check=True,
        )
    return server.dsn()


def files() -> str:
    """The root of the file store."""
    return Settings.load().files_url
