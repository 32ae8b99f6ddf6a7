"""From Airflow's connection and the environment to the resources of a use case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import make_conninfo

from impex.config import groups_directory
from impex.config.transform_files import schemas_beside, transforms_beside
from impex.domain.errors import ConfigError, Problem
from impex.files.store import FileStore
from impex.services.resources import Resources
from impex.storage.connection import Database

CONNECTION_ID = "impex"


@contextmanager
def resources() -> Iterator[Resources]:
    """Open the database of the connection ``impex`` and the file store of ``IMPEX_FILES``."""
    with connect(CONNECTION_ID) as database:
        store = FileStore(os.environ["IMPEX_FILES"])
        groups = groups_directory()
        yield Resources(store, database, transforms_beside(groups), connect, schemas_beside(groups))


def connect(connection_id: str) -> Database:
    """Return the database of an Airflow connection; nothing is opened yet.

    Raises:
        ConfigError: There is no such connection.
    """
    try:
        connection = Connection.get(connection_id)
    except AirflowNotFoundException as fault:
        hint = "Add it in Airflow under Admin, Connections."
        problem = Problem(f"connection {connection_id}", "does not exist.", hint)
        raise ConfigError([problem]) from fault
    return Database(
        make_conninfo(
            host=connection.host,
            port=connection.port,
            user=connection.login,
            password=connection.password,
            dbname=connection.schema,
            **connection.extra_dejson,
        )
    )
