"""The staff is told by mail of exports that stand still, and reminded of gates."""

import json
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
import pytest

from impex.config.user_files import UserFiles
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.cli.exporting import chain_by_hand
from orders.config.notices import load_notices
from orders.config.sample_order import SAMPLE_EXPORT
from orders.domain.export_item import ItemState
from orders.domain.notice import Letterhead, Mailing, StuckNotice, StuckState
from orders.services.approve import reject_late
from orders.services.match import match
from orders.services.place import place_drafts
from orders.services.stuck_notices import write_stuck_notices
from orders.storage import export_items, notices
from tests.order_book import TESTER, OrderBook

RELEASE = """\
flag: INITPAID
when: {shop: SHOP10}
approval: {default: reject, after: 3 days, remind: 1 day}
target: {table: {name: erp.incoming}}
format: {template: supplier-order.txt}
"""
TEMPLATES = REPOSITORY / "config" / "templates"
DAY_PASSES = (
    "UPDATE orders.export_item SET state_since = state_since - interval '25 hours', "
    "told_at = told_at - interval '25 hours'"
)


class Staff:
    """A shop whose gates wait for people, and the mails that they get."""

    def __init__(self, resources: Resources, mailing: Mailing) -> None:
        self.book = OrderBook(resources.database)
        self.mailing = mailing
        self.resources = resources
        self._seen = 0

    def paid(self, number: str, shop: str = "SHOP10") -> None:
        """Place an order that is paid, and give its flag to an exporter."""
        self.book.draft(number, ("ACME", "TEA", 1, "standard"))
        self.book.query(
            "UPDATE orders.customer_order SET shop_code = %s WHERE number = %s", shop, number
        )
        self.book.query("INSERT INTO orders.stock VALUES ('ACME', 'TEA', 9) ON CONFLICT DO NOTHING")
        place_drafts(self.book.database, TESTER)
        self.match()

    def match(self) -> None:
        """Give flags to exporters."""
        match(self.book.database, chain_by_hand(self.resources), stop=lambda: False)

    def told(self, templates: Path = TEMPLATES) -> list[tuple[str, str, str]]:
        """Tell what there is; return recipient, subject and text of each mail since the last time."""
        write_stuck_notices(self.book.database, self.mailing, templates)
        rows = self.book.query(
            "SELECT recipient, body FROM orders.outbox WHERE state = 'pending' ORDER BY id"
        )
        mails = [
            (recipient, message_from_bytes(body, policy=policy.default)) for recipient, body in rows
        ]
        new, self._seen = mails[self._seen :], len(mails)
        return [(to, mail["Subject"], mail.get_content()) for to, mail in new]

    def subjects(self) -> list[str]:
        """Tell what there is; return the subjects of the mails."""
        return [subject for _, subject, _ in self.told()]


@pytest.fixture
def staff(resources: Resources, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staff:
    """One exporter, which takes what one shop has sold, and the notices that are shipped."""
    exporters = tmp_path / "exporters"
    exporters.mkdir()
    (exporters / "release.yaml").write_text(RELEASE)
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("ORDERS_EXPORTERS", str(exporters))
    text = (REPOSITORY / "config" / "notices.yaml").read_text()
    (tmp_path / "notices.yaml").write_text(text.replace("enabled: false", "enabled: true"))
    (tmp_path / "templates").symlink_to(TEMPLATES)
    mailing = load_notices(UserFiles(tmp_path))
    assert mailing is not None
    return Staff(resources, mailing)


def test_what_is_unmatched_is_told_once_in_one_mail(staff: Staff) -> None:
    """With the reasons; and again only if it comes to a stand anew."""
    staff.paid("O1", shop="SHOP20")
    staff.paid("O2", shop="SHOP20")
    [(recipient, subject, text)] = staff.told()

    assert (recipient, subject) == ("orders@example.com", "Exports that need somebody: 2")
    assert "Order O1, delivery O1-1 of shop SHOP20: INITPAID is unmatched since 20" in text
    assert "release: shop SHOP20 is none of SHOP10" in text
    assert "Order O2" in text
    assert staff.told() == []

    with staff.book.database.transaction() as connection:
        assert export_items.reopen(connection, [1], ItemState.WAITING, TESTER) == [1]
    assert staff.told() == []
    staff.match()
    assert staff.subjects() == ["Exports that need somebody: 1"]


def test_people_are_told_of_a_gate_and_reminded_until_it_is_decided(staff: Staff) -> None:
    """As often as its exporter says; one that they have just been told of is not among them."""
    staff.paid("O1")
    [(_, subject, text)] = staff.told()
    assert subject == "Waiting for approval: 1"
    assert "Gate 1 of release: O1 of shop SHOP10, since 20" in text
    assert "if nobody decides" in text
    assert staff.told() == []

    staff.book.query(DAY_PASSES)
    staff.paid("O2")
    assert staff.subjects() == ["Waiting for approval: 1", "Still waiting for approval: 1"]
    assert staff.told() == []

    staff.book.query(DAY_PASSES)
    assert staff.subjects() == ["Still waiting for approval: 2"]
    staff.book.query(DAY_PASSES)
    staff.book.query("UPDATE orders.gate SET rejected_at = now()")
    reject_late(staff.book.database, chain_by_hand(staff.resources))
    assert staff.told() == []


def test_what_was_not_committed_is_told_by_the_next_run_and_never_by_two(
    staff: Staff, dsn: str
) -> None:
    """Two runs at once leave to each other what they have in hand."""
    staff.paid("O1", shop="SHOP20")
    states = [StuckState.UNMATCHED]
    with psycopg.connect(dsn) as connection:
        assert len(notices.tell_stuck(connection, states, 60, again=False, limit=9)) == 1
        assert staff.told() == []
        connection.rollback()

    assert staff.subjects() == ["Exports that need somebody: 1"]
    assert staff.told() == []


def test_each_shop_has_its_own_staff(staff: Staff) -> None:
    """Who works for two shops of one sender gets one mail."""
    both = Letterhead("ten@example.com", ("boss@example.com", "ten@example.com"))
    staff.mailing = replace(staff.mailing, shops={"SHOP20": both, "SHOP30": both})
    for number, shop in enumerate(("SHOP20", "SHOP30", "SHOP40")):
        staff.paid(f"O{number}", shop)

    assert sorted((to, subject) for to, subject, _ in staff.told()) == [
        ("boss@example.com", "Exports that need somebody: 2"),
        ("orders@example.com", "Exports that need somebody: 1"),
        ("ten@example.com", "Exports that need somebody: 2"),
    ]


def test_a_mail_lists_a_hundred_and_says_how_many_there_are(staff: Staff) -> None:
    """A fault in the configuration may stop thousands at once."""
    staff.book.query(
        "INSERT INTO orders.customer_order (number, shop_code, currency, total) "
        "SELECT 'W' || n, 'SHOP20', 'EUR', 1 FROM generate_series(1, 250) n"
    )
    staff.book.query(
        "INSERT INTO orders.export_item (order_id, seq, flag, state) "
        "SELECT id, 1, 'INITPAID', 'dead' FROM orders.customer_order"
    )
    [(_, subject, text)] = staff.told()

    assert subject == "Exports that need somebody: 250"
    assert text.count("INITPAID is dead") == 100
    assert "… and 150 more." in text
    assert staff.told() == []


def test_what_stands_for_too_long_is_not_told_but_people_are_reminded(staff: Staff) -> None:
    """Who enables notices after a year hears of what is new, and of gates that still wait."""
    staff.paid("O1", shop="SHOP20")
    staff.paid("O2")
    staff.book.query(DAY_PASSES)

    assert staff.subjects() == ["Still waiting for approval: 1"]


def test_templates_see_of_real_exports_what_they_see_of_the_sample(
    staff: Staff, tmp_path: Path
) -> None:
    """Else a template that was tried would fail when it is needed."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "all.txt").write_text("Subject: x\n\n{{ exports | tojson }}")
    rule = StuckNotice("all.txt", frozenset(StuckState))
    staff.mailing = replace(staff.mailing, stuck=(rule,))
    staff.paid("O1")
    [(_, _, text)] = staff.told(tmp_path / "t")

    [export] = json.loads(text)
    assert {key: type(value) for key, value in export.items()} == {
        key: type(value) for key, value in SAMPLE_EXPORT.items()
    }
