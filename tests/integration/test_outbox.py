"""Messages wait in the outbox, are sent, and are never sent twice by guess."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from impex.services.resources import Resources
from impex.storage.connection import Database
from orders.cli.commands import main
from orders.domain.outbox import Answer, Message, MessageState, Outcome, Retry, Target
from orders.services.letters import CONTENT_TYPE, Words, letter
from orders.services.retention import remove_sent_messages
from orders.services.send import Route, send_due
from orders.storage import outbox
from orders.storage.outbox import Draft
from orders.targets.mail import MailTarget
from tests.mail_server import Fault, Mailbox, mail_server
from tests.order_book import OrderBook

pytestmark = pytest.mark.pooled

SOON = Retry(attempts=3, first=timedelta(0))
YES = Answer(Outcome.SENT, "yes")
NO = Answer(Outcome.REFUSED, "no")
GONE = Answer(Outcome.UNREACHED, "nobody there")
LOST = Answer(Outcome.UNKNOWN, "no answer")


@dataclass
class Scripted(Target):
    """A target that answers as it is told, and remembers what it was sent."""

    answers: list[Answer] = field(default_factory=list)
    repeatable: bool = False
    knows: Answer | None = None
    keys: list[str] = field(default_factory=list)

    def send(self, message: Message) -> Answer:
        """Take the next answer; yes, when none is left."""
        self.keys.append(message.key)
        return self.answers.pop(0) if self.answers else YES

    def probe(self, message: Message) -> Answer | None:
        """Say the same of every message."""
        del message
        return self.knows

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def book(resources: Resources) -> OrderBook:
    """A database without messages."""
    return OrderBook(resources.database)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server with patient clients."""
    with mail_server(timeout_s=20.0) as opened:
        yield opened


def put(book: OrderBook, *keys: str) -> None:
    """Put messages into the outbox, all for one target."""
    drafts = [Draft(key, "test", "somebody", "text/plain", b"words") for key in keys]
    with book.database.transaction() as connection:
        outbox.put(connection, drafts)


def send(book: OrderBook, target: Scripted, retry: Retry = SOON) -> dict[MessageState, int]:
    """Send what is due; return how many attempts ended how."""
    return send_due(book.database, Route("test", target, retry), run="", stop=lambda: False)


def states(book: OrderBook) -> list[tuple[str, str]]:
    """Return states and reasons of all messages, in their order."""
    return [
        (state, reason)
        for state, reason in book.query("SELECT state, reason FROM orders.outbox ORDER BY id")
    ]


def test_large_messages_are_put_into_the_outbox_in_pieces(book: OrderBook) -> None:
    """No more bytes at once than a statement should carry; a key that is there counts once."""
    drafts = [Draft(str(n), "test", "", "text/plain", bytes(3 << 20)) for n in range(5)]

    with book.database.transaction() as connection:
        found = [outbox.put(connection, drafts), outbox.put(connection, drafts[1:])]

    assert found == [5, 0]
    assert book.query("SELECT key, length(body) FROM orders.outbox ORDER BY id") == [
        (str(n), 3 << 20) for n in range(5)
    ]


def test_messages_are_sent_once_in_their_order(book: OrderBook) -> None:
    """And a second sender finds nothing to do."""
    put(book, "a", "b", "c")
    put(book, "b", "d")
    target = Scripted()

    assert send(book, target) == {MessageState.SENT: 4}
    assert send(book, target) == {}
    assert target.keys == ["a", "b", "c", "d"]


def test_what_was_certainly_not_taken_is_tried_again_until_patience_ends(book: OrderBook) -> None:
    """Then it has failed, and says why."""
    put(book, "a")
    target = Scripted([GONE] * 5)
    send(book, target)

    assert target.keys == ["a"] * 3
    assert states(book) == [("failed", "nobody there")]


def test_what_is_refused_is_not_tried_again(book: OrderBook) -> None:
    """And keeps no other message waiting."""
    put(book, "a", "b")
    target = Scripted([NO])
    send(book, target)

    assert target.keys == ["a", "b"]
    assert states(book) == [("failed", "no"), ("sent", "yes")]


def test_what_may_have_been_taken_is_not_sent_again(book: OrderBook) -> None:
    """It is uncertain, for a person, however often somebody sends."""
    put(book, "a", "b")
    target = Scripted([LOST])
    for _ in range(3):
        send(book, target)

    assert target.keys == ["a", "b"]
    assert states(book) == [("uncertain", "no answer"), ("sent", "yes")]


def test_a_target_that_takes_a_key_once_gets_it_again(book: OrderBook) -> None:
    """If it never answers, nobody can say that it has failed."""
    put(book, "a")
    target = Scripted([LOST, GONE, YES, LOST, GONE, GONE], repeatable=True)
    send(book, target)
    put(book, "b")
    send(book, target)

    assert target.keys == ["a"] * 3 + ["b"] * 3
    assert states(book) == [("sent", "yes"), ("uncertain", "nobody there")]


@pytest.mark.parametrize(
    ("knows", "state", "sent"),
    [(YES, "sent", 1), (GONE, "sent", 2), (LOST, "uncertain", 1), (None, "uncertain", 1)],
)
def test_a_target_is_asked_for_what_is_uncertain(
    book: OrderBook, knows: Answer | None, state: str, sent: int
) -> None:
    """What it has is sent, what it has not is sent again, and otherwise nobody knows."""
    put(book, "a")
    target = Scripted([LOST], knows=knows)
    send(book, target)
    book.query("UPDATE orders.outbox SET state_since = now() - interval '2 minutes'")
    send(book, target)

    assert [each for each, _ in states(book)] == [state]
    assert len(target.keys) == sent


def test_a_target_is_not_asked_while_it_may_still_be_at_work(book: OrderBook) -> None:
    """It would say that it has nothing, get the message again, and take both."""
    put(book, "a")
    target = Scripted([LOST], knows=GONE)
    send(book, target)
    book.query("UPDATE orders.outbox SET state_since = now() - interval '119 seconds'")
    send(book, target)

    assert target.keys == ["a"]
    assert states(book) == [("uncertain", "no answer")]


def test_an_answer_counts_only_until_somebody_else_has_sent_the_message_again(
    book: OrderBook, dsn: str
) -> None:
    """Two senders ask at once; one sends, and the old answer of the other one sends nothing."""
    put(book, "a")
    send(book, Scripted([LOST]))
    book.query("UPDATE orders.outbox SET state_since = now() - interval '2 minutes'")
    quick = Scripted([LOST], knows=GONE)

    class Slow(Scripted):
        def probe(self, message: Message) -> Answer | None:
            with Database(dsn) as database:
                send_due(database, Route("test", quick, SOON), run="", stop=lambda: False)
            return super().probe(message)

    slow = Slow(knows=GONE)
    send(book, slow)

    assert (quick.keys, slow.keys) == (["a"], [])
    assert states(book) == [("uncertain", "no answer")]


def test_a_target_that_is_silent_is_left_alone_for_a_time(book: OrderBook) -> None:
    """What waits for it loses no attempts meanwhile, and goes when it answers again."""
    put(book, *"abcdefgh")
    target = Scripted([GONE] * 5)
    send(book, target, Retry(first=timedelta(minutes=10)))
    assert target.keys == list("abcde")

    send(book, target)
    assert target.keys == list("abcde")

    book.query("UPDATE orders.circuit SET open_until = now()")
    send(book, target)
    assert target.keys == list("abcdefgh")
    assert book.query("SELECT * FROM orders.circuit") == []


def test_a_silent_target_keeps_no_other_one_waiting(book: OrderBook) -> None:
    """Circuits and messages are those of one target."""
    put(book, *"abcde")
    with book.database.transaction() as connection:
        outbox.put(connection, [Draft("z", "other", "", "text/plain", b"")])
    send(book, Scripted([GONE] * 9))

    other = Scripted()
    send_due(book.database, Route("other", other), run="", stop=lambda: False)
    assert other.keys == ["z"]


@pytest.mark.parametrize(("repeatable", "state"), [(False, "uncertain"), (True, "sent")])
def test_what_a_lost_sender_had_in_hand_is_sent_again_only_under_a_key(
    book: OrderBook, dsn: str, *, repeatable: bool, state: str
) -> None:
    """It said that it would send, and nobody knows whether it has."""
    put(book, "a")
    with Database(dsn) as lost, lost.transaction() as connection:
        assert len(outbox.claim(connection, "test", outbox.sign_on(connection), 1)) == 1
    send(book, Scripted(repeatable=repeatable))

    assert [each for each, _ in states(book)] == [state]


def test_what_a_living_sender_has_in_hand_is_left_to_it(book: OrderBook) -> None:
    """However long it takes."""
    put(book, "a", "b")
    quick = Scripted()

    class Slow(Scripted):
        def send(self, message: Message) -> Answer:
            with book.database.another() as database:
                send_due(database, Route("test", quick), run="", stop=lambda: False)
            assert [state for state, _ in states(book)] == ["sending", "sent"]
            return super().send(message)

    slow = Slow()
    send(book, slow)

    assert (slow.keys, quick.keys) == (["a"], ["b"])


def test_senders_beside_each_other_send_each_message_once(book: OrderBook) -> None:
    """Sixteen of them."""
    put(book, *(str(number) for number in range(200)))
    targets = [Scripted(repeatable=number % 2 == 0) for number in range(16)]

    def work(target: Scripted) -> None:
        with book.database.another() as database:
            send_due(database, Route("test", target), run="", stop=lambda: False)

    threads = [threading.Thread(target=work, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = [key for target in targets for key in target.keys]
    assert sorted(keys, key=int) == [str(number) for number in range(200)]


SENDER = """\
import sys
from impex.storage.connection import Database
from orders.services.send import Route, send_due
from orders.targets.mail import MailServer, MailTarget, Security
dsn, port = sys.argv[1:]
server = MailServer("127.0.0.1", int(port), security=Security.NONE, timeout_s=60)
with Database(dsn) as database:
    send_due(database, Route("mail", MailTarget(server)), run="", stop=lambda: False)
"""


def test_a_mail_whose_sender_is_killed_is_uncertain_and_arrives_once(
    book: OrderBook, dsn: str, box: Mailbox
) -> None:
    """Killed with signal 9 after the mail has gone and before the server has answered."""
    words = Words("Hello", "words\n")
    body = letter("k", "a@example.com", "b@example.com", words, datetime.now(UTC))
    drafts = [Draft(key, "mail", "b@example.com", CONTENT_TYPE, body) for key in "ab"]
    with book.database.transaction() as connection:
        outbox.put(connection, drafts)
    box.faults.append(Fault.SILENT)
    process = subprocess.Popen([sys.executable, "-c", SENDER, dsn, str(box.server.port)])
    deadline = time.monotonic() + 30
    while not box.mails and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    # PostgreSQL notices the end of the connection by itself.
    while [s for s, _ in states(book)] != ["uncertain", "sent"] and time.monotonic() < deadline:
        with closing(MailTarget(box.server)) as target:
            send_due(book.database, Route("mail", target), run="", stop=lambda: False)

    assert states(book)[0] == ("uncertain", "its sender was lost")
    assert len(box.mails) == 2


def test_people_decide_what_becomes_of_messages_that_are_stuck(
    book: OrderBook, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a reason, which is kept with their name; what is sent stays sent."""
    monkeypatch.setenv("IMPEX_DSN", dsn)
    put(book, *"abcd")
    send(book, Scripted([LOST, NO, NO, YES]))

    assert main(["confirm", "1", "--reason", "they have it"]) == 0
    assert main(["resend", "2", "--reason", "mended"]) == 0
    assert main(["discard", "3", "4", "--reason", "not wanted"]) == 1
    assert "Message 4 is in no state that allows it" in capsys.readouterr().err

    assert states(book) == [
        ("sent", "they have it"),
        ("pending", "mended"),
        ("discarded", "not wanted"),
        ("sent", "yes"),
    ]
    [(actor, reason)] = book.query(
        "SELECT actor, reason FROM orders.outbox_history WHERE message_id = 3 AND state = 'discarded'"
    )
    assert actor not in {"", "sender"}
    assert reason == "not wanted"
    assert send(book, Scripted()) == {MessageState.SENT: 1}


def test_the_outbox_is_counted_and_listed(
    book: OrderBook, dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By target and state, or message by message."""
    monkeypatch.setenv("IMPEX_DSN", dsn)
    put(book, *"ab")
    send(book, Scripted([NO]))

    assert main(["outbox"]) == 0
    told = capsys.readouterr().out
    assert "failed" in told
    assert "sent" in told
    assert main(["outbox", "--state", "failed", "--json"]) == 0
    listed = capsys.readouterr().out
    assert '"key": "a"' in listed
    assert '"key": "b"' not in listed


def test_the_bytes_of_messages_go_when_they_were_kept_long_enough(book: OrderBook) -> None:
    """What waits or is uncertain keeps them, and what became of a message stays."""
    put(book, *"abc")
    send(book, Scripted([YES, LOST, YES]))
    put(book, "d")
    book.query("UPDATE orders.outbox SET state_since = now() - interval '91 days' WHERE key <> 'c'")

    assert remove_sent_messages(book.database, 90) == 1
    assert book.query("SELECT key FROM orders.outbox WHERE body IS NULL") == [("a",)]


def test_what_became_of_messages_cannot_be_changed(book: OrderBook) -> None:
    """The history of the outbox is append-only."""
    put(book, "a")
    send(book, Scripted())
    with pytest.raises(Exception, match=r"orders\.outbox_history is append-only"):
        book.query("UPDATE orders.outbox_history SET actor = 'nobody'")
