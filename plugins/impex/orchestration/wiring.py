"""From Airflow's connection and the environment to the resources of a use case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow.sdk import Connection
from psycopg.conninfo import make_conninfo

from impex.config.transform_files import transforms_beside
from impex.files.store import FileStore
from impex.services.resources import Resources
from impex.storage.connection import Database

CONNECTION_ID = "impex"
GROUPS = Path(os.environ.get("IMPEX_GROUPS") or Path(__file__).parents[3] / "config" / "groups")


@contextmanager
def resources() -> Iterator[Resources]:
    """Open the database of the connection ``impex`` and the file store of ``IMPEX_FILES``."""
    connection = Connection.get(CONNECTION_ID)
    dsn = make_conninfo(
        host=connection.host,
        port=connection.port,
        user=connection.login,
        password=connection.password,
        dbname=connection.schema,
        **connection.extra_dejson,
    )
    with Database(dsn) as database:
        store = FileStore(os.environ["IMPEX_FILES"])
        yield Resources(store, database, transforms_beside(GROUPS))
