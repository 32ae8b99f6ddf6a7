"""Makes mails as they are sent (RFC 5322)."""

import hashlib
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from impex.domain.errors import DataError

CONTENT_TYPE: Final = "message/rfc822"
# Old servers take 7 bits only.
_POLICY: Final = SMTP.clone(cte_type="7bit")


def letter(key: str, sender: str, recipient: str, words: tuple[str, str], at: datetime) -> bytes:
    """Return a mail; the same arguments make the same bytes, but for what divides attachments.

    Args:
        key: Names the message; becomes its Message-ID, by which a recipient can tell doubles.
        sender: An address, possibly with a name.
        recipient: An address.
        words: Subject and text.
        at: Its date.

    Raises:
        DataError: The recipient is no address, or the subject is none.
    """
    subject, text = words
    name, spec = parseaddr(sender)
    origin = Address(name, addr_spec=spec)
    mail = EmailMessage(_POLICY)
    mail["From"] = origin
    mail["To"] = _address(recipient)
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{origin.domain}>"
    # Nobody's absence is to be answered to it: RFC 3834, 5.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail.as_bytes()


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
