"""A real PostgreSQL 18 for the tier: one server, one migrated template, a database for each test."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import tests.airflow_home  # noqa: F401 - before the first import of airflow
from impex.files.store import FileStore
from impex.services.resources import Resources
from impex.storage.connection import Database
from local.ports import HOST, Ports
from local.postgres import EmbeddedPostgres
from local.settings import Settings
from local.supervision import Supervisor
from tests import pooler
from tests.file_servers import S3Server, SftpServer
from tests.imports import GOODS, execute
from tests.servers import migrate, owner_dsn, superuser_dsn
from tests.waiting import wait_for_port

_TEMPLATE = "template_impex"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a PostgreSQL server of the tier's own, with a migrated template database."""
    settings = Settings.load(root=tmp_path_factory.mktemp("server"), ports=Ports.free())
    postgres = EmbeddedPostgres(settings, durable=False)
    postgres.start()
    with psycopg.connect(superuser_dsn(settings), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER impex").format(sql.Identifier(_TEMPLATE))
        )
    migrate(owner_dsn(settings, _TEMPLATE))
    yield settings
    postgres.erase()


@pytest.fixture
def new_database(server: Settings) -> Iterator[Callable[[], str]]:
    """Makes fresh, migrated databases for one test, owned by the role that the project uses."""
    made: list[sql.Identifier] = []
    with psycopg.connect(superuser_dsn(server), autocommit=True) as connection:

        def make() -> str:
            name = f"test_{next(_NUMBERS)}"
            made.append(sql.Identifier(name))
            connection.execute(
                # Copied file by file: quicker than through the log, which nobody will need.
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER impex STRATEGY FILE_COPY").format(
                    made[-1], sql.Identifier(_TEMPLATE)
                )
            )
            return owner_dsn(server, name)

        yield make
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def dsn(new_database: Callable[[], str]) -> str:
    """A fresh, migrated database for one test."""
    return new_database()


@pytest.fixture(scope="session")
def pgbouncer(server: Settings) -> Iterator[str]:
    """A pooler of the tier's own, each transaction on a connection that was never used before."""
    port = Ports.free().postgres
    program = pooler.pgbouncer(server, port, pooler.ANEW)
    supervisor = Supervisor("pooler", [program], root=server.root, logs=server.root)
    supervisor.start(os.environ)
    wait_for_port(port)
    yield f"postgresql://{HOST}:{port}"
    supervisor.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked ``pooled`` with a pooler, too."""
    if "resources" in metafunc.fixturenames and metafunc.definition.get_closest_marker("pooled"):
        ways = [pytest.param(False, id=pytest.HIDDEN_PARAM), pytest.param(True, id="pooled")]
        metafunc.parametrize("resources", ways, indirect=True)


@pytest.fixture
def resources(request: pytest.FixtureRequest, dsn: str, tmp_path: Path) -> Iterator[Resources]:
    """A file store in the test's directory and the test's database."""
    between = request.getfixturevalue("pgbouncer") if getattr(request, "param", False) else ""
    with Database(dsn, between) as database:
        yield Resources(FileStore(str(tmp_path / "files")), database)


@pytest.fixture
def shop(resources: Resources) -> Resources:
    """The same with a table ``shop.goods`` and two brands, HP and Dell."""
    execute(resources, GOODS)
    execute(resources, "INSERT INTO shop.brand (name) VALUES ('HP'), ('Dell')")
    return resources


@pytest.fixture
def shared(shop: Resources) -> Resources:
    """The same with goods of two owners: A is of kind mine and of HP, B and O are of others."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name, kind, brand_id) "
        "VALUES ('A', 'old', 'mine', 1), ('B', 'old', 'yours', 2), ('O', 'old', 'yours', 2)",
    )
    return shop


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 API for the tier, with ten thousand files in the inbox of the group ``crowded``."""
    with S3Server(crowd=10_000) as server:
        yield server


@pytest.fixture(scope="session")
def sftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    """An SFTP server for the tier."""
    with SftpServer(tmp_path_factory.mktemp("sftp")) as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The S3 API of the tier, to which the environment leads."""
    s3_server.lead_to(monkeypatch)
    return s3_server


@pytest.fixture
def sftp(sftp_server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> SftpServer:
    """The SFTP server of the tier, to which the environment leads."""
    sftp_server.lead_to(monkeypatch)
    return sftp_server
