"""A real Airflow with a real PostgreSQL for the tier, started once on each kind of machines, and a browser."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from impex.storage.connection import Database
from local.airflow import ADMIN
from local.airflow_api import AirflowApi
from local.ports import Ports
from local.settings import REPOSITORY, Settings
from local.stack import Stack
from tests.e2e.machines import one_machine, several_machines
from tests.e2e.runs import Runs
from tests.faulty_receiver import Fault, FaultyReceiver, faulty_receiver
from tests.file_servers import BUCKET
from tests.gate import BRANDS
from tests.guides import saved
from tests.mail_server import Mailbox, mail_server
from tests.order_book import OrderBook

FEEDS = """\
title: Feeds
publish:
  zip: "feeds-{run}.zip"
  to: {partner}
  params: {brand: E2E}
descriptors:
  - name: brands
    direction: export
    table: shop.brand
    key: name
    export: {file: "brands-{run}.csv", where: {name: "${brand}"}}
    columns: [name, {from: text, to: description, language: en}]
  - name: shops
    direction: export
    table: shop.shop
    key: code
    layout: {format: json}
    export: {file: "shops-{run}.json"}
    columns: [code, name]
"""

GROUPS = {
    "brands.yaml": BRANDS,
    "my-brands.yaml": saved("tutorial.md")["config/groups/my-brands.yaml"],
    "bounded.yaml": f"{BRANDS}\nmax_parallel: 2\n",
    "full-shops.yaml": """\
descriptors:
  - name: shops
    files: "shops*.csv"
    table: shop.shop
    key: code
    on_absent: delete
    scope: {name: GO}
    columns: [code, name]
""",
    "misspelt.yaml": """\
title: Misspelt
descriptors:
  - name: brands
    files: "*.csv"
    tabel: shop.brand
    key: name
    columns: [name]
""",
    **{
        f"arriving-{ready}.yaml": f"{BRANDS}\narrival:\n  on_arrival: true\n  ready: {ready}\n"
        "  stable_seconds: 6\n"
        for ready in ("rename", "marker", "manifest", "stable")
    },
}


PEOPLE = "admin:admin,orders:viewer,op:op,user:user,viewer:viewer"

NOTICES = """\
enabled: true
connection: mail
sender: E2E <shop@example.com>
notices:
  - {order: in_progress, from: pending, to: customer, template: order-received.txt}
"""


WEATHER = {Fault.RESET_AFTER: 0.15, Fault.ERROR_AFTER: 0.15}

EXPORTERS = {
    # Only what this shop sells: a gate for each order of all tests would be too many.
    "manual-release.yaml": """\
flag: INITPAID
when: {shop: [E2E]}
approval: required
target: {manual: true}
next_flag: EMAILNOTIFY
""",
    # Two receivers in bad weather: one takes a key once, of the other nobody knows.
    **{
        f"{name}.yaml": f"""\
flag: RETURNED
priority: {priority}
when: {{shop: [{name.upper()}]}}
target:
  http: {{connection: {name}, path: /orders, repeatable: {keyed}}}
format: {{template: cancellation.json}}
retry: {{attempts: 20, first: 1 s}}
"""
        for name, keyed, priority in (("keyed", "true", 1), ("unkeyed", "false", 2))
    },
    "supplier-mails.yaml": """\
flag: EMAILNOTIFY
split: supplier
target:
  email:
    connection: mail
    sender: orders@example.com
    suppliers: {ACME: sales@acme.example, BEST: sales@best.example}
    subject: Order {order}
format: {template: supplier-order.txt}
""",
}


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """The mail server of the connection ``mail``."""
    with mail_server() as opened:
        yield opened


@pytest.fixture(scope="session")
def receivers() -> Iterator[dict[str, FaultyReceiver]]:
    """Those of the connections ``keyed`` and ``unkeyed``; three answers of ten get lost."""
    with ExitStack() as opened:
        yield {
            name: opened.enter_context(
                faulty_receiver(keyed=name == "keyed", faults=WEATHER, seed=3)
            )
            for name in ("keyed", "unkeyed")
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let all run on several machines that can: ``pytest tests/e2e --everywhere``."""
    parser.addoption("--everywhere", action="store_true", help="test on several machines only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test where its mark ``machines`` says: on ``one``, which is usual, or on ``several``.

    Marked with ``one`` only, it is about what several machines do not have.
    """
    if "stack" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("machines")
        wanted = mark.args if mark else ["one"]
        if metafunc.config.getoption("--everywhere"):
            wanted = ["several"] if mark is None or "several" in wanted else []
        names = {"one": pytest.HIDDEN_PARAM, "several": "several"}
        places = [pytest.param(place, id=names[place]) for place in wanted]
        metafunc.parametrize("stack", places, indirect=True)


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    mailbox: Mailbox,
    receivers: dict[str, FaultyReceiver],
) -> Iterator[Stack]:
    """Everything that `make up` starts, on free ports, with the shipped groups and some more."""
    groups = tmp_path_factory.mktemp("config") / "groups"
    shutil.copytree(REPOSITORY / "config", groups.parent, dirs_exist_ok=True)
    for name, text in GROUPS.items():
        (groups / name).write_text(text)
    (groups.parent / "notices.yaml").write_text(NOTICES)
    for name, text in EXPORTERS.items():
        (groups.parent / "exporters" / name).write_text(text)
    mail = {
        "conn_type": "smtp",
        "host": mailbox.server.host,
        "port": mailbox.server.port,
        "extra": {"disable_ssl": True, "disable_tls": True},
    }
    webhooks = {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps(
            {
                "conn_type": "http",
                "host": receiver.url,
                "password": "shh",
                "extra": {"private": True},
            }
        )
        for name, receiver in receivers.items()
    }
    places = {"one": str(tmp_path_factory.mktemp("partner")), "several": f"s3://{BUCKET}/partner"}
    (groups / "feeds.yaml").write_text(FEEDS.replace("{partner}", places[request.param]))
    environment = {
        "IMPEX_GROUPS": str(groups),
        "ORDERS_EXPORTERS": str(groups.parent / "exporters"),
        "AIRFLOW_CONN_MAIL": json.dumps(mail),
        **webhooks,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": PEOPLE,
        # A gate task that is to look again does so within a second.
        "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
    }
    if request.param == "several" and not request.config.getoption("--everywhere"):
        # Only what a test allows is worked: a start with everything takes a minute more.
        environment["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] = "True"
    settings = Settings.load(
        root=tmp_path_factory.mktemp("stack"),
        ports=Ports.free(),
        extra_environment=environment,
    )
    start = {"one": one_machine, "several": several_machines}[request.param]
    with start(settings) as running:
        yield running


@pytest.fixture(scope="session")
def api(stack: Stack) -> Iterator[AirflowApi]:
    """Airflow's REST API, as admin."""
    password = stack.settings.credentials.admin_password
    with AirflowApi(stack.settings.url, ADMIN, password) as client:
        yield client


@pytest.fixture(scope="session")
def runs(stack: Stack, api: AirflowApi) -> Runs:
    """Drops packages, triggers runs and reads what became of them."""
    return Runs(stack, api)


@pytest.fixture
def book(stack: Stack) -> Iterator[OrderBook]:
    """The orders of the stack."""
    with Database(stack.database.dsn()) as database:
        yield OrderBook(database)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; root may run it without its sandbox only."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page of a person who is logged in as admin."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        opened = context.new_page()
        opened.goto(f"{stack.settings.url}/auth/login")
        opened.fill("input[name=username]", ADMIN)
        opened.fill("input[name=password]", stack.settings.credentials.admin_password)
        opened.click("button[type=submit]")
        opened.wait_for_selector("text=Dags")
        yield opened


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures go; docs/images has copies of some."""
    directory = REPOSITORY / "build" / "screenshots"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
