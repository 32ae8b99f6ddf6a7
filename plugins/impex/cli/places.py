"""Where the command line finds groups, files and the database."""

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from impex.files.store import FileStore
from impex.files.targets import open_target
from impex.services.resources import Resources
from impex.storage.connection import Database

GROUPS = groups_directory()


@contextmanager
def resources() -> Iterator[Resources]:
    """Open the file store and the database.

    ``IMPEX_DSN`` and ``IMPEX_FILES`` name them; without, they are those that ``make up`` starts.
    ``IMPEX_DSN_SHOP_DB`` is the database of a group that names the connection ``shop_db``;
    ``IMPEX_URL_PARTNER`` is where files go that are delivered to the connection ``partner``.
    """
    with Database(os.environ.get("IMPEX_DSN") or _embedded("dsn")) as database:
        store = FileStore(os.environ.get("IMPEX_FILES") or _embedded("files"))
        yield Resources(store, database, UserFiles.beside(GROUPS), _connect, _target)


def _connect(name: str) -> Database:
    """Return the database of a connection that a group names, as the environment has it."""
    variable = "IMPEX_DSN_" + re.sub("[^A-Z0-9]", "_", name.upper())
    dsn = os.environ.get(variable)
    if not dsn:
        hint = f"Set {variable} to its database."
        raise ConfigError([Problem(f"connection {name}", "is not known here.", hint)])
    return Database(dsn)


def _target(name: str) -> FileStore:
    """Open a place that files are delivered to; of a connection the environment has the URL."""
    return open_target(name, _url)


def _url(name: str) -> str:
    variable = "IMPEX_URL_" + re.sub("[^A-Z0-9]", "_", name.upper())
    url = os.environ.get(variable)
    if not url:
        hint = f"Set {variable} to its URL, such as sftp://user:password@host/folder."
        raise ConfigError([Problem(f"connection {name}", "is not known here.", hint)])
    return url


def _embedded(what: str) -> str:
    """Start the embedded database if need be, and return its DSN or the files beside it."""
    try:
        embedded = importlib.import_module("local.embedded")
    except ModuleNotFoundError:
        name = {"dsn": "IMPEX_DSN", "files": "IMPEX_FILES"}[what]
        hint = "Set it, or run this in the project's own directory."
        raise ConfigError([Problem(name, "is not set", hint)]) from None
    return str(getattr(embedded, what)())
