"""Mails are handed over to a real server, and its answers are understood."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from orders.domain.outbox import Message, Outcome
from orders.services.letters import CONTENT_TYPE, Words, letter
from orders.targets.mail import MailServer, MailTarget, Security
from tests.mail_server import Fault, Mailbox, mail_server

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server whose clients wait for a second at most."""
    with mail_server(timeout_s=1.0) as opened:
        yield opened


def mail(number: int = 1, text: str = "Hello\n", recipient: str = "ada@example.com") -> Message:
    """A message that is a mail."""
    key = f"test/{number}"
    words = Words(f"Mail {number}", text)
    body = letter(key, "Shop <shop@example.com>", recipient, words, NOON)
    return Message(number, key, recipient, CONTENT_TYPE, body)


def test_a_password_is_not_shown_with_its_server() -> None:
    """Whoever prints a server, or an error about it, prints no secret."""
    assert "canary" not in repr(MailServer("mail.example.com", 465, "shop", "canary"))


def test_a_mail_arrives_as_it_was_written(box: Mailbox) -> None:
    """With lines that begin with dots, and letters of all scripts."""
    text = "Dear Žofie,\n\n.\n..two\n茶 100 €\n"
    with closing(MailTarget(box.server)) as target:
        answer = target.send(mail(text=text))

    assert answer.outcome is Outcome.SENT
    [arrived] = box.mails
    assert arrived.get_content().replace("\r\n", "\n") == text
    assert arrived["From"] == "Shop <shop@example.com>"
    assert arrived["To"] == "ada@example.com"
    assert arrived["Auto-Submitted"] == "auto-generated"


def test_many_mails_go_through_one_connection(box: Mailbox) -> None:
    """One after the other, in their order."""
    with closing(MailTarget(box.server)) as target:
        for number in range(1, 6):
            assert target.send(mail(number)).outcome is Outcome.SENT

    assert box.subjects() == [f"Mail {number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("fault", "outcome", "said"),
    [
        (Fault.NOT_NOW, Outcome.UNREACHED, "451 come back later"),
        (Fault.NEVER, Outcome.REFUSED, "550 no such user"),
        (Fault.NO_SENDER, Outcome.UNREACHED, "550 who are you"),
        (Fault.CUT_BEFORE, Outcome.UNREACHED, "closed"),
        (Fault.FULL, Outcome.REFUSED, "552 mailbox full"),
        (Fault.CUT_AFTER, Outcome.UNKNOWN, "did not say whether it has taken the mail"),
        (Fault.SILENT, Outcome.UNKNOWN, "did not say whether it has taken the mail"),
    ],
)
def test_every_answer_of_a_mail_server_is_understood(
    box: Mailbox, fault: Fault, outcome: Outcome, said: str
) -> None:
    """Only an answer that is lost after the mail has gone leaves it open whether it was taken."""
    box.faults.append(fault)
    with closing(MailTarget(box.server)) as target:
        answer = target.send(mail())
        after = target.send(mail(2))

    assert answer.outcome is outcome
    assert said in answer.text
    assert after.outcome is Outcome.SENT


def test_a_server_that_is_not_there_has_taken_nothing(box: Mailbox) -> None:
    """And the same target reaches it when it is back."""
    gone = MailServer("127.0.0.1", 1, security=Security.NONE, timeout_s=1)
    with closing(MailTarget(gone)) as target:
        assert target.send(mail()).outcome is Outcome.UNREACHED
    assert not box.mails


def test_a_server_without_a_certificate_gets_no_mail(box: Mailbox) -> None:
    """Where TLS or STARTTLS is wanted, nothing is said in the clear."""
    for security in (Security.TLS, Security.STARTTLS):
        server = MailServer("127.0.0.1", box.server.port, security=security, timeout_s=1)
        with closing(MailTarget(server)) as target:
            assert target.send(mail()).outcome is Outcome.UNREACHED
    assert not box.mails


def test_nobody_knows_whether_a_mail_has_arrived(box: Mailbox) -> None:
    """SMTP has no question for that."""
    with closing(MailTarget(box.server)) as target:
        assert target.probe(mail()) is None
        assert not target.repeatable
