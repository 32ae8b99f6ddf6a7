"""What receivers say of messages comes back through feeds, counts once, and moves the items."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import pytest

from impex.services.resources import Resources
from impex.storage.connection import Database
from orders.cli.commands import main
from orders.domain.acknowledgement import Acceptance, Acknowledgement
from orders.domain.outbox import Answer, MessageState, Retry
from orders.domain.verdict import EventState
from orders.services.consume import Tally, consume
from orders.services.holds import hold, release
from orders.services.messages import decide_messages
from orders.services.reconcile import unacknowledged
from orders.storage import inbox
from orders.storage.inbox import Arrival
from tests.export_shop import BOSS, ERP, GONE, LOST, NO, YES, Shop
from tests.order_book import START

SENDER = replace(
    ERP,
    next_flag="SECOND",
    retry=Retry(first=timedelta(hours=1)),
    acknowledge_within=timedelta(days=2),
)
SECOND = replace(ERP, name="two", flag="SECOND")
KEY = "O1/1/erp"
ACCEPTED, REJECTED = Acceptance.ACCEPTED, Acceptance.REJECTED
NUMBERS = itertools.count(1)


@pytest.fixture
def shop(resources: Resources) -> Shop:
    """A shop with a chain of two exporters, and an order that is paid."""
    shop = Shop(resources.database, SENDER, SECOND)
    shop.paid("O1")
    return shop


def receive(
    shop: Shop, status: Acceptance = ACCEPTED, key: str = KEY, *, minutes: int = 0, **said: str
) -> None:
    """Take in what the receiver of a message says, as an event of its own."""
    told = Acknowledgement(
        key, status, START + timedelta(minutes=minutes), exporters=("erp", "two"), **said
    )
    with shop.database.transaction() as connection:
        inbox.receive(connection, [Arrival("warehouse", f"e{next(NUMBERS)}", told, 3600.0)])


def hear(shop: Shop, status: Acceptance = ACCEPTED, key: str = KEY, **said: str) -> Tally:
    """Take it in and apply it."""
    receive(shop, status, key, **said)
    return consume(shop.database, "the run")


def try_to_send(shop: Shop, *answers: Answer) -> None:
    """Let the first exporter send once."""
    shop.target("erp", *answers)
    shop.match()
    shop.send("erp")


def outbox(shop: Shop) -> list[tuple[str, str]]:
    """Return states and reasons of all messages."""
    return [
        (state, reason)
        for state, reason in shop.book.query("SELECT state, reason FROM orders.outbox ORDER BY id")
    ]


def first_item(shop: Shop) -> tuple[str, str]:
    """Return state and reason of the first item."""
    ((state, reason),) = shop.book.query(
        "SELECT state, reason FROM orders.export_item WHERE id = 1"
    )
    return state, reason


@pytest.mark.parametrize(
    ("answer", "before"),
    [(YES, "sent"), (LOST, "uncertain"), (NO, "failed"), (GONE, "pending"), (NO, "discarded")],
)
def test_who_acknowledges_a_message_has_it(shop: Shop, answer: Answer, before: str) -> None:
    """Whatever we knew of it: it is never sent again, and the chain goes on, once."""
    try_to_send(shop, answer)
    if before == "discarded":
        decide_messages(shop.database, [1], MessageState.DISCARDED, BOSS)
    assert outbox(shop)[0][0] == before

    tally = hear(shop, reference="W-9")
    shop.book.query("UPDATE orders.outbox SET due_at = now()")
    shop.run()
    shop.run()

    assert tally.states == {EventState.APPLIED: 1}
    assert outbox(shop) == [("acknowledged", "W-9"), ("sent", "yes")]
    assert shop.targets["erp"].keys == [KEY]
    assert shop.book.flags("O1") == ["INITPAID", "SECOND"]
    assert shop.states() == ["exported", "exported"]
    shop.reconcile()


def test_what_was_said_is_kept_with_feed_run_and_event(shop: Shop) -> None:
    """In the history of the message, which nobody can change."""
    try_to_send(shop)
    hear(shop, REJECTED, reason="sold out")

    ((event,),) = shop.book.query("SELECT id FROM orders.inbox")
    history = "SELECT state, actor, run, reason, event_id FROM orders.outbox_history ORDER BY id"
    assert shop.book.query(history) == [
        ("sent", "sender", "", "yes", None),
        ("rejected", "feed warehouse", "the run", "sold out", event),
    ]


def test_the_chain_goes_on_where_an_exporter_is_gone(shop: Shop) -> None:
    """What follows was known when its message was written."""
    try_to_send(shop, LOST)
    shop.use(SECOND)
    hear(shop)
    shop.run()

    assert shop.items() == [("O1", "INITPAID", "exported"), ("O1", "SECOND", "exported")]


def test_what_the_receiver_rejects_is_rejected_until_a_person_decides(shop: Shop) -> None:
    """Sent again it may be acknowledged; its next flag is not raised a second time."""
    shop.run()
    hear(shop, REJECTED, reason="no such article")
    assert first_item(shop) == ("rejected", "no such article")
    assert shop.reconcile()["rejected"] == 1

    assert decide_messages(shop.database, [1], MessageState.PENDING, BOSS) == [1]
    shop.run()
    assert first_item(shop) == ("exported", "")
    hear(shop)

    assert outbox(shop)[0] == ("acknowledged", "")
    assert shop.targets["erp"].keys == [KEY, KEY]
    assert shop.book.flags("O1") == ["INITPAID", "SECOND"]
    shop.reconcile()


def test_a_person_may_confirm_what_was_rejected_by_mistake(shop: Shop) -> None:
    """What was never exported before raises its flag then."""
    try_to_send(shop, LOST)
    hear(shop, REJECTED)
    assert decide_messages(shop.database, [1], MessageState.SENT, BOSS) == [1]

    assert first_item(shop) == ("exported", "")
    assert shop.book.flags("O1") == ["INITPAID", "SECOND"]


def test_what_was_rejected_is_not_sent_again_while_its_order_is_on_hold(shop: Shop) -> None:
    """Also if it was exported when somebody held the order."""
    shop.run()
    hold(shop.database, "O1", BOSS)
    hear(shop, REJECTED)
    decide_messages(shop.database, [1], MessageState.PENDING, BOSS)
    shop.run()
    assert (first_item(shop)[0], shop.targets["erp"].keys) == ("waiting", [KEY])

    release(shop.database, "O1", BOSS)
    shop.run()
    assert (first_item(shop)[0], shop.targets["erp"].keys) == ("exported", [KEY, KEY])
    assert shop.book.flags("O1") == ["INITPAID", "SECOND"]


@pytest.mark.parametrize("answer", [YES, LOST, NO, GONE])
@pytest.mark.parametrize("status", [ACCEPTED, REJECTED])
def test_an_acknowledgement_may_be_faster_than_the_answer(
    shop: Shop, dsn: str, answer: Answer, status: Acceptance
) -> None:
    """What the sender notes afterwards changes nothing."""
    target = shop.target("erp", answer)
    with Database(dsn) as database:
        other = Shop(database, SENDER, SECOND)
        target.meanwhile = lambda _: hear(other, status)
        shop.match()
        shop.send("erp")

    assert outbox(shop)[0][0] == ("acknowledged" if status is ACCEPTED else "rejected")
    assert target.keys == [KEY]
    assert shop.book.flags("O1").count("SECOND") == (status is ACCEPTED)
    shop.reconcile()


def test_of_what_was_never_sent_nothing_can_be_said(shop: Shop) -> None:
    """The event waits until it is."""
    shop.match()
    receive(shop)
    assert consume(shop.database, "").states == {}
    assert shop.book.events() == [("parked", "its message is not known, or was not sent yet")]

    shop.run()
    assert consume(shop.database, "").states == {EventState.APPLIED: 1}
    assert outbox(shop)[0][0] == "acknowledged"
    assert shop.book.events() == [("applied", "")]


def test_what_speaks_of_an_unknown_message_dies_after_its_patience(shop: Shop) -> None:
    """A person may let it wait once more."""
    hear(shop, key="nobody/1/erp")
    shop.book.query("UPDATE orders.inbox SET give_up_at = now()")
    with shop.database.transaction() as connection:
        assert inbox.give_up(connection) == 1
    reason = "gave up waiting: its message is not known, or was not sent yet"
    assert shop.book.events() == [("dead", reason)]

    with shop.database.transaction() as connection:
        assert inbox.replay(connection, [1], "mended") == [1]
    assert shop.book.events() == [("parked", "mended")]


def test_the_first_word_counts(shop: Shop) -> None:
    """By the time of the saying where several wait; what contradicts it is for a person."""
    try_to_send(shop)
    receive(shop, REJECTED, minutes=5)
    receive(shop, ACCEPTED, minutes=1)
    receive(shop, ACCEPTED, minutes=9)
    consume(shop.database, "")

    assert outbox(shop)[0][0] == "acknowledged"
    assert shop.book.events() == [
        ("dead", "it was acknowledged before, and the first word counts"),
        ("applied", ""),
        ("stale", "it was acknowledged before"),
    ]


def test_nobody_speaks_of_the_messages_of_others(shop: Shop) -> None:
    """The event is dead at once, and the message stays as it is."""
    try_to_send(shop)
    told = Acknowledgement(KEY, REJECTED, exporters=("two",))
    with shop.database.transaction() as connection:
        inbox.receive(connection, [Arrival("courier", "", told, 3600.0)])
    consume(shop.database, "")

    reason = "the message is one of erp, of which this feed must not speak"
    assert (outbox(shop), shop.book.events()) == ([("sent", "yes")], [("dead", reason)])


def test_an_event_that_cannot_be_applied_stops_no_other(shop: Shop) -> None:
    """It is found alone, and dead after three failures."""
    shop.paid("O2")
    shop.run()
    receive(shop, key=KEY)
    receive(shop, key="O2/1/erp")
    receive(shop, REJECTED, key="O2/1/erp", minutes=1)
    shop.book.query("UPDATE orders.inbox SET payload = '[]' WHERE id = 3")
    shop.book.query(
        "CREATE FUNCTION orders.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''not this one''; END'"
    )
    shop.book.query(
        "CREATE TRIGGER refuse BEFORE UPDATE ON orders.outbox FOR EACH ROW "
        f"WHEN (OLD.key = '{KEY}') EXECUTE FUNCTION orders.refuse()"
    )
    for _ in range(3):
        consume(shop.database, "")

    told = shop.book.events()
    assert told[0][0] == "dead"
    assert "not this one" in told[0][1]
    assert told[1:] == [("applied", ""), ("dead", "its payload cannot be read")]
    states = shop.book.query("SELECT state FROM orders.outbox WHERE key = 'O2/1/erp'")
    assert states == [("acknowledged",)]


def test_senders_and_consumers_beside_each_other_apply_each_word_once(shop: Shop, dsn: str) -> None:
    """Three of each: nothing is lost, no flag is raised twice, nobody waits for ever."""
    numbers = [f"P{n}" for n in range(20)]
    for number in numbers:
        shop.paid(number, "ACME", "BEST")
        receive(shop, key=f"{number}/1/erp")
        receive(shop, key=f"{number}/2/two")
    shop.match()
    done = threading.Event()

    def send() -> None:
        with Database(dsn) as database:
            Shop(database, SENDER, SECOND).run()

    def work() -> None:
        with Database(dsn) as database:
            while not done.is_set():
                consume(database, "")

    with ThreadPoolExecutor(6) as threads:
        consumers = [threads.submit(work) for _ in range(3)]
        senders = [threads.submit(send) for _ in range(3)]
        wait(senders)
        done.set()
    assert [each.exception() for each in (*senders, *consumers)] == [None] * 6
    shop.run()
    consume(shop.database, "")

    words = "SELECT message_id FROM orders.outbox_history WHERE event_id IS NOT NULL"
    heard = [message for (message,) in shop.book.query(words)]
    assert len(heard) == len(set(heard)) == 2 * len(numbers)
    assert {shop.book.flags(number) == ["INITPAID", "SECOND"] for number in numbers} == {True}
    assert set(shop.states()) == {"exported"}
    shop.reconcile()


def test_what_was_not_acknowledged_in_time_is_listed(
    shop: Shop, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The oldest first, also when its exporter is gone; counted by the run."""
    monkeypatch.setenv("IMPEX_DSN", dsn)
    for number in ("O2", "O3", "O4"):
        shop.paid(number)
    shop.run()
    shop.use()
    hear(shop, key="O2/1/erp")
    for number, days in (("O1", 1), ("O2", 9), ("O3", 3), ("O4", 5)):
        shop.book.query(
            "UPDATE orders.outbox SET state_since = state_since - make_interval(days => %s) "
            "WHERE key = %s",
            days,
            f"{number}/1/erp",
        )

    assert main(["outbox", "--unacknowledged"]) == 0
    told = capsys.readouterr().out
    assert "O1/1/erp" not in told
    assert "O2/1/erp" not in told
    assert 0 < told.index("O4/1/erp") < told.index("5 days") < told.index("O3/1/erp")
    assert main(["outbox", "--json"]) == 0
    assert '"unacknowledged": 2' in capsys.readouterr().out
    assert unacknowledged(shop.database) == 2


@pytest.mark.parametrize(
    ("view", "index"),
    [
        (b"unacknowledged", "outbox_unacknowledged"),
        (b"open_acknowledgement", "inbox_acknowledgement"),
    ],
)
def test_looking_for_what_is_open_reads_a_small_index(shop: Shop, view: bytes, index: str) -> None:
    """However many messages and events there were."""
    with shop.database.transaction() as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = connection.execute(b"EXPLAIN SELECT * FROM orders." + view).fetchall()

    assert index in "\n".join(line for (line,) in plan)
