"""Makes mails as they are sent (RFC 5322)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, ContentTypeHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from impex.domain.errors import DataError

CONTENT_TYPE: Final = "message/rfc822"
# Old servers take 7 bits only.
_POLICY: Final = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail.

    Attributes:
        name: Of ASCII characters.
        content_type: Its MIME type, possibly with a charset.
        body: Its bytes.
    """

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says.

    Attributes:
        subject: May have any characters; becomes one line.
        text: Its lines.
        html: Whether the text is HTML.
        attachment: A file that comes with it.
    """

    subject: str
    text: str
    html: bool = False
    attachment: Attachment | None = None


def letter(key: str, sender: str, recipient: str, words: Words, at: datetime) -> bytes:
    """Return a mail; the same arguments make the same bytes.

    Args:
        key: Names the message; becomes its Message-ID, by which a recipient can tell doubles.
        sender: An address, possibly with a name.
        recipient: An address.
        words: What it says.
        at: Its date.

    Raises:
        DataError: The recipient is no address.
    """
    name, spec = parseaddr(sender)
    origin = Address(name, addr_spec=spec)
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    mail = EmailMessage(_POLICY)
    mail["From"] = origin
    mail["To"] = _address(recipient)
    mail["Subject"] = _line(words.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{digest}@{origin.domain}>"
    # Nobody's absence is to be answered to it: RFC 3834, 5.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words.text, subtype="html" if words.html else "plain")
    if words.attachment is not None:
        _attach(mail, words.attachment)
        # No line of base64 or quoted-printable begins so: RFC 2045, 6.7.
        mail.set_boundary(f"=_{digest}")
    return mail.as_bytes()


def media_type(content_type: str) -> ContentTypeHeader:
    """Return the parts of a MIME type, its charset among them."""
    mail = EmailMessage(_POLICY)
    mail["Content-Type"] = content_type
    header: ContentTypeHeader = mail["Content-Type"]
    return header


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    kind = media_type(attachment.content_type)
    mail.add_attachment(
        attachment.body,
        maintype=kind.maintype,
        subtype=kind.subtype,
        filename=attachment.name,
        params=dict(kind.params),
    )


def _line(text: str) -> str:
    """Return a text as one line that a header can hold."""
    words = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(words.split())


def _address(text: str) -> Address:
    """Return an address that somebody has typed.

    Raises:
        DataError: It is none that every mail server takes.
    """
    try:
        address = Address(addr_spec=text.strip())
    except (MessageError, ValueError, IndexError) as fault:
        raise DataError("the recipient's mail address is none") from fault
    if not address.domain or not text.isascii():
        raise DataError("the recipient's mail address is none that every mail server takes")
    return address
