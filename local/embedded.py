"""The database and the files of this checkout's own stack, for commands that run without Airflow.

``python -m local down`` stops the database again.
"""

from local.postgres import EmbeddedPostgres
from local.settings import Settings


def dsn() -> str:
    """The URL of the project's database; starts the server when it does not run.

    Its tables are there after the first ``make up``.
    """
    server = EmbeddedPostgres(Settings.load())
    server.start()
    return server.dsn()


def files() -> str:
    """The root of the file store."""
    return Settings.load().files_url
