"""How Alembic reaches the database: one transaction, one migrator at a time.

``IMPEX_DSN`` names the database as libpq does: ``postgresql://user:password@host:port/name``.
"""

import os

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

# Any number that nothing else in this database locks.
MIGRATION_LOCK = 7_352_001


def dsn() -> str:
    """Return the libpq URI of the database to migrate.

    Raises:
        CommandError: The environment does not say.
    """
    value = os.environ.get("IMPEX_DSN", "")
    if not value:
        raise CommandError(
            "IMPEX_DSN is not set. Set it to the database to migrate: "
            "IMPEX_DSN=postgresql://user:password@host:port/name"
        )
    return value


def migrate() -> None:
    """Run the migrations that are asked for, all of them or none."""
    # psycopg itself reads the URI: SQLAlchemy's own URLs know less than libpq's.
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn()), poolclass=NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, version_table_schema="impex")
        with context.begin_transaction():
            # Several services start at once; the second one then finds nothing left to do.
            context.execute(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            context.execute("CREATE SCHEMA IF NOT EXISTS impex")
            context.run_migrations()


migrate()
