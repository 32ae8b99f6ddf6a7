"""Where the command line finds groups, files and the database."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from impex.config.transform_files import transforms_beside
from impex.domain.errors import ConfigError, Problem
from impex.files.store import FileStore
from impex.services.resources import Resources
from impex.storage.connection import Database

GROUPS = Path(os.environ.get("IMPEX_GROUPS") or Path(__file__).parents[3] / "config" / "groups")


@contextmanager
def resources() -> Iterator[Resources]:
    """Open the file store and the database.

    ``IMPEX_DSN`` and ``IMPEX_FILES`` name them; without, they are those that ``make up`` starts.
    """
    with Database(os.environ.get("IMPEX_DSN") or _embedded("dsn")) as database:
        store = FileStore(os.environ.get("IMPEX_FILES") or _embedded("files"))
        yield Resources(store, database, transforms_beside(GROUPS))


def _embedded(what: str) -> str:
    """Start the embedded database if need be, and return its DSN or the files beside it."""
    try:
        embedded = importlib.import_module("local.embedded")
    except ModuleNotFoundError:
        name = {"dsn": "IMPEX_DSN", "files": "IMPEX_FILES"}[what]
        hint = "Set it, or run this in the project's own directory."
        raise ConfigError([Problem(name, "is not set", hint)]) from None
    return str(getattr(embedded, what)())
