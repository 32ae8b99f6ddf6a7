"""The benchmarks' own PostgreSQL, durable like a real one, and equal databases for every case."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from local.ports import Ports
from local.postgres import EmbeddedPostgres
from local.settings import Settings
from tests.servers import migrate, owner_dsn, superuser_dsn


@contextmanager
def server() -> Iterator[Settings]:
    """Run a server for the length of a benchmark."""
    with tempfile.TemporaryDirectory() as root:
        settings = Settings.load(root=Path(root), ports=Ports.free())
        postgres = EmbeddedPostgres(settings)
        postgres.start()
        try:
            yield settings
        finally:
            postgres.erase()


def create(settings: Settings, name: str, template: str | None = None) -> str:
    """Create a database, migrated or a byte copy of another one; return its DSN."""
    with psycopg.connect(superuser_dsn(settings), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER impex TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
        )
    dsn = owner_dsn(settings, name)
    if template is None:
        migrate(dsn)
    return dsn


def drop(settings: Settings, name: str) -> None:
    """Drop a database."""
    with psycopg.connect(superuser_dsn(settings), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
