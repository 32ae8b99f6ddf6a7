"""A real mail server on 127.0.0.1 that can fail in every way that matters."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.ports import Ports
from orders.targets.mail import MailServer, Security


class Fault(StrEnum):
    """What the server does with the next mail."""

    NOT_NOW = "not now"
    NEVER = "never"
    NO_SENDER = "no sender"
    CUT_BEFORE = "cut before"
    FULL = "full"
    CUT_AFTER = "cut after"
    SILENT = "silent"


@dataclass
class Mailbox:
    """What has arrived, and what is to go wrong.

    Attributes:
        mails: Every mail that was taken, whatever the sender was told.
        faults: For the next mails, one each; then all is well.
        server: How to reach it.
    """

    server: MailServer
    mails: list[EmailMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def recipients(self) -> list[str]:
        """Return to whom mails have come, in order."""
        return [mail["To"] for mail in self.mails]

    def subjects(self) -> list[str]:
        """Return the subjects of the mails, in order."""
        return [mail["Subject"] for mail in self.mails]


class _Handler:
    """Takes mails, or fails as it is told."""

    def __init__(self) -> None:
        self.box: Mailbox

    def _fault(self, *possible: Fault) -> Fault | None:
        if self.box.faults and self.box.faults[0] in possible:
            return self.box.faults.pop(0)
        return None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender."""
        del server, session, options
        if self._fault(Fault.NO_SENDER):
            return "550 who are you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        del session, options
        match self._fault(Fault.NOT_NOW, Fault.NEVER, Fault.CUT_BEFORE):
            case Fault.NOT_NOW:
                return "451 come back later"
            case Fault.NEVER:
                return "550 no such user"
            case Fault.CUT_BEFORE:
                _cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail itself."""
        del session
        fault = self._fault(Fault.FULL, Fault.CUT_AFTER, Fault.SILENT)
        if fault is Fault.FULL:
            return "552 mailbox full"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.box.mails.append(mail)
        if fault is Fault.CUT_AFTER:
            _cut(server)
        elif fault is Fault.SILENT:
            await asyncio.sleep(30)
        return "250 taken"


def _cut(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


@contextmanager
def mail_server(
    *, trusted: ssl.SSLContext | None = None, timeout_s: float = 5.0
) -> Iterator[Mailbox]:
    """Run a mail server.

    Args:
        trusted: With a certificate, for TLS from the first byte.
        timeout_s: How patient its clients are.
    """
    handler = _Handler()
    port = Ports.free().push
    controller = Controller(handler, hostname="127.0.0.1", port=port, ssl_context=trusted)
    security = Security.TLS if trusted else Security.NONE
    handler.box = Mailbox(MailServer("127.0.0.1", port, security=security, timeout_s=timeout_s))
    controller.start()
    try:
        yield handler.box
    finally:
        controller.stop()
