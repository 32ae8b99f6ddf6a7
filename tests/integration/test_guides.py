"""Every step of the guides does what the page says: what is saved, typed and printed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import which

import psycopg
import pytest
from psycopg import sql

from impex.services.resources import Resources
from local.settings import Settings
from orders.cli.exporting import chain_by_hand
from orders.config import load_feeds
from orders.orchestration.order_chain import route_to
from orders.services.advance import advance
from orders.services.match import match
from tests.guides import Reader
from tests.push_server import PushServer
from tests.servers import superuser_dsn

DEMO = "python -m impex run sample-catalogue config/samples/sample-catalogue/sample-catalogue.zip"


@pytest.fixture
def reader(dsn: str, tmp_path: Path) -> Reader:
    """Somebody in a fresh checkout."""
    directory = tmp_path / "checkout"
    directory.mkdir()
    return Reader(directory, dsn)


@pytest.fixture
def restored(reader: Reader, dsn: str, server: Settings) -> Iterator[Reader]:
    """Somebody who will leave two databases where there was one."""
    yield reader
    name = sql.Identifier(f"{dsn.rpartition('/')[2]}_before")
    with psycopg.connect(superuser_dsn(server), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@pytest.mark.parametrize("page", ["tutorial.md", "how-to/csv-supplier.md", "how-to/xml-feed.md"])
def test_a_guide_about_imports_works(reader: Reader, page: str) -> None:
    """From its first block to its last, after `make demo`."""
    reader.type(DEMO)

    reader.follow(page)


@pytest.mark.skipif(not (which("curl") and which("openssl")), reason="needs curl and openssl")
def test_the_guide_about_couriers_works(reader: Reader, dsn: str) -> None:
    """With the real service, which has read the feed and the secret of the page."""
    with ExitStack() as opened:

        def start() -> None:
            secret = {"ORDERS_SECRET_PARCELO": reader.type("echo -n $ORDERS_SECRET_PARCELO")}
            feeds = load_feeds(reader.directory / "config" / "feeds")
            service = opened.enter_context(PushServer(dsn, feeds, secret))
            reader.instead["http://127.0.0.1:8975"] = str(service.client.base_url).rstrip("/")

        reader.follow("how-to/courier-push.md", Send_a_message=start)


def test_the_guide_about_approval_works(
    reader: Reader, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the steps that Airflow takes between those of the person."""
    for name, value in reader.environment.items():
        monkeypatch.setenv(name, value)

    def claim() -> None:
        match(resources.database, chain_by_hand(resources), stop=lambda: False)

    def send() -> None:
        advance(resources.database, chain_by_hand(resources), route_to, lambda: False)

    reader.follow(
        "how-to/exporter-with-approval.md", Approve_or_reject=claim, See_what_was_sent=send
    )


def test_what_was_backed_up_can_be_restored_and_worked_with(restored: Reader) -> None:
    """The books know the package of before, and the next run has the rows to compare with."""
    restored.type(DEMO)

    restored.follow("operations.md")

    assert "is imported already" in restored.type(DEMO)
    assert "410" in restored.type(f"{DEMO} --force --json | grep '\"unchanged\": 410'")
