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

# Nothing may begin by itself in the middle of a case, and sorts get what a real server has.
_OPTIONS = {
    "autovacuum": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "work_mem": "64MB",
}


@contextmanager
def server() -> Iterator[Settings]:
    """Run a server for the length of a benchmark."""
    with tempfile.TemporaryDirectory() as root:
        settings = Settings.load(root=Path(root), ports=Ports.free())
        postgres = EmbeddedPostgres(settings)
        postgres.start()
        try:
            with psycopg.connect(superuser_dsn(settings), autocommit=True) as connection:
                for option, value in _OPTIONS.items():
                    connection.execute(
                        sql.SQL("ALTER SYSTEM SET {} = {}").format(
                            sql.Identifier(option), sql.Literal(value)
                        )
                    )
                connection.execute("SELECT pg_reload_conf()")
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


@contextmanager
def copied(settings: Settings, template: str) -> Iterator[str]:
    """Lend a copy of a database for one case; yield its DSN."""
    dsn = create(settings, "case", template)
    try:
        yield dsn
    finally:
        drop(settings, "case")


def vacuum(settings: Settings, name: str) -> None:
    """Leave a database as an idle night would: no dead rows, statistics up to date."""
    with psycopg.connect(superuser_dsn(settings, name), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def drop(settings: Settings, name: str) -> None:
    """Drop a database."""
    with psycopg.connect(superuser_dsn(settings), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
