"""The options of ``config/notices.yaml``: the one place that names, types and describes them."""

from typing import Annotated, Any

from pydantic import Field

from impex.config.fields import Connection, Flag, Line
from impex.config.options import Options
from orders.config.exporter_fields import Address, Sender, Some, TemplateFile
from orders.config.fields import Duration
from orders.domain.notice import Audience, StuckState
from orders.domain.states import DeliveryStatus, OrderStatus


class LetterheadModel(Options):
    """In whose name a shop writes."""

    sender: Sender = Field(
        description="Who the mails come from, possibly with a name.",
        examples=["Example Shop <shop@example.com>"],
    )
    staff: Some[Address] = Field(
        default=(),
        description="Who is told what the staff is to know.",
        examples=[["orders@example.com"]],
    )


class NoticeModel(Options):
    """One rule: which moves are told to whom, in which words."""

    template: TemplateFile = Field(
        description="File in `config/templates` with the words.", examples=["order-received.txt"]
    )
    to: Audience = Field(description="`customer` or `staff`.", examples=["customer"])
    order: Some[OrderStatus] = Field(
        default=(),
        description="States that orders come into.",
        examples=[["cancelled", "cancelled_refund_due"]],
    )
    delivery: Some[DeliveryStatus] = Field(
        default=(), description="States that deliveries come into.", examples=["shipped"]
    )
    export: Some[StuckState] = Field(
        default=(),
        description="States in which exports stand still: `held` at a gate, `unmatched`, "
        "`uncertain`, `dead`, `rejected`.",
        examples=["held"],
    )
    source: Annotated[Some[Line], Field(alias="from")] = Field(
        default=(),
        description="Only if they come from one of these states.",
        examples=["awaiting_payment"],
    )
    after: Some[Line] = Field(
        default=(),
        description="Only if one of these triggers was fired.",
        examples=["payment_confirmed"],
    )
    overdue: Flag = Field(
        default=False,
        description="Not when they come into the state, but when they have been in it for longer "
        "than its clock in `config/clocks.yaml` allows. Of what is `held`: each time that its "
        "exporter's `remind` is over.",
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
