"""Acknowledgements on their ways: from a message that was sent over HTTP, by push, files and tables."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import pytest

from impex.config import load_group
from impex.domain.report import JobState
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.domain.feed import Feed
from orders.domain.webhooks import key_of
from orders.services.collect import collect
from orders.services.consume import consume
from orders.services.export_orders import export
from orders.services.send import route_of
from orders.services.watch import work_waits
from orders.targets.webhook import Receiver, WebhookTarget
from tests.export_shop import ERP, Shop
from tests.faulty_receiver import Fault, faulty_receiver
from tests.feeds import load, shipped
from tests.imports import bring
from tests.push_server import SECRET, PushServer, told

PAGE = (REPOSITORY / "docs" / "acknowledgements.md").read_text("utf-8")
_, GROUP, FEED = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(TABLE,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
(LINES,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
CANCELLATIONS = replace(ERP, name="cancellations")
KEY = "O1/1/cancellations"


@pytest.fixture
def shop(resources: Resources) -> Shop:
    """A shop with a paid order, of which the exporter ``cancellations`` tells."""
    shop = Shop(resources.database, CANCELLATIONS)
    shop.paid("O1")
    return shop


@pytest.fixture
def service(dsn: str) -> Iterator[PushServer]:
    """The service with the feed that comes with the project."""
    with PushServer(dsn, {"acknowledgements": shipped("acknowledgements")}) as running:
        yield running


def states(shop: Shop) -> list[tuple[str, str]]:
    """Return states and reasons of all messages."""
    return [
        (state, reason)
        for state, reason in shop.book.query("SELECT state, reason FROM orders.outbox ORDER BY id")
    ]


def test_a_receiver_answers_by_the_key_that_it_was_sent(shop: Shop, service: PushServer) -> None:
    """Its answer to the message was lost; what it says later settles the doubt."""
    shop.match()
    with faulty_receiver() as receiver:
        address = f"{receiver.url}/{Fault.RESET_AFTER}/orders"
        place = Receiver(address, repeatable=False, private=True, within_s=2)
        target = WebhookTarget(place, (key_of("secret"),))
        route = route_of(CANCELLATIONS, target)
        export(shop.database, shop.chain, CANCELLATIONS, route, lambda: False)
        target.close()
        (request,) = receiver.requests
    assert (states(shop)[0][0], shop.states()) == ("uncertain", ["uncertain"])

    message = {"event_id": "1", "key": request.headers["webhook-id"], "status": "accepted"}
    answers = [service.push(message, feed="acknowledgements") for _ in range(2)]
    assert [told(answer) for answer in answers] == [(202, "accepted"), (200, "duplicate")]
    assert work_waits(shop.database)
    consume(shop.database, "")

    assert (states(shop)[0][0], shop.states()) == ("acknowledged", ["exported"])
    assert not work_waits(shop.database)
    shop.reconcile()


def test_what_cannot_be_applied_yet_is_no_work(shop: Shop, service: PushServer) -> None:
    """Runs of the feeds would follow one another for nothing."""
    message = {"event_id": "1", "key": KEY, "status": "accepted"}

    assert told(service.push(message, feed="acknowledgements")) == (202, "accepted")
    assert not work_waits(shop.database)
    shop.run()
    assert work_waits(shop.database)


@pytest.fixture
def receipts(tmp_path: Path, shop: Shop) -> Feed:
    """The feed of the page, beside its table."""
    shop.book.query(TABLE)
    return load(tmp_path, FEED, "receipts")


def test_files_are_taken_in_as_the_page_says(
    shop: Shop, resources: Resources, receipts: Feed, tmp_path: Path
) -> None:
    """Through a data group, its table, and the feed of the table; each row once."""
    path = tmp_path / "receipts.yaml"
    path.write_text(GROUP, "utf-8")
    shop.run()
    rows = f"number,message,result,remark\n1,{KEY},rejected,packed already\n2,{KEY},maybe,\n"

    report = bring(resources, load_group(path), {"receipts.csv": rows})
    collected = [collect(shop.database, receipts, datetime.now(UTC)) for _ in range(2)]
    consume(shop.database, "")

    assert (report.state, report.totals.inserted) == (JobState.DONE, 2)
    assert [(each.rows, each.refused) for each in collected] == [(2, 1), (0, 0)]
    assert states(shop) == [("rejected", "packed already")]
    assert shop.states() == ["rejected"]


@pytest.mark.skipif(not (which("curl") and which("openssl")), reason="needs curl and openssl")
def test_the_documented_lines_for_the_shell_work(service: PushServer) -> None:
    """Whoever tries a feed out copies them."""
    address = str(service.client.base_url).rstrip("/")
    script = LINES.replace("http://127.0.0.1:8975", address)
    environment = os.environ | {"ORDERS_SECRET_RECEIVERS": SECRET}

    done = subprocess.run(
        ["bash", "-euc", script],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert json.loads(done.stdout)["answer"] == "accepted"
