"""A preview shows what a run would send, and changes nothing; a run may be about one order or flag."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.config import exporters_directory
from orders.domain.export_item import EVERYTHING, ItemState, Scope
from orders.domain.outbox import Answer, Message, Outcome, Target
from orders.services.advance import advance
from orders.services.chain import Chain
from orders.services.fire import fire_by_hand
from orders.services.open_chain import open_chain, scope_of
from orders.services.preview import Preview, preview
from orders.services.preview_archive import PREVIEWS, archive
from orders.services.retention import remove_previews
from orders.services.send import Route, route_of
from tests.exporters import written
from tests.order_book import TESTER, OrderBook

EXPORTERS = {
    "accounts": "flag: INITPAID\ntarget: {table: {name: erp.incoming}}\n"
    "format: {template: supplier-order.txt}\nnext_flag: TOLD\n",
    "letters": "flag: TOLD\nformat: {template: supplier-order.txt}\ntarget:\n  email:\n"
    "    connection: mail\n    sender: shop@example.com\n    subject: Order {order}\n"
    "    to: [team@example.com]\n",
    "release": "flag: CANCELLED\napproval: required\ntarget: {manual: true}\nnext_flag: TOLD\n",
}


@pytest.fixture
def book(
    resources: Resources, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OrderBook:
    """Two paid orders, and a chain of exporters."""
    exporters = written(tmp_path, **EXPORTERS)
    (tmp_path / "templates").symlink_to(REPOSITORY / "config" / "templates")
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("ORDERS_EXPORTERS", str(exporters))
    book = OrderBook(resources.database)
    book.stock("ACME", "TEA", 4)
    for number in ("O1", "=O2"):
        book.placed(number, ("ACME", "TEA", 2, "standard"))
    return book


def chain(resources: Resources, scope: Scope = EVERYTHING) -> Chain:
    """Return the exporters."""
    files = resources.user_files
    chain = open_chain(resources.database, exporters_directory(), files, "a run")
    return replace(chain, scope=scope)


def look(resources: Resources, scope: Scope = EVERYTHING) -> Preview:
    """Preview a run."""
    return preview(resources.database, chain(resources, scope))


class Open(Target):
    """A target that takes everything."""

    repeatable = True

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, message: Message) -> Answer:
        """Take it."""
        self.keys.append(message.key)
        return Answer(Outcome.SENT, "yes")

    def probe(self, message: Message) -> Answer | None:
        """Nobody asks."""
        raise AssertionError(message.key)

    def close(self) -> None:
        """Nothing is open."""


def run(resources: Resources, scope: Scope = EVERYTHING) -> list[str]:
    """Run the chain; return the keys of what was sent."""
    target = Open()

    class Way:
        def __init__(self, exporter: object) -> None:
            self.exporter = exporter

        def __enter__(self) -> Route:
            return route_of(self.exporter, target)  # type: ignore[arg-type]

        def __exit__(self, *_: object) -> None:
            return None

    advance(resources.database, chain(resources, scope), Way, lambda: False)
    return target.keys


def test_a_preview_goes_through_all_hops_and_changes_nothing(
    book: OrderBook, resources: Resources
) -> None:
    """As if all were taken at once; every row is as it was before."""
    before = book.query("SELECT * FROM orders.export_item ORDER BY id")
    found = look(resources)

    assert [(m.exporter, m.kind, m.recipient, m.orders, m.flag) for m in found.messages] == [
        ("accounts", "table", "=O2", ("=O2",), "INITPAID"),
        ("accounts", "table", "O1", ("O1",), "INITPAID"),
        ("letters", "email", "team@example.com", ("=O2",), "TOLD"),
        ("letters", "email", "team@example.com", ("O1",), "TOLD"),
    ]
    assert b"Subject: Order O1" in found.messages[3].body
    assert not found.left
    assert book.query("SELECT * FROM orders.export_item ORDER BY id") == before
    assert book.query("SELECT count(*) FROM orders.outbox") == [(0,)]


def test_a_preview_says_what_waits_for_a_person_and_what_nobody_takes(
    book: OrderBook, resources: Resources
) -> None:
    """What is held goes no further; what is unmatched tells why."""
    (exporters_directory() / "accounts.yaml").write_text(
        EXPORTERS["accounts"] + "when: {supplier: BEST}\n"
    )
    fire_by_hand(resources.database, "O1", "cancel", TESTER)
    book.query("UPDATE orders.export_item SET state = 'exported' WHERE order_id = 1 AND seq = 1")
    found = look(resources)

    [held] = found.messages
    assert (held.exporter, held.approval, held.orders) == ("release", True, ("O1",))
    [left] = found.left
    assert (left.order, left.state) == ("=O2", ItemState.UNMATCHED)
    assert "supplier ACME is none of BEST" in left.reason


def test_the_archive_of_a_preview_has_a_list_and_the_messages(
    book: OrderBook, resources: Resources
) -> None:
    """The list is for spreadsheets: numbers of orders are no formulas in it."""
    del book
    packed = b"".join(archive(look(resources), datetime.now(UTC)))
    with zipfile.ZipFile(io.BytesIO(packed)) as unpacked:
        rows = list(csv.DictReader(io.StringIO(unpacked.read("preview.csv").decode("utf-8-sig"))))
        mail = unpacked.read(rows[3]["file"])

    assert [row["orders"] for row in rows] == ["'=O2", "O1", "'=O2", "O1"]
    assert rows[3]["file"] == "messages/0004-letters.eml"
    assert rows[3]["would be"] == "sent"
    assert b"Subject: Order O1" in mail


def test_previews_are_kept_for_a_day(resources: Resources) -> None:
    """Housekeeping removes older ones."""
    resources.store.write(f"{PREVIEWS}/1.zip", [b"x"])
    now = datetime.now(UTC)

    assert remove_previews(resources.store, now) == 0
    assert remove_previews(resources.store, now + timedelta(days=1, minutes=1)) == 1
    assert not resources.store.exists(f"{PREVIEWS}/1.zip")


def test_a_run_about_one_order_sends_nothing_of_another(
    book: OrderBook, resources: Resources
) -> None:
    """Through all hops; the number of a delivery stands for its order."""
    scope = scope_of(resources.database, " O1-1 ", "")

    assert run(resources, scope) == ["O1/1/accounts", "O1/2/letters/team%40example%2Ecom"]
    assert [
        state for (state,) in book.query("SELECT state FROM orders.export_item ORDER BY id")
    ] == ["exported", "waiting", "exported"]


def test_a_run_about_one_order_leaves_messages_of_others_in_the_outbox(
    book: OrderBook, resources: Resources
) -> None:
    """They are due, and go with the next run of all."""
    assert len(run(resources)) == 4
    book.query("UPDATE orders.outbox SET state = 'pending', due_at = now()")
    book.query("UPDATE orders.export_item SET state = 'sending'")
    scope = scope_of(resources.database, "O1", "")

    assert run(resources, scope) == ["O1/1/accounts", "O1/2/letters/team%40example%2Ecom"]


def test_a_run_about_one_flag_leaves_what_follows_to_the_next(
    book: OrderBook, resources: Resources
) -> None:
    """Only exporters of the flag work."""
    assert run(resources, Scope(flag="INITPAID")) == ["%3DO2/1/accounts", "O1/1/accounts"]
    assert book.query("SELECT flag FROM orders.export_item WHERE state = 'waiting'") == [
        ("TOLD",),
        ("TOLD",),
    ]


def test_a_preview_is_shown_at_the_command_line(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text, and as JSON for programs; a flag or order that is not there is told."""
    del book
    assert main(["preview", "--order", "O1"]) == 0
    shown = capsys.readouterr().out
    assert "== INITPAID of O1: accounts (table) to O1 would be sent" in shown
    assert "Messages: 2, flags that would not go on: 0" in shown
    assert "=O2" not in shown

    assert main(["preview", "--flag", "INITPAID", "--json"]) == 0
    assert [each["orders"] for each in json.loads(capsys.readouterr().out)["messages"]] == [
        ["=O2"],
        ["O1"],
    ]
    assert main(["preview", "--flag", "INITPAY"]) != 0
    assert "no exporter takes the flag 'INITPAY'; they take" in capsys.readouterr().err
    assert main(["preview", "--order", "O9"]) != 0
    assert "O9" in capsys.readouterr().err
