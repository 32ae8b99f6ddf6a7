"""Flags go to exporters in their order, none is lost, and one decision counts at a gate."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from impex.services.resources import Resources
from impex.storage.connection import Database
from impex.storage.named_queries import queries
from orders.domain.conditions import Conditions
from orders.domain.content import Content
from orders.domain.destination import Email, Manual, Table
from orders.domain.export_item import ItemState, Part
from orders.domain.exporter import Approval, ApprovalPer, Batch, Exporter, Split
from orders.domain.order import Cause
from orders.domain.outbox import MessageState, Retry
from orders.domain.states import OrderStatus
from orders.services.addressing import drafts_of
from orders.services.approve import CHANGED, decide, reject_late
from orders.services.fire import fire_by_hand
from orders.services.holds import hold, release
from orders.services.messages import decide_messages
from orders.storage import export_items, gates
from orders.storage.gates import Decision
from orders.storage.outbox import Draft
from tests.export_shop import BOSS, ERP, GONE, LOST, NO, Shop
from tests.order_book import START, TESTER

RELEASE = Exporter("release", "INITPAID", Manual(), next_flag="EMAILNOTIFY", approval=Approval())
MAILS = Exporter(
    "mails",
    "EMAILNOTIFY",
    Email("mail", "shop@example.com", "Order {order}"),
    split=Split.SUPPLIER,
)
CANCELS = Exporter("cancels", "CANCELLED", Table("erp.incoming"))


@pytest.fixture
def shop(resources: Resources) -> Shop:
    """A shop with one exporter that takes what is paid."""
    return Shop(resources.database, ERP)


def test_a_flag_is_exported_once(shop: Shop) -> None:
    """Under a key of its order, its number, and its exporter."""
    shop.paid("O1")
    target = shop.target("erp")
    shop.run()
    shop.run()

    assert target.keys == ["O1/1/erp"]
    assert shop.items() == [("O1", "INITPAID", "exported")]
    assert shop.reconcile()[ItemState.EXPORTED] == 1


def test_a_flag_of_an_order_is_about_all_of_its_deliveries(shop: Shop) -> None:
    """One message, unless the exporter makes more."""
    shop.paid("O1", "ACME", "BEST")
    target = shop.target("erp")
    shop.run()

    assert target.keys == ["O1/1/erp"]
    assert shop.states() == ["exported", "exported"]


def test_each_supplier_has_a_message_of_its_own(shop: Shop) -> None:
    """The reference platform loses all but the last of them."""
    shop.use(replace(ERP, split=Split.SUPPLIER))
    shop.paid("O.1/2", "ACME", "BEST")
    target = shop.target("erp")
    shop.run()

    assert target.keys == ["O%2E1%2F2/1/erp/ACME", "O%2E1%2F2/1/erp/BEST"]


def test_deliveries_go_to_the_exporters_of_their_suppliers(shop: Shop) -> None:
    """And what nobody takes is unmatched, with the reasons, until somebody decides."""
    acme = replace(ERP, name="acme", when=Conditions(supplier=("ACME",)))
    best = replace(ERP, name="best", when=Conditions(supplier=("BEST",)))
    shop.use(acme, best)
    shop.paid("O1", "ACME", "BEST", "CITY")
    shop.run()

    assert shop.states() == ["exported", "exported", "unmatched"]
    [(reason,)] = shop.book.query("SELECT reason FROM orders.export_item WHERE state = 'unmatched'")
    assert reason == "acme: supplier CITY is none of ACME; best: supplier CITY is none of BEST"
    assert shop.reconcile()["unmatched"] == 1


def test_flags_that_no_exporter_takes_are_never_cleared(shop: Shop) -> None:
    """However often the chain runs; a new exporter gets them when a person says so."""
    shop.use()
    shop.paid("O1")
    shop.run()
    shop.run()
    assert shop.states() == ["unmatched"]

    shop.use(ERP)
    shop.run()
    assert shop.states() == ["unmatched"]
    with shop.database.transaction() as connection:
        assert export_items.reopen(connection, [1], ItemState.WAITING, BOSS) == [1]
    shop.run()
    assert shop.states() == ["exported"]


def test_all_hops_are_made_in_one_run(shop: Shop) -> None:
    """Each exporter raises the flag that the next one takes."""
    first = replace(ERP, next_flag="SECOND")
    second = replace(ERP, name="two", flag="SECOND", next_flag="THIRD")
    third = replace(ERP, name="three", flag="THIRD")
    shop.use(first, second, third)
    shop.paid("O1", "ACME", "BEST")
    shop.run()

    assert shop.items() == [
        ("O1", flag, "exported")
        for flag in ("INITPAID", "INITPAID", "SECOND", "SECOND", "THIRD", "THIRD")
    ]
    assert shop.book.flags("O1") == ["INITPAID", "SECOND", "THIRD"]


def test_flags_of_an_order_are_exported_in_the_order_in_which_they_were_raised(
    shop: Shop,
) -> None:
    """A cancellation waits for what was raised before it, however long that takes."""
    shop.use(ERP, CANCELS)
    shop.paid("O1")
    shop.match()
    fire_by_hand(shop.database, "O1", "cancel", TESTER)
    erp, cancels = shop.target("erp", GONE), shop.target("cancels")
    shop.use(replace(ERP, retry=Retry(first=timedelta(minutes=1))), CANCELS)
    shop.run()
    assert (erp.keys, cancels.keys) == (["O1/1/erp"], [])

    shop.book.query("UPDATE orders.outbox SET due_at = now()")
    shop.run()
    assert (erp.keys, cancels.keys) == (["O1/1/erp"] * 2, ["O1/2/cancels"])


def test_one_order_that_fails_stops_no_other(shop: Shop) -> None:
    """Nor does one that nothing can be said of."""
    for number in ("O1", "BAD", "O2"):
        shop.paid(number)
    shop.target("erp", NO)
    shop.run()

    assert shop.items() == [
        ("O1", "INITPAID", "dead"),
        ("BAD", "INITPAID", "dead"),
        ("O2", "INITPAID", "exported"),
    ]
    balance = shop.reconcile()
    assert (balance["dead"], balance["exported"]) == (2, 1)


def test_what_its_exporter_does_not_take_any_more_is_not_sent(shop: Shop) -> None:
    """It is decided right before sending, on the state that the order has then."""
    shop.use(replace(ERP, when=Conditions(status=(OrderStatus.IN_PROGRESS,))))
    shop.paid("O1")
    shop.match()
    fire_by_hand(shop.database, "O1", "cancel", TESTER)
    target = shop.target("erp")
    shop.run()

    assert target.keys == []
    assert shop.items() == [("O1", "INITPAID", "unmatched"), ("O1", "CANCELLED", "unmatched")]


def test_what_an_exporter_had_taken_that_is_gone_waits_for_another_one(shop: Shop) -> None:
    """Nothing lies with a name that nobody knows any more."""
    shop.paid("O1")
    shop.match()
    assert shop.states() == ["sending"]

    shop.use(replace(ERP, name="newer"))
    shop.run()
    assert shop.targets["newer"].keys == ["O1/1/newer"]
    assert shop.states() == ["exported"]


def test_what_is_tried_again_is_decided_anew(shop: Shop) -> None:
    """An order that was cancelled between two attempts is not sent, as nothing has arrived."""
    only = replace(
        ERP,
        when=Conditions(status=(OrderStatus.IN_PROGRESS,)),
        retry=Retry(first=timedelta(minutes=1)),
    )
    shop.use(only, CANCELS)
    shop.paid("O1")
    erp = shop.target("erp", GONE)
    shop.run()
    fire_by_hand(shop.database, "O1", "cancel", TESTER)
    shop.book.query("UPDATE orders.outbox SET due_at = now()")
    shop.run()

    assert erp.keys == ["O1/1/erp"]
    assert shop.items() == [("O1", "INITPAID", "unmatched"), ("O1", "CANCELLED", "exported")]
    shop.reconcile()


def test_a_run_may_have_one_message_about_all_orders(shop: Shop) -> None:
    """One that nothing can be said of is left out."""
    shop.use(replace(ERP, batch=Batch.PER_RUN))
    for number in ("O1", "O2", "O3"):
        shop.paid(number)
    shop.paid("BAD")
    target = shop.target("erp")
    shop.run()

    assert target.bodies == ["O1 100.0000; O2 100.0000; O3 100.0000"]
    assert shop.states() == ["exported"] * 3 + ["dead"]


def test_an_uncertain_message_leaves_its_items_uncertain_until_a_person_decides(
    shop: Shop,
) -> None:
    """Confirmed, the chain goes on."""
    shop.use(replace(ERP, next_flag="SECOND"), replace(ERP, name="two", flag="SECOND"))
    shop.paid("O1")
    erp = shop.target("erp", LOST)
    shop.run()
    assert shop.states() == ["uncertain"]

    assert decide_messages(shop.database, [1], MessageState.SENT, BOSS) == [1]
    shop.run()
    assert erp.keys == ["O1/1/erp"]
    assert shop.items() == [("O1", "INITPAID", "exported"), ("O1", "SECOND", "exported")]


def test_an_order_on_hold_is_not_exported_and_its_flags_queue(shop: Shop) -> None:
    """Also those that are raised meanwhile; released, they go in their order."""
    shop.use(ERP, CANCELS)
    shop.paid("O1")
    assert hold(shop.database, "O1", BOSS)
    assert not hold(shop.database, "O1", BOSS)
    fire_by_hand(shop.database, "O1", "cancel", TESTER)
    shop.run()
    assert shop.states() == ["waiting", "waiting"]

    assert release(shop.database, "O1", BOSS)
    assert not release(shop.database, "O1", BOSS)
    shop.run()
    assert shop.states() == ["exported", "exported"]
    history = shop.book.query("SELECT what, actor, reason FROM orders.export_history ORDER BY id")
    assert history == [("hold", "boss", "fine"), ("release", "boss", "fine")]


def test_the_chain_of_the_reference_platform_works(shop: Shop) -> None:
    """Paid, held, approved, and both suppliers are told."""
    shop.use(RELEASE, MAILS)
    shop.paid("O1", "ACME", "BEST")
    mails = shop.target("mails")
    shop.run()
    assert shop.states() == ["held", "held"]
    assert mails.keys == []

    shop.decide(Decision.APPROVED)
    shop.run()
    assert mails.keys == ["O1/2/mails/ACME", "O1/2/mails/BEST"]
    assert shop.items() == [
        ("O1", flag, "exported") for flag in ("INITPAID", "INITPAID", "EMAILNOTIFY", "EMAILNOTIFY")
    ]
    assert shop.book.query("SELECT DISTINCT what, actor, reason FROM orders.export_history") == [
        ("approved", "boss", "fine")
    ]


def test_what_is_rejected_is_never_sent(shop: Shop) -> None:
    """It stays rejected, with who and why."""
    shop.use(replace(ERP, approval=Approval()))
    shop.paid("O1")
    target = shop.target("erp")
    shop.run()
    shop.decide(Decision.REJECTED)
    shop.run()

    assert target.keys == []
    assert shop.states() == ["rejected"]
    assert shop.reconcile()["rejected"] == 1


def test_a_held_order_blocks_no_other(shop: Shop) -> None:
    """Each has a gate of its own, or there is one for all of a batch."""
    shop.use(replace(ERP, approval=Approval()))
    shop.paid("O1")
    shop.paid("O2")
    shop.match()
    assert len(shop.gates()) == 2

    first, _ = shop.gates()
    decide(shop.database, shop.chain, first, Decision.APPROVED, BOSS)
    shop.run()
    assert shop.states() == ["exported", "held"]

    shop.use(replace(ERP, approval=Approval(per=ApprovalPer.BATCH)))
    shop.paid("O3")
    shop.paid("O4")
    shop.match()
    assert len(shop.gates()) == 2


def test_an_order_that_has_changed_since_it_was_shown_is_asked_about_anew(shop: Shop) -> None:
    """What a person approved is exactly what they saw."""
    shop.use(replace(ERP, approval=Approval()))
    shop.paid("O1")
    target = shop.target("erp")
    shop.run()
    shop.book.query("UPDATE orders.customer_order SET total = 200")
    shop.decide(Decision.APPROVED)
    assert shop.book.query("SELECT state, reason FROM orders.export_item") == [("waiting", CHANGED)]

    shop.run()
    assert (shop.states(), target.keys) == (["held"], [])
    shop.decide(Decision.APPROVED)
    shop.run()
    assert target.bodies == ["O1 200.0000"]


@pytest.mark.parametrize("change", ["cancelled", "on hold", "gone"])
def test_an_approval_releases_nothing_that_must_not_go(shop: Shop, change: str) -> None:
    """Not an order that was cancelled or put on hold meanwhile, nor for an exporter that is gone."""
    careful = replace(ERP, approval=Approval(), when=Conditions(status=(OrderStatus.IN_PROGRESS,)))
    shop.use(careful)
    shop.paid("O1")
    target = shop.target("erp")
    shop.run()
    if change == "cancelled":
        fire_by_hand(shop.database, "O1", "cancel", TESTER)
    elif change == "on hold":
        hold(shop.database, "O1", BOSS)
    else:
        shop.chain = replace(shop.chain, exporters=())
    shop.decide(Decision.APPROVED)
    shop.run()

    assert target.keys == []
    expected = {"cancelled": "unmatched", "on hold": "waiting", "gone": "unmatched"}
    assert shop.states()[0] == expected[change]


def test_a_gate_may_reject_what_nobody_decides_about(shop: Shop) -> None:
    """After its time, not before."""
    shop.use(replace(ERP, approval=Approval(after=timedelta(days=3))))
    shop.paid("O1")
    shop.run()
    assert reject_late(shop.database, shop.chain) == 0

    shop.book.query("UPDATE orders.gate SET rejected_at = now()")
    assert reject_late(shop.database, shop.chain) == 1
    assert shop.book.query("SELECT state, reason FROM orders.export_item") == [
        ("rejected", "timeout: nobody has decided in time")
    ]


def test_who_decides_late_is_told_what_was_decided_and_changes_nothing(shop: Shop) -> None:
    """After its time is over, and while its exporter sends."""
    shop.use(replace(ERP, approval=Approval()))
    shop.paid("O1")
    shop.paid("O2")
    shop.match()
    sent, late = shop.gates()
    shop.book.query("UPDATE orders.gate SET rejected_at = now() WHERE id = %s", late)
    reject_late(shop.database, shop.chain)
    decide(shop.database, shop.chain, sent, Decision.APPROVED, BOSS)

    told: list[str] = []

    def decide_both() -> None:
        for number, other in ((sent, Decision.REJECTED), (late, Decision.APPROVED)):
            gate = decide(shop.database, shop.chain, number, other, Cause("somebody"))
            told.append(f"{gate.decision} by {gate.actor}")

    shop.target("erp").meanwhile = lambda _: decide_both()
    shop.send("erp")

    assert told == ["approved by boss", "rejected by timeout"]
    assert shop.states() == ["exported", "rejected"]
    assert shop.reconcile()[ItemState.EXPORTED] == 1


def test_gates_of_a_run_that_is_gone_are_asked_about_by_another(shop: Shop) -> None:
    """Once, by one run, and not when they are decided."""
    shop.use(replace(ERP, approval=Approval()))
    for number in ("O1", "O2"):
        shop.paid(number)
    shop.match()
    with shop.database.transaction() as connection:
        assert gates.ask(connection, "dag/run 1", 10) == [1, 2]
        assert gates.ask(connection, "dag/run 2", 10) == []
        assert gates.askers(connection) == ["dag/run 1"]
    decide(shop.database, shop.chain, 1, Decision.APPROVED, BOSS)
    with shop.database.transaction() as connection:
        gates.forget_askers(connection, ["dag/run 1"])
        assert gates.ask(connection, "dag/run 2", 10) == [2]


def test_chains_beside_each_other_export_each_flag_once(shop: Shop, dsn: str) -> None:
    """Four of them, whatever they meet."""
    chained = (replace(ERP, next_flag="SECOND"), replace(ERP, name="two", flag="SECOND"))
    shop.use(*chained)
    for number in range(60):
        shop.paid(f"O{number}", "ACME", "BEST")
    shops = [Shop(Database(dsn), *chained) for _ in range(4)]
    threads = [threading.Thread(target=each.run) for each in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.run()

    keys = [
        key for each in (*shops, shop) for target in each.targets.values() for key in target.keys
    ]
    assert sorted(keys) == sorted(
        [f"O{n}/1/erp" for n in range(60)] + [f"O{n}/2/two" for n in range(60)]
    )
    shop.reconcile()
    for each in shops:
        each.database.close()


def test_a_flag_without_an_item_is_found(shop: Shop) -> None:
    """Reconciliation fails loudly."""
    shop.paid("O1")
    shop.book.query("DELETE FROM orders.export_item")
    with pytest.raises(Exception, match="flags without an item: 1"):
        shop.reconcile()


@pytest.mark.parametrize("flag", ["", "INITPAID"])
def test_a_hundred_thousand_flags_that_wait_do_not_slow_the_claim(shop: Shop, flag: str) -> None:
    """It reads the small index alone, and of that no more than it takes."""
    shop.book.query(
        "INSERT INTO orders.customer_order (number, shop_code, currency, total) "
        "SELECT 'W' || n, 'SHOP10', 'EUR', 1 FROM generate_series(1, 100000) n"
    )
    shop.book.query(
        "INSERT INTO orders.export_item (order_id, seq, flag, on_hold) "
        "SELECT id, 1, 'INITPAID', id %% 2 = 0 FROM orders.customer_order"
    )
    shop.book.query("ANALYZE orders.export_item, orders.customer_order")
    with Database(shop.database._dsn) as database, database.transaction() as connection:
        connection.execute("SET LOCAL enable_seqscan = on")
        statement = (
            b"EXPLAIN (ANALYZE, FORMAT JSON) " + queries("export_items", "orders.storage")["claim"]
        )
        values = {"order": None, "flag": flag, "past": 0, "limit": 100}
        ((plan,),) = connection.execute(statement, values).fetchall()

    nodes = list(walk(plan[0]["Plan"]))
    of_items = [node for node in nodes if node.get("Relation Name") == "export_item"]
    assert {node["Node Type"] for node in of_items} == {"Index Only Scan"}
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in of_items) <= 110
    assert "Sort" not in {node["Node Type"] for node in nodes if node["Actual Rows"] > 110}


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from walk(child)


def test_what_cannot_be_addressed_is_dead_until_that_is_mended(resources: Resources) -> None:
    """Nobody believes that a supplier has heard of it; a message is made when he has an address."""
    nobody = replace(MAILS, flag="INITPAID")
    email = Email("mail", "shop@example.com", "Order {order}", to=("acme@example.com",))
    shop = Shop(resources.database, nobody)
    shop.chain = replace(shop.chain, address=addressed)
    shop.paid("O1")
    shop.run()

    [(reason,)] = shop.book.query("SELECT reason FROM orders.export_item")
    assert shop.states() == ["dead"]
    assert "no mail address for messages about the supplier 'ACME'" in reason
    assert shop.book.query("SELECT * FROM orders.outbox") == []

    shop.use(replace(nobody, destination=email))
    shop.chain = replace(shop.chain, address=addressed)
    with resources.database.transaction() as connection:
        assert export_items.reopen(connection, [1], ItemState.WAITING, BOSS) == [1]
    shop.run()

    assert shop.states() == ["exported"]
    assert len(shop.targets["mails"].keys) == 1


def addressed(part: Part, content: Content) -> list[Draft]:
    """Make messages as an installation does."""
    return drafts_of(part, content, 1, START)
