"""The options of ``config/notices.yaml``: the one place that names, types and describes them."""

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from impex.config.fields import Connection, Flag, Line, as_list, one_or_more, refuse
from impex.config.findings import shown
from impex.config.options import Options
from orders.config.fields import Duration, TemplateName
from orders.domain.notice import Audience
from orders.domain.states import DeliveryStatus, OrderStatus

_TEXT: Final = {"type": "string"}


def _address(value: str) -> str:
    _, spec = parseaddr(value)
    try:
        sound = bool(Address(addr_spec=spec).domain) and value.isascii()
    except (MessageError, ValueError, IndexError):
        sound = False
    if sound:
        return value
    what = f"must be a mail address in ASCII letters, not {shown(value)}."
    raise refuse(what, "For example `Orders <orders@example.com>`.")


_Address = Annotated[Line, AfterValidator(_address)]
_Addresses = Annotated[tuple[_Address, ...], BeforeValidator(as_list), one_or_more(_TEXT)]
_OrderStates = Annotated[tuple[OrderStatus, ...], BeforeValidator(as_list), one_or_more(_TEXT)]
_DeliveryStates = Annotated[
    tuple[DeliveryStatus, ...], BeforeValidator(as_list), one_or_more(_TEXT)
]
_Words = Annotated[tuple[Line, ...], BeforeValidator(as_list), one_or_more(_TEXT)]


class LetterheadModel(Options):
    """In whose name a shop writes."""

    sender: _Address = Field(
        description="Who the mails come from, possibly with a name.",
        examples=["Example Shop <shop@example.com>"],
    )
    staff: _Addresses = Field(
        default=(),
        description="Who is told what the staff is to know.",
        examples=[["orders@example.com"]],
    )


class NoticeModel(Options):
    """One rule: which moves are told to whom, in which words."""

    template: TemplateName = Field(
        description="File in `config/templates` with the words.", examples=["order-received.txt"]
    )
    to: Audience = Field(description="`customer` or `staff`.", examples=["customer"])
    order: _OrderStates = Field(
        default=(),
        description="States that orders come into.",
        examples=[["cancelled", "cancelled_refund_due"]],
    )
    delivery: _DeliveryStates = Field(
        default=(), description="States that deliveries come into.", examples=["shipped"]
    )
    source: Annotated[_Words, Field(alias="from")] = Field(
        default=(),
        description="Only if they come from one of these states.",
        examples=["awaiting_payment"],
    )
    after: _Words = Field(
        default=(),
        description="Only if one of these triggers was fired.",
        examples=["payment_confirmed"],
    )
    overdue: Flag = Field(
        default=False,
        description="Not when they come into the state, but when they have been in it for longer "
        "than its clock in `config/clocks.yaml` allows.",
        examples=[True],
    )


class NoticesModel(LetterheadModel):
    """The whole file."""

    enabled: Flag = Field(default=False, description="Whether anything is sent.", examples=[True])
    connection: Connection = Field(
        description="Airflow connection of the mail server.", examples=["mail"]
    )
    not_older_than: Duration = Field(
        default="1 day",
        description="What happened longer ago is not told any more.",
        examples=["12 hours"],
    )
    shops: dict[Line, LetterheadModel] = Field(
        default={},
        description="Senders and staff of single shops, by the shop's code.",
        examples=[{"SHOP10": {"sender": "ten@example.com", "staff": "ten@example.com"}}],
    )
    notices: tuple[Any, ...] = Field(
        description="The rules.",
        examples=[[{"order": "cancelled", "to": "customer", "template": "order-cancelled.txt"}]],
    )
