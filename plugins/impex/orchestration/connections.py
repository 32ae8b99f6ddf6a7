"""Where an Airflow connection leads to; light enough for the triggerer."""

from airflow.sdk import Connection
from psycopg.conninfo import make_conninfo

CONNECTION_ID = "impex"


def conninfo_of(connection: Connection) -> str:
    """Return the libpq connection string of a PostgreSQL connection, password included."""
    return make_conninfo(
        host=connection.host,
        port=connection.port,
        user=connection.login,
        password=connection.password,
        dbname=connection.schema,
        **connection.extra_dejson,
    )
