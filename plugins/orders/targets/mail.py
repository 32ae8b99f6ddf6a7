"""Sends mails by SMTP (RFC 5321)."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from enum import StrEnum
from typing import Final

from orders.domain.outbox import Answer, Message, Outcome, Target
from orders.targets.wording import printable

_DECLINED: Final = 300
_GO_ON: Final = 354
_NEVER: Final = 500


class Security(StrEnum):
    """How the connection to a mail server is kept secret."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over.

    Attributes:
        host: Its certificate must be of this name.
        port: 465 is usual for TLS, 587 for STARTTLS.
        user: To sign in with; empty for a server that asks nobody.
        password: Of the user.
        security: Certificates are verified, whichever it is.
        timeout_s: How long each step may take.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = Security.TLS
    timeout_s: float = 30.0


class MailTarget(Target):
    """One mail server; a message is one mail to one recipient.

    SMTP has no keys: a mail that may have been taken is never sent again by itself. The body is the
    mail as of RFC 5322, whose sender is taken from its ``From``.
    """

    repeatable = False

    def __init__(self, server: MailServer) -> None:
        """Send through this server; nothing is opened yet."""
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: Message) -> Answer:
        """Hand over one mail; the connection is kept for the next one."""
        try:
            smtp = self._connected()
            refusal = _announce(smtp, message)
        except (OSError, smtplib.SMTPException) as fault:
            self.close()
            return Answer(Outcome.UNREACHED, _words(fault))
        if refusal is not None:
            return refusal
        return self._hand_over(smtp, message.body)

    def probe(self, message: Message) -> Answer | None:  # noqa: ARG002 - SMTP cannot be asked
        """Return nothing: whether a mail has arrived cannot be asked for."""
        return None

    def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
        self._smtp = None

    def _connected(self) -> smtplib.SMTP:
        """Return a connection on which the server answers."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.rset()
                return self._smtp
            self.close()
        server = self._server
        trusted = ssl.create_default_context()
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=trusted
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        self._smtp = smtp
        if server.security is Security.STARTTLS:
            smtp.starttls(context=trusted)
        if server.user:
            smtp.login(server.user, server.password)
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, body: bytes) -> Answer:
        """Send the mail itself; from here on a lost answer may be that of a mail that was taken."""
        lines = body.replace(b"\r\n.", b"\r\n..")  # a dot alone would end it: RFC 5321, 4.5.2
        try:
            smtp.send(lines.removesuffix(b"\r\n") + b"\r\n.\r\n")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            self.close()
            text = f"the server did not say whether it has taken the mail: {_words(fault)}"
            return Answer(Outcome.UNKNOWN, text)
        return _reply(code, said)


def _announce(smtp: smtplib.SMTP, message: Message) -> Answer | None:
    """Say from whom and to whom a mail comes; return the answer of a server that declines it."""
    _, sender = parseaddr(str(BytesHeaderParser().parsebytes(message.body)["From"]))
    smtp.ehlo_or_helo_if_needed()
    code, said = smtp.mail(sender)
    if code >= _DECLINED:
        # That is not about this mail: none of this sender would be taken.
        return Answer(Outcome.UNREACHED, f"{code} {_words(said)}")
    code, said = smtp.rcpt(message.recipient)
    if code < _DECLINED:
        code, said = smtp.docmd("DATA")
    return None if code == _GO_ON else _reply(code, said)


def _reply(code: int, said: bytes) -> Answer:
    """Tell what a reply means (RFC 5321, 4.2.1): 2 is yes, 4 not now, 5 never."""
    text = f"{code} {_words(said)}"
    if code < _DECLINED:
        return Answer(Outcome.SENT, text)
    return Answer(Outcome.REFUSED if code >= _NEVER else Outcome.UNREACHED, text)


def _words(said: object) -> str:
    """Return some printable words of what somebody else has said."""
    if isinstance(said, smtplib.SMTPResponseException):
        said = said.smtp_error
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return printable(text) or type(said).__name__
