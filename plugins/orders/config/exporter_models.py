"""The options of an exporter file: the one place that names, types and describes them.

As ``orders.config.models`` for feeds. Rules between options are in ``orders.config.exporter_rules``,
those between exporters in ``orders.config.chain_rules``.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from impex.config.fields import Currency, Flag, Line, Name, Text
from impex.config.options import Options
from orders.config.exporter_fields import (
    Amount,
    Attempts,
    Country,
    FlagName,
    Priority,
    Some,
    TemplateFile,
)
from orders.config.fields import Duration, Rate, Supplier
from orders.config.target_models import TargetModel
from orders.domain.exporter import ApprovalPer, Batch, Split, Unanswered
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment


class AmountsModel(Options):
    """A range of amounts."""

    at_least: Annotated[Amount | None, Field(alias="from")] = Field(
        default=None, description="The smallest amount.", examples=[100]
    )
    below: Amount | None = Field(
        default=None, description="The amount that is too much already.", examples=[500]
    )


class WhenModel(Options):
    """What must hold; a list has alternatives."""

    shop: Some[Line] = Field(
        default=(), description="Code of the shop, one or a list.", examples=[["SHOP10", "SHOP20"]]
    )
    supplier: Some[Supplier] = Field(
        default=(),
        description="Code of who sends the delivery, one or a list.",
        examples=["ACME"],
    )
    status: Some[OrderStatus] = Field(
        default=(),
        description="State of the order in docs/lifecycle.md, one or a list.",
        examples=[["in_progress", "partially_shipped"]],
    )
    delivery_status: Some[DeliveryStatus] = Field(
        default=(),
        description="State of the delivery in docs/lifecycle.md, one or a list.",
        examples=["shipped"],
    )
    delivery_group: Some[DeliveryGroup] = Field(
        default=(),
        description="How its goods become available, one or a list: `standard`, `preorder`, "
        "`backorder`, `electronic`, `mixed`.",
        examples=[["standard", "mixed"]],
    )
    country: Some[Country] = Field(
        default=(), description="Where the order goes, one or a list.", examples=[["DE", "AT"]]
    )
    currency: Some[Currency] = Field(
        default=(), description="Currency of the order, one or a list.", examples=["EUR"]
    )
    payment: Some[Payment] = Field(
        default=(),
        description="How it is paid, one or a list: `online`, `offline` or `none`.",
        examples=["online"],
    )
    total: AmountsModel | None = Field(
        default=None,
        description="What is to be paid, in the currency of the order.",
        examples=[{"from": 100, "below": 500}],
    )


def _or_only_required(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of an approval accept the word, as the validator below does."""
    options = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"const": "required"}, options]


class ApprovalModel(Options):
    """A person must agree first; ``approval: required`` stands for the defaults."""

    model_config = ConfigDict(json_schema_extra=_or_only_required)

    per: ApprovalPer = Field(
        default=ApprovalPer.ORDER,
        description="Whether each `order` is decided about, or all of a run at once: `batch`.",
        examples=["batch"],
    )
    default: Unanswered = Field(
        default=Unanswered.HOLD,
        description="What becomes of what nobody decides about: `hold` it, or `reject` it.",
        examples=["reject"],
    )
    after: Duration | None = Field(
        default=None,
        description="When it is rejected; only with `default: reject`, which needs it.",
        examples=["3 days"],
    )
    remind: Duration | None = Field(
        default=None,
        description="How long a decision may be due before people are reminded, and how often.",
        examples=["1 day"],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, data: object) -> object:
        return {} if data == "required" else data


class FormatModel(Options):
    """What messages say: an export of a group, or a template."""

    group: Name | None = Field(
        default=None, description="A data group, together with `export`.", examples=["order-files"]
    )
    export: Name | None = Field(
        default=None,
        description="The descriptor of the group that writes them.",
        examples=["order-lines"],
    )
    template: TemplateFile | None = Field(
        default=None,
        description="A file of `config/templates`; its ending says what it makes.",
        examples=["supplier-order.txt"],
    )


class RetryModel(Options):
    """Attempts, and the waits between them."""

    attempts: Attempts = Field(
        default=10, description="How often it is tried in all, 1 to 100.", examples=[5]
    )
    first: Duration = Field(
        default="30 s",
        description="The wait after the first attempt; each further wait is twice as long.",
        examples=["5 minutes"],
    )
    longest: Duration = Field(
        default="1 hour", description="No wait is longer.", examples=["6 hours"]
    )


class ExporterModel(Options):
    """An exporter: one file, one flag, one target."""

    title: Line = Field(
        default="", description="Name that people see.", examples=["Supplier mails"]
    )
    description: Text = Field(
        default="", description="What the exporter is for.", examples=["Mails to suppliers"]
    )
    enabled: Flag = Field(
        default=True,
        description="Whether it takes anything. If not, it is still checked and drawn.",
        examples=[False],
    )
    flag: FlagName = Field(description="The flag that it takes.", examples=["INITPAID"])
    next_flag: FlagName | None = Field(
        default=None,
        description="The flag that is raised for what was sent, for exporters behind this one.",
        examples=["EMAILNOTIFY"],
    )
    priority: Priority = Field(
        default=100,
        description="Of the exporters that may take something, the one with the smallest number "
        "does.",
        examples=[10],
    )
    when: WhenModel = Field(
        default_factory=WhenModel,
        description="What it takes; all must hold. Left out, it takes everything.",
        examples=[{"shop": "SHOP10", "status": ["in_progress", "completed"]}],
    )
    split: Split = Field(
        default=Split.ORDER,
        description="What there is one message for: each `order`, each `delivery`, or each "
        "`supplier` of an order.",
        examples=["delivery"],
    )
    batch: Batch = Field(
        default=Batch.PER_ORDER,
        description="Whether orders have messages of their own (`per_order`), or all that a run "
        "takes have one (`per_run`).",
        examples=["per_run"],
    )
    approval: ApprovalModel | None = Field(
        default=None,
        description="Who has to agree first: nobody, or a person: `required`, or options.",
        examples=["required"],
    )
    target: TargetModel = Field(
        description="Where messages go.",
        examples=[{"file": {"place": "exports/orders", "name": "{order}-{seq}.csv"}}],
    )
    format: FormatModel | None = Field(
        default=None,
        description="What messages say; all targets but `manual` need it.",
        examples=[{"template": "supplier-order.txt"}],
    )
    retry: RetryModel = Field(
        default=RetryModel(),
        description="How a message is tried again that was certainly not taken. Left out, as the "
        "defaults of Retry say.",
        examples=[{"attempts": 5, "first": "5 minutes"}],
    )
    rate: Rate | None = Field(
        default=None,
        description="How many messages a minute are sent. Left out, as many as there are.",
        examples=[60],
    )
    acknowledge_within: Duration | None = Field(
        default=None,
        description="What was sent and not acknowledged for longer is listed.",
        examples=["2 days"],
    )
