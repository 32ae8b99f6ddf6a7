"""From Airflow's connection and the environment to the resources of a use case."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.files.keys import key_fault
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
        files = UserFiles.beside(groups_directory())
        yield Resources(store, database, files, connect, open_place)


def own_database() -> Database:
    """Return the database of the connection ``impex``; nothing is opened yet.

    Its transactions go through the PgBouncer that ``IMPEX_POOLER`` names, if it does.

    Raises:
        ConfigError: There is no such connection, or the variable is wrong.
    """
    conninfo = _conninfo(CONNECTION_ID)
    try:
        return Database(conninfo, os.environ.get("IMPEX_POOLER", ""))
    except psycopg.ProgrammingError as fault:
        what = f"is no address: {str(fault).strip()}."
        hint = "Write where PgBouncer listens, as in postgresql://pgbouncer:6432."
        raise ConfigError([Problem("IMPEX_POOLER", what, hint)]) from fault


def connect(connection_id: str) -> Database:
    """Return the database of an Airflow connection; nothing is opened yet.

    Raises:
        ConfigError: There is no such connection, or it is none to PostgreSQL.
    """
    return Database(_conninfo(connection_id))


def _conninfo(connection_id: str) -> str:
    connection = connection_named(connection_id)
    try:
        return conninfo_of(connection)
    except psycopg.ProgrammingError as fault:
        hint = "Make it one of the type Postgres, and write only options of libpq into its extra."
        problem = Problem(f"connection {connection_id}", f"is none to PostgreSQL: {fault}.", hint)
        raise ConfigError([problem]) from fault


def open_place(name: str) -> FileStore:
    """Open a place that files are delivered to: a path, a URL, or an Airflow connection.

    Raises:
        ConfigError: There is no such place.
        TransientError: It cannot be reached.
    """
    return open_target(name, _url)


def own_folder(folder: str) -> FileStore:
    """Open a folder of the file store of ``IMPEX_FILES``, made when something is written into it.

    Raises:
        ConfigError: It could be a folder outside.
        TransientError: The file store cannot be reached.
    """
    inside = folder.rstrip("/")
    if fault := key_fault(inside):
        problem = Problem(f"the folder {folder!r}", f"{fault}.", "As in exports/orders.")
        raise ConfigError([problem])
    root = os.environ["IMPEX_FILES"]
    return FileStore(f"{root}{inside}" if root.endswith("/") else f"{root}/{inside}")


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
