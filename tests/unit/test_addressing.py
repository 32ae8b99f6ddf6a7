"""What is said about orders becomes messages: to the right file, mailbox or system."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.content import Content, content_type
from orders.domain.destination import Destination, Email, File, Http, Manual, Python, Table
from orders.domain.export_item import Part
from orders.domain.exporter import Batch, Split
from orders.services.addressing import drafts_of
from orders.services.letters import CONTENT_TYPE
from orders.storage.outbox import Draft
from tests.messages import HELLO, NOON, item, part, to

EMAIL = Email(
    connection="mail",
    sender="Shop <shop@example.com>",
    subject="Order {order}",
    to=("boss@example.com",),
    suppliers={"ACME": ("a@acme.example", "b@acme.example", "boss@example.com")},
)
CSV = Content("sku;é\n".encode(), "text/csv; charset=utf-8", ".csv")


def drafts(about: Part, content: Content = HELLO) -> list[Draft]:
    """Return the messages of run 7."""
    return drafts_of(about, content, 7, NOON)


def mailed(draft: Draft) -> EmailMessage:
    """Return the mail that a message is."""
    assert (draft.content_type, draft.fault) == (CONTENT_TYPE, "")
    mail = message_from_bytes(draft.body, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def mail(content: Content = HELLO, **changed: Any) -> EmailMessage:
    """Return the mail to the boss about the order O1."""
    [draft] = drafts(part(to(replace(EMAIL, suppliers={}, **changed))), content)
    return mailed(draft)


def test_a_file_is_named_by_its_pattern() -> None:
    """What it says is not touched."""
    about = part(to(File("exports/orders", "{order}-{flag}-{seq}.csv")), "2026/17", 3)

    assert drafts(about, CSV) == [
        Draft("2026%2F17/3/one", "one", "2026%2F17-INITPAID-3.csv", CSV.content_type, CSV.body, 7)
    ]


def test_a_file_without_room_for_a_name_fails_and_says_so() -> None:
    """It keeps no other message waiting."""
    [draft] = drafts(part(to(File("exports/orders", "x" * 190 + "{order}-{seq}")), "2026-00017"))

    assert "write less into its pattern" in draft.fault


@pytest.mark.parametrize("destination", [Http("erp", "/orders"), EMAIL])
def test_a_message_keeps_how_long_its_receiver_may_take(destination: Destination) -> None:
    """Whatever becomes of the exporter."""
    slow = to(destination, acknowledge_within=timedelta(days=2))

    assert {draft.acknowledge_within for draft in drafts(part(slow))} == {timedelta(days=2)}
    assert {draft.acknowledge_within for draft in drafts(part(to(destination)))} == {None}


@pytest.mark.parametrize(
    "destination", [Http("erp", "/orders"), Table("erp.order_in"), Python("erp.py:Erp")]
)
def test_systems_get_the_number_of_the_order_as_recipient(destination: Destination) -> None:
    """As it is; a message of several orders has none."""
    about = part(to(destination), "2026/17")
    [draft] = drafts(about)
    several = Part(to(destination, batch=Batch.PER_RUN), (item("A"), item("BB")))
    [of_all] = drafts(several)

    assert (draft.recipient, draft.order_id, draft.key) == ("2026/17", 7, "2026%2F17/1/one")
    assert (of_all.recipient, of_all.order_id) == ("", None)


def test_a_message_of_a_run_that_is_about_one_order_is_found_with_that_order() -> None:
    """Although it could be about several."""
    [draft] = drafts(part(to(Table("erp.order_in"), batch=Batch.PER_RUN), "O12"))

    assert (draft.recipient, draft.order_id) == ("", 3)


def test_everybody_gets_a_mail_of_his_own() -> None:
    """Once, though he may be named twice; if one of them fails, the others have theirs."""
    found = drafts(part(to(EMAIL, split=Split.SUPPLIER)))

    addresses = ["boss@example.com", "a@acme.example", "b@acme.example"]
    assert [draft.recipient for draft in found] == addresses
    assert [mailed(draft)["To"] for draft in found] == addresses
    assert len({draft.key for draft in found}) == 3
    assert len({mailed(draft)["Message-ID"] for draft in found}) == 3
    assert {(draft.target, draft.order_id) for draft in found} == {("one", 2)}


def test_a_supplier_gets_only_what_is_about_him() -> None:
    """A message about all deliveries of an order goes to nobody's supplier."""
    other = drafts(part(to(EMAIL, split=Split.DELIVERY), supplier="OTHER"))
    whole = drafts(part(to(EMAIL)))
    of_run = drafts(part(to(replace(EMAIL, subject="Run {run}"), batch=Batch.PER_RUN)))

    assert [[draft.recipient for draft in each] for each in (other, whole, of_run)] == [
        ["boss@example.com"]
    ] * 3


def test_a_mail_without_recipient_fails_and_says_what_to_do() -> None:
    """Nobody believes that a supplier knows of an order who has not heard of it."""
    sender = to(replace(EMAIL, to=()), split=Split.SUPPLIER)
    about = part(sender, supplier="OTHER")
    [draft] = drafts(about)

    assert (draft.key, draft.recipient, draft.body) == (about.key, "", b"")
    assert "no mail address for messages about the supplier 'OTHER'" in draft.fault
    assert "write an address into `suppliers` or `to` of the exporter one" in draft.fault


def test_a_text_is_the_text_of_the_mail() -> None:
    """HTML is shown as such, and everything else as it is."""
    plain = mail(Content("\ufeffGrüße\n".encode(), content_type(".txt"), ".txt"))
    page = mail(Content("<p>Grüße</p>".encode(), content_type(".html"), ".html"))
    data = mail(Content(b'{"a": 1}', content_type(".json"), ".json"))
    latin = mail(Content("Grüße\n".encode("latin-1"), content_type(".csv", "latin-1"), ".csv"))

    assert [each.get_content_type() for each in (plain, page, data, latin)] == [
        "text/plain",
        "text/html",
        "text/plain",
        "text/plain",
    ]
    assert [each.get_content().strip() for each in (plain, page, data, latin)] == [
        "Grüße",
        "<p>Grüße</p>",
        '{"a": 1}',
        "Grüße",
    ]


@pytest.mark.parametrize("charset", ["utf-8", "nonsense"])
def test_what_is_no_text_cannot_be_the_text_of_a_mail(charset: str) -> None:
    """The message has failed, and says what to do."""
    content = Content(b"PK\x03\x04\xff", f"application/zip; charset={charset}", ".zip")
    [draft] = drafts(part(to(replace(EMAIL, suppliers={}))), content)

    assert draft.fault == (
        f"the content is no text in {charset}, so a mail cannot say it: write `attach: true`"
    )
    assert draft.body == b""


@pytest.mark.parametrize(
    ("split", "name"),
    [
        (Split.ORDER, "2026%2F17-1.csv"),
        (Split.SUPPLIER, "2026%2F17-1-ACME.csv"),
        (Split.DELIVERY, "2026%2F17-1-D1.csv"),
    ],
)
def test_an_attached_file_is_what_is_said(split: Split, name: str) -> None:
    """Byte by byte, with a name and its type, beside a line of text."""
    sender = to(replace(EMAIL, attach=True, suppliers={}), split=split)
    [draft] = drafts(part(sender, "2026/17", delivery="D1"), CSV)
    [attached] = mailed(draft).iter_attachments()
    body = mailed(draft).get_body()

    assert attached.get_filename() == name
    assert (attached.get_content_type(), attached.get_content_charset()) == ("text/csv", "utf-8")
    assert attached.get_payload(decode=True) == CSV.body
    assert body is not None
    assert body.get_content().splitlines() == ["Order 2026/17"]


def test_a_file_about_a_run_is_named_by_its_first_item() -> None:
    """There is no order that could name it."""
    sender = to(replace(EMAIL, attach=True, subject="Run {run}"), batch=Batch.PER_RUN)
    [draft] = drafts(Part(sender, (item("A"), item("BB"))), Content(b"\x00\xff", "x/y", ".bin"))
    [attached] = mailed(draft).iter_attachments()

    assert (attached.get_filename(), mailed(draft)["Subject"]) == ("one-1.bin", "Run 1")
    assert attached.get_payload(decode=True) == b"\x00\xff"


def test_the_same_mail_has_the_same_bytes() -> None:
    """With an attachment, too; so a message can be recognised."""
    about = part(to(replace(EMAIL, attach=True), split=Split.SUPPLIER))
    first, again = drafts(about, CSV), drafts(about, CSV)

    assert first == again
    assert len({draft.body for draft in first}) == 3


@given(st.text(min_size=1), st.text())
def test_no_number_reaches_another_header(order: str, supplier: str) -> None:
    """Whatever an order is called, its mail has one subject of one line, and one recipient."""
    email = replace(EMAIL, subject="{order} {supplier}", suppliers={}, attach=True)
    [draft] = drafts(part(to(email, split=Split.SUPPLIER), order, supplier=supplier))
    made = mailed(draft)

    assert made.keys() == message_from_bytes(mailed_usually(), policy=default).keys()
    assert made["To"] == "boss@example.com"
    assert made["Subject"].isprintable()
    assert not made.defects
    words = (each for each in f"{order}{supplier}" if each.isprintable() and not each.isspace())
    # Python loses blanks between encoded words now and then.
    assert made["Subject"].replace(" ", "") == "".join(words)


def mailed_usually() -> bytes:
    """Return the bytes of a mail with nothing special in it."""
    [draft] = drafts(part(to(replace(EMAIL, suppliers={}, attach=True))))
    return draft.body


def test_who_only_waits_for_a_person_sends_nothing() -> None:
    """Whoever asks all the same has made a mistake."""
    with pytest.raises(ValueError, match="the exporter one sends nothing"):
        drafts(part(to(Manual())))
