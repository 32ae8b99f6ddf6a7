"""Makes of what is said about some orders the messages for the outbox: what goes to whom."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from impex.domain.errors import DataError
from impex.domain.file_name import filled
from orders.domain.content import Content
from orders.domain.destination import Email, File, Http, Manual, Python, Table
from orders.domain.export_item import Part
from orders.domain.exporter import Batch, Exporter, Split
from orders.services.letters import CONTENT_TYPE, Attachment, Words, letter, media_type
from orders.services.message_names import facts_of, message_name
from orders.storage.outbox import Draft

_HTML: Final = "text/html"


def drafts_of(part: Part, content: Content, run: int, moment: datetime) -> list[Draft]:
    """Return the messages about some items: one, or a mail for each recipient.

    Recipient is the name of a file or the address of a mail; of all others, the number of the order,
    and nothing for several orders. What cannot be addressed has a fault, that says why. The same arguments make the same messages, byte by byte.

    Args:
        part: What they are about.
        content: What they say.
        run: Number of the run.
        moment: When they are made.

    Raises:
        ValueError: The exporter only waits for a person, and sends nothing.
    """
    match part.exporter.destination:
        case Manual():
            raise ValueError(f"the exporter {part.exporter.name} sends nothing")
        case Email() as email:
            return list(_mails(part, email, content, run, moment))
        case File(name=pattern):
            return [_file(part, pattern, content, run, moment)]
        case Http() | Table() | Python():
            recipient = facts_of(part, run).get("order", "")
            return [_draft(part, recipient, content.content_type, content.body)]


def _file(part: Part, pattern: str, content: Content, run: int, moment: datetime) -> Draft:
    """Return a message that becomes a file."""
    try:
        name, fault = message_name(pattern, part, run, moment), ""
    except DataError as error:
        name, fault = "", str(error)
    return _draft(part, name, content.content_type, content.body, fault)


def _mails(
    part: Part, email: Email, content: Content, run: int, moment: datetime
) -> Iterator[Draft]:
    """Yield a mail for each recipient, or what tells that there is none."""
    supplier = part.first.subject.supplier if _is_of_one_supplier(part.exporter) else ""
    recipients = email.recipients(supplier)
    if not recipients:
        yield _draft(part, "", CONTENT_TYPE, b"", _nobody(part.exporter, supplier))
    for recipient in recipients:
        key = part.key_to(recipient)
        try:
            words = _words(part, email, content, run, moment)
            body, fault = letter(key, email.sender, recipient, words, moment), ""
        except DataError as error:
            body, fault = b"", str(error)
        draft = _draft(part, recipient, CONTENT_TYPE, body, fault)
        yield replace(draft, key=key)


def _draft(part: Part, recipient: str, content_type: str, body: bytes, fault: str = "") -> Draft:
    return Draft(
        part.key,
        part.exporter.name,
        recipient,
        content_type,
        body,
        _order(part),
        fault,
        part.exporter.acknowledge_within,
    )


def _order(part: Part) -> int | None:
    """Return the order that a message tells of, if it is one."""
    return part.orders[0] if len(part.orders) == 1 else None


def _is_of_one_supplier(exporter: Exporter) -> bool:
    return exporter.batch is Batch.PER_ORDER and exporter.split is not Split.ORDER


def _nobody(exporter: Exporter, supplier: str) -> str:
    """Say that there is nobody to write to, and what to do."""
    whom = f"the supplier {supplier!r}" if supplier else "no supplier"
    hint = f"write an address into `suppliers` or `to` of the exporter {exporter.name}"
    return f"there is no mail address for messages about {whom}: {hint}, then rematch"


def _words(part: Part, email: Email, content: Content, run: int, moment: datetime) -> Words:
    """Return what a mail says.

    Raises:
        DataError: The content is no text, or its file has no name.
    """
    subject = filled(email.subject, facts_of(part, run), moment)
    if not email.attach:
        kind = media_type(content.content_type)
        charset = str(kind.params.get("charset", "utf-8"))
        return Words(subject, _text(content.body, charset), html=kind.content_type == _HTML)
    name = message_name(_attached(part.exporter) + content.ending, part, run, moment)
    line = " ".join(subject.split())
    attachment = Attachment(name, content.content_type, content.body)
    return Words(subject, f"{line}\n", attachment=attachment)


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset).removeprefix("\ufeff")
    except (LookupError, UnicodeError) as fault:
        what = f"the content is no text in {charset}, so a mail cannot say it"
        raise DataError(f"{what}: write `attach: true`") from fault


def _attached(exporter: Exporter) -> str:
    """Return the pattern of the name that a file has in a mail, without its ending."""
    if exporter.batch is Batch.PER_RUN:
        return "{exporter}-{run}"
    return (
        "{order}-{seq}"
        if exporter.split is Split.ORDER
        else f"{{order}}-{{seq}}-{{{exporter.split}}}"
    )
