"""What the file of an exporter and Airflow's connections say leads to where messages arrive."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg.conninfo import conninfo_to_dict
from structlog.testing import capture_logs

from impex.domain.errors import ConfigError
from impex.files.store import FileStore
from impex.services.resources import Resources
from impex.storage.connection import Database
from orders.domain.content import Content
from orders.domain.destination import (
    Destination,
    Email,
    File,
    Http,
    Manual,
    Method,
    Python,
    Table,
)
from orders.domain.outbox import MessageState, Retry
from orders.domain.webhooks import key_of, signature
from orders.orchestration.destinations import open_target
from orders.services.addressing import drafts_of
from orders.services.send import route_of, send_due
from orders.storage import outbox
from orders.targets.table import CONTRACT
from tests.faulty_receiver import HOST, FaultyReceiver, faulty_receiver
from tests.file_servers import PASSWORD, USER, S3Server, SftpServer
from tests.mail_server import Mailbox, mail_server
from tests.messages import NOON, part, to
from tests.order_book import OrderBook

CANARY = "canary-5b1f0e"
CSV = Content(b"sku;quantity\nA;1\n", "text/csv; charset=utf-8", ".csv")
NAME = "{order}-{seq}.csv"
EMAIL = Email("post", "Shop <shop@example.com>", "Order {order}", to=("ada@example.com",))
OWN = """
import os


class Terminal:
    repeatable = True

    def send(self, key, recipient, content_type, body):
        with open(os.environ["TERMINAL"], "ab") as file:
            file.write(f"{key} {recipient} {content_type} ".encode() + body)
        return "done"
"""

Connect = Callable[..., None]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Adds an Airflow connection."""

    def add(name: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))

    return add


@pytest.fixture
def book(
    resources: Resources,
    dsn: str,
    connect: Connect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> OrderBook:
    """An installation: its database, its file store and its configuration."""
    connect("impex", **postgres(dsn))
    monkeypatch.setenv("IMPEX_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("IMPEX_GROUPS", str(tmp_path / "config" / "groups"))
    return OrderBook(resources.database)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server() as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[FaultyReceiver]:
    """A web service that honours keys, and has no faults."""
    with faulty_receiver() as running:
        yield running


def postgres(dsn: str) -> dict[str, Any]:
    """Return a connection as Airflow keeps it."""
    parts = conninfo_to_dict(dsn)
    return {
        "conn_type": "postgres",
        "host": parts["host"],
        "port": int(str(parts["port"])),
        "login": parts["user"],
        "password": parts["password"],
        "schema": parts["dbname"],
    }


def web(receiver: FaultyReceiver, **changed: Any) -> dict[str, Any]:
    """Return the connection of a web service in the own network."""
    usual = {
        "conn_type": "http",
        "schema": "http",
        "host": HOST,
        "port": int(receiver.url.rpartition(":")[2]),
        "password": f"{CANARY} another",
        "extra": {"private": True},
    }
    return usual | changed


def send(book: OrderBook, destination: Destination, order: str = "2026/17") -> list[Any]:
    """Send a message about an order; return what became of it."""
    exporter = to(destination, retry=Retry(attempts=1))
    drafts = drafts_of(part(exporter, order), CSV, 7, NOON)
    with book.database.transaction() as connection:
        outbox.put(connection, drafts)
    with closing(open_target(exporter)) as target:
        route = route_of(exporter, target)
        send_due(book.database, route, run="", stop=lambda: False)
    return book.query("SELECT state, recipient, reason FROM orders.outbox ORDER BY id")


def text_of(store: FileStore, name: str) -> bytes:
    """Read a file."""
    with store.open(name) as stream:
        return stream.read()


def test_a_relative_place_is_a_folder_of_the_file_store(book: OrderBook, tmp_path: Path) -> None:
    """It is made when the first message comes."""
    [(state, recipient, _)] = send(book, File("exports/orders/", NAME))

    assert (state, recipient) == ("sent", "2026%2F17-1.csv")
    assert (tmp_path / "files/exports/orders/2026%2F17-1.csv").read_bytes() == CSV.body


def test_a_file_store_elsewhere_has_the_folders_of_messages_too(
    book: OrderBook, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever kind of store the installation has."""
    root = f"{s3.url}/{uuid4().hex}/"
    monkeypatch.setenv("IMPEX_FILES", root)
    [(state, *_)] = send(book, File("exports/orders", NAME))

    assert state == "sent"
    assert text_of(FileStore(root), "exports/orders/2026%2F17-1.csv") == CSV.body


def test_a_path_and_a_url_are_places(book: OrderBook, tmp_path: Path) -> None:
    """Outside of the file store."""
    [(state, *_)] = send(book, File(str(tmp_path / "path"), NAME))
    [_, (other, *_)] = send(book, File(f"file://{tmp_path}/url", NAME), "O2")

    assert (state, other) == ("sent", "sent")
    assert (tmp_path / "path" / "2026%2F17-1.csv").read_bytes() == CSV.body
    assert (tmp_path / "url" / "O2-1.csv").read_bytes() == CSV.body


def test_files_go_to_the_server_of_a_connection(
    book: OrderBook, sftp: SftpServer, connect: Connect
) -> None:
    """Its type is the scheme, its schema the folder; the password stays in Airflow."""
    folder = uuid4().hex
    connect(
        "acme",
        conn_type="sftp",
        host=HOST,
        port=sftp.port,
        login=USER,
        password=PASSWORD,
        schema=folder,
    )
    [(state, *_)] = send(book, File("acme", NAME))

    assert state == "sent"
    assert (sftp.root / folder / "2026%2F17-1.csv").read_bytes() == CSV.body


def test_mails_go_to_the_server_of_a_connection(
    book: OrderBook, box: Mailbox, connect: Connect
) -> None:
    """To each recipient one of his own."""
    connect(
        "post",
        conn_type="smtp",
        host=box.server.host,
        port=box.server.port,
        extra={"disable_ssl": True, "disable_tls": True, "timeout": "5"},
    )
    [(state, recipient, _)] = send(book, EMAIL)

    assert (state, recipient) == ("sent", "ada@example.com")
    assert box.subjects() == ["Order 2026/17"]
    assert box.mails[0].get_content().splitlines() == CSV.body.decode().splitlines()


def test_requests_go_to_the_web_service_of_a_connection(
    book: OrderBook, receiver: FaultyReceiver, connect: Connect
) -> None:
    """Signed with each secret of its password."""
    connect("erp", **web(receiver))
    [(state, recipient, _)] = send(book, Http("erp", "/orders", Method.PUT, repeatable=True))
    [request] = receiver.requests
    at, key = request.headers["webhook-timestamp"], "2026%2F17/1/one"

    assert (state, recipient) == ("sent", "2026/17")
    assert (request.method, request.path, request.key) == ("PUT", "/orders", key)
    assert request.headers["webhook-signature"].split(" ") == [
        signature(key_of(secret), key, at, CSV.body) for secret in (CANARY, "another")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "", "host": "{url}", "port": None},
        {"host": "http://127.0.0.1/"},
        {"extra": {"private": "true"}},
    ],
)
def test_the_address_of_a_web_service_may_be_written_in_several_ways(
    book: OrderBook, receiver: FaultyReceiver, connect: Connect, changed: dict[str, Any]
) -> None:
    """As for Airflow's own operators."""
    given = {
        name: value.replace("{url}", receiver.url) if isinstance(value, str) else value
        for name, value in changed.items()
    }
    connect("erp", **web(receiver, **given))

    assert send(book, Http("erp", "/orders"))[0][0] == "sent"


def test_the_path_of_an_exporter_follows_the_path_of_its_connection(
    book: OrderBook, receiver: FaultyReceiver, connect: Connect
) -> None:
    """With one slash between them."""
    connect("erp", **web(receiver, host="http://127.0.0.1/api/"))
    send(book, Http("erp", "/orders"))

    assert receiver.requests[0].path == "/api/orders"


def test_what_is_in_doubt_is_asked_for_as_the_exporter_says(
    book: OrderBook, receiver: FaultyReceiver, connect: Connect
) -> None:
    """With its probe, and within its time."""
    connect("erp", **web(receiver))
    asked = Http("erp", "/reset-after/orders", timeout=timedelta(seconds=10), probe="/taken/{key}")
    doubtful = send(book, asked)
    book.query("UPDATE orders.outbox SET state_since = now() - interval '2 minutes'")
    with closing(open_target(to(asked))) as target:
        send_due(book.database, route_of(to(asked), target), run="", stop=lambda: False)

    assert [state for state, *_ in doubtful] == [MessageState.UNCERTAIN]
    assert book.query("SELECT state, reason FROM orders.outbox") == [
        ("sent", "127.0.0.1 has the message.")
    ]


@pytest.mark.parametrize("own", [True, False])
def test_rows_go_into_our_database_or_that_of_a_connection(
    book: OrderBook, new_database: Callable[[], str], dsn: str, connect: Connect, *, own: bool
) -> None:
    """The recipient is the number of the order."""
    place = dsn if own else new_database()
    connect("erp", **postgres(place))
    with Database(place) as database:
        theirs = OrderBook(database)
        theirs.query("CREATE SCHEMA erp")
        theirs.query(CONTRACT.format("erp.order_in"))
        [(state, *_)] = send(book, Table("erp.order_in", "" if own else "erp"))

        assert state == "sent"
        assert theirs.query("SELECT key, recipient, content_type, body FROM erp.order_in") == [
            ("2026%2F17/1/one", "2026/17", CSV.content_type, CSV.body)
        ]


def test_a_class_of_the_installation_gets_messages(
    book: OrderBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From config/targets."""
    (tmp_path / "config" / "targets").mkdir(parents=True)
    (tmp_path / "config" / "targets" / "terminal.py").write_text(OWN)
    monkeypatch.setenv("TERMINAL", str(tmp_path / "printed"))

    assert send(book, Python("terminal.py:Terminal")) == [
        ("sent", "2026/17", "done"),
    ]
    printed = (tmp_path / "printed").read_bytes()
    assert printed == b"2026%2F17/1/one 2026/17 text/csv; charset=utf-8 " + CSV.body


def test_who_only_waits_for_a_person_has_no_target() -> None:
    """Whoever opens it all the same has made a mistake."""
    with pytest.raises(ValueError, match="has no target"):
        open_target(to(Manual()))


HTTP = {"conn_type": "http", "host": "erp.example.com", "password": CANARY}
FAULTS: list[tuple[Destination, dict[str, Any] | None, str]] = [
    (Http("x", "/orders"), None, "connection x: does not exist. Add it in Airflow"),
    (Email("x", "a@b.example", "s"), None, "connection x: does not exist. Add it in Airflow"),
    (Table("a.b", "x"), None, "connection x: does not exist. Add it in Airflow"),
    (File("x", NAME), None, "connection x: does not exist. Add it in Airflow"),
    (
        Http("x", "/orders"),
        HTTP | {"password": ""},
        "connection x: has no password. Write the secret that messages are signed with",
    ),
    (
        Http("x", "/orders"),
        HTTP | {"password": f"whsec_{CANARY}"},
        "connection x: has a password that is no secret: What follows whsec_ must be base64.",
    ),
    (
        Http("x", "/orders"),
        HTTP | {"extra": {"private": CANARY}},
        'connection x: has an extra whose `private` is not true or false. Write {"private": true}',
    ),
    (Http("x", "/orders"), HTTP | {"host": ""}, "must begin with https:// and a host"),
    (Http("x", "/orders"), HTTP | {"schema": "http"}, "must begin with https:// and a host"),
    (Http("x", "/orders"), HTTP | {"host": "http://[x"}, "connection x: has a host that is none."),
    (
        Http("x", "/orders"),
        HTTP | {"host": f"https://me:{CANARY}@erp.example.com"},
        "must hold no user and no password",
    ),
    (
        Email("x", "a@b.example", "s"),
        {"conn_type": "smtp", "password": CANARY, "extra": {"timeout": "soon"}},
        "connection x: has an extra whose `timeout` is no time. Write a number of seconds",
    ),
    (
        Table("a.b", "x"),
        {"conn_type": "postgres", "password": CANARY, "extra": {"nonsense": CANARY}},
        'connection x: is none to PostgreSQL: invalid connection option "nonsense"',
    ),
    (
        File("x", NAME),
        {"conn_type": "ftp", "host": "h", "login": "me", "password": CANARY},
        "the place x: Its root has to be a path or a URL with one of file, s3",
    ),
    (File("exports/../../etc", NAME), None, "the folder 'exports/../../etc': has an empty, `.`"),
    (Python("none.py:None"), None, "none.py"),
]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(("destination", "connection", "words"), FAULTS)
def test_what_is_wrong_is_told_with_its_place_and_without_any_secret(
    destination: Destination,
    connection: dict[str, Any] | None,
    words: str,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of which exporter, of which connection, and what to do."""
    caplog.set_level(logging.DEBUG)
    if connection is not None:
        connect("x", **connection)

    with capture_logs() as logs, pytest.raises(ConfigError, match="exporter one: ") as refused:
        open_target(to(destination))

    assert words in str(refused.value)
    told = "".join(traceback.format_exception(refused.value))
    assert CANARY not in f"{told} {refused.value!r} {caplog.text} {logs}"


NOWHERE = {"host": HOST, "port": 1, "login": "me", "password": CANARY}
AWAY: list[tuple[Destination, dict[str, Any]]] = [
    (Http("x", "/orders"), NOWHERE | {"conn_type": "http", "extra": {"private": True}}),
    (EMAIL, NOWHERE | {"conn_type": "smtp"}),
    (Table("a.b", "post"), NOWHERE | {"conn_type": "postgres"}),
]


@pytest.mark.parametrize(("destination", "connection"), AWAY)
def test_a_target_that_is_away_tells_no_secret(
    book: OrderBook,
    destination: Destination,
    connection: dict[str, Any],
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in what is kept of the message, nor in a log, nor where an object is shown."""
    caplog.set_level(logging.DEBUG)
    connect("x", **connection)
    connect("post", **connection)
    with capture_logs() as logs, closing(open_target(to(destination))) as target:
        states = send(book, destination)
        shown = repr(target)

    assert [state for state, *_ in states] == ["failed"]
    assert CANARY not in f"{states} {caplog.text} {logs} {shown}"


@pytest.mark.usefixtures("book")
def test_a_server_of_files_that_is_away_tells_no_secret(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not known what is there: whoever sends tries again later."""
    caplog.set_level(logging.DEBUG)
    connect("x", **NOWHERE, conn_type="sftp")

    with pytest.raises(Exception, match="cannot be reached") as fault:
        open_target(to(File("x", NAME)))

    told = "".join(traceback.format_exception(fault.value))
    assert CANARY not in f"{told} {caplog.text}"
