"""From Airflow's connection and the environment to the resources of a use case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.files.store import FileStore
from impex.files.targets import open_target
from impex.orchestration.connections import CONNECTION_ID, conninfo_of
from impex.services.resources import Resources
from impex.storage.connection import Database


@contextmanager
def resources() -> Iterator[Resources]:
    """Open the database of the connection ``impex`` and the file store of ``IMPEX_FILES``."""
    with own_database() as database:
        store = FileStore(os.environ["IMPEX_FILES"])
        yield Resources(store, database, UserFiles.beside(groups_directory()), connect, _target)


def own_database() -> Database:
    """Return the database of the connection ``impex``; nothing is opened yet.

    Raises:
        ConfigError: There is no such connection.
    """
    return connect(CONNECTION_ID)


def connect(connection_id: str) -> Database:
    """Return the database of an Airflow connection; nothing is opened yet.

    Raises:
        ConfigError: There is no such connection.
    """
    return Database(conninfo_of(connection_named(connection_id)))


def _target(name: str) -> FileStore:
    """Open a place that files are delivered to."""
    return open_target(name, _url)


def _url(connection_id: str) -> str:
    """Return the URL of an Airflow connection: its type is the scheme, its schema the folder."""
    uri: str = connection_named(connection_id).get_uri()
    return uri.partition("?")[0]


def connection_named(connection_id: str) -> Connection:
    """Return an Airflow connection.

    Raises:
        ConfigError: There is none of that name.
    """
    try:
        connection: Connection = Connection.get(connection_id)
    except AirflowNotFoundException as fault:
        hint = "Add it in Airflow under Admin, Connections."
        problem = Problem(f"connection {connection_id}", "does not exist.", hint)
        raise ConfigError([problem]) from fault
    return connection
