"""A gate in the database at which a step of an import waits, so that a test can kill it there.

A trigger of the test's own asks for an advisory lock that the test holds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
from psycopg import sql

LOCK = 4711
STEPS = {
    "stage": ("impex.file", "BEFORE UPDATE ON impex.file FOR EACH ROW WHEN (NEW.state = 'staged')"),
    "merge": ("shop.brand", "BEFORE INSERT ON shop.brand FOR EACH STATEMENT"),
}
PATIENCE_S = 90
BRANDS = """\
title: Brands
description: Names of brands, for the tests that kill things
owners: test-team
tags: [kill]
descriptors:
  - name: brands
    files: "*.csv"
    table: shop.brand
    key: name
    columns:
      - name
      - {from: text, to: description, language: en}
"""


@contextmanager
def closed_gate(superuser_dsn: str, step: str) -> Iterator[psycopg.Connection]:
    """Make a step wait at its end (stage) or inside its MERGE (merge), until ``open_gate``.

    The yielded connection may be lost with the server; the trigger is dropped all the same.
    """
    table, event = STEPS[step]
    connection = psycopg.connect(superuser_dsn, autocommit=True)
    connection.execute(
        "CREATE OR REPLACE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NEW; END $$"
    )
    connection.execute(f"CREATE TRIGGER gate {event} EXECUTE FUNCTION public.wait_at_gate()")
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield connection
    finally:
        connection.close()
        with psycopg.connect(superuser_dsn, autocommit=True) as fresh:
            schema, name = table.split(".")
            fresh.execute(sql.SQL("DROP TRIGGER gate ON {}").format(sql.Identifier(schema, name)))


def open_gate(connection: psycopg.Connection) -> None:
    """Let whoever waits go on."""
    connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def process_at_gate(connection: psycopg.Connection, clients: int = 1) -> int:
    """Wait until so many clients of this database wait at the gate; return the process of one."""
    query = (
        "SELECT client_port FROM pg_stat_activity WHERE application_name = 'impex' "
        "AND datname = current_database() AND wait_event = 'advisory'"
    )
    deadline = time.monotonic() + PATIENCE_S
    while len(rows := connection.execute(query).fetchall()) < clients:
        if time.monotonic() > deadline:
            raise TimeoutError("nobody came to the gate")
        time.sleep(0.1)
    return client_process(rows[0][0])


def client_process(port: int) -> int:
    """Return the process that owns the client's end of a connection."""
    return next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.laddr.port == port and c.status == psutil.CONN_ESTABLISHED and c.pid
    )


def listening_process(port: int) -> int:
    """Return the process that listens on a port."""
    return next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.laddr.port == port and c.status == psutil.CONN_LISTEN and c.pid
    )
