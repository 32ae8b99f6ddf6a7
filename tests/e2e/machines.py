"""Where Airflow runs in the end-to-end tests: on one machine, or on several.

On several means, on this one: tasks run at two workers of Celery that share no directory, with Redis
between them and the scheduler, an S3 API for the files, and PgBouncer before the database.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local import leftovers
from local.ports import HOST, Ports
from local.processes import python_command
from local.settings import Settings
from local.stack import Stack
from local.supervision import Program, Supervisor
from tests.file_servers import S3Server
from tests.pooler import IN_TURN, pgbouncer
from tests.scaling_guide import told

WORKERS = ("north", "south")
WORKER = (
    *("airflow", "celery", "worker", "--concurrency", "2"),
    *("--skip-serve-logs", "--without-mingle", "--without-gossip"),
)


@contextmanager
def one_machine(settings: Settings) -> Iterator[Stack]:
    """Start what `make up` starts."""
    stack = Stack(settings, durable=False)
    stack.up()
    try:
        yield stack
    finally:
        stack.erase()


@contextmanager
def several_machines(settings: Settings) -> Iterator[Stack]:
    """Start what `make up` starts, and the workers that its tasks run at."""
    place, free = settings.root / "machines", Ports.free()
    redis, pooler = free.airflow, free.postgres  # any two
    services = [_redis(_made(place / "redis"), redis), pgbouncer(settings, pooler, IN_TURN)]
    workers = [_worker(name, _made(place / name)) for name in WORKERS]
    with S3Server(crowd=0) as files, pytest.MonkeyPatch.context() as patch:
        files.lead_to(patch)  # and the processes of Airflow, which inherit it
        with (
            _running("services", services, place, os.environ),
            one_machine(_apart(settings, files.url, redis, pooler)) as stack,
            _running("workers", workers, place, stack.environment),
        ):
            yield stack


def _apart(settings: Settings, files_url: str, redis: int, pooler: int) -> Settings:
    """Return the settings with those of docs/scaling.md."""
    values = {
        "s3://BUCKET/FOLDER": files_url,
        "REDIS": f"{HOST}:{redis}",
        "PGBOUNCER": f"{HOST}:{pooler}",
        "PASSWORD": settings.credentials.airflow_db_password,
    }
    guide = dict(re.findall(r"^([A-Z_]+)=(.*)$", told("sh", values), re.MULTILINE))
    ours = {
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "tests.machine.name",
    }
    environment = settings.extra_environment | guide | ours
    return replace(settings, files_url=files_url, extra_environment=environment)


def _redis(place: Path, port: int) -> Program:
    command = ("/usr/bin/redis-server", "--bind", HOST, "--port", str(port), "--save", "")
    return Program(name="redis", command=command, directory=place)


def _worker(name: str, home: Path) -> Program:
    """Return a worker with directories of its own for everything that a process may write."""
    names = ("HOME", "TMPDIR", "AIRFLOW_HOME", "IMPEX_HOME")
    own = {each: str(_made(home / each.lower())) for each in names}
    settings = (f"{key}={value}" for key, value in (own | {"MACHINE": name}).items())
    command = ("/usr/bin/env", *settings, *python_command(WORKER), "--celery-hostname", name)
    # It ends without waiting for its tasks.
    return Program(name=name, command=command, directory=home, stop_signal="QUIT")


def _made(place: Path) -> Path:
    place.mkdir(parents=True)
    return place


@contextmanager
def _running(
    name: str, programs: list[Program], place: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Keep programs running; nothing of them is left at the end."""
    supervisor = Supervisor(name, programs, root=place, logs=place / "logs")
    supervisor.start(environment)
    try:
        yield
    finally:
        supervisor.stop()
        leftovers.end([program.directory for program in programs])
