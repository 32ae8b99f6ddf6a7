"""The options of a feed file: the one place that names, types and describes them.

The loader validates with these models, editors get the JSON Schema made from them, and
``docs/feeds.md`` repeats their descriptions (a test compares). Rules between options, and about
words that the life cycles know, are in ``orders.config.rules``.
"""

from pydantic import Field

from impex.config.fields import (
    Connection,
    Identifier,
    Line,
    Namespaces,
    Selection,
    Size,
    TableName,
    Text,
    TimeZone,
)
from impex.config.options import Options
from orders.config.fields import (
    Class,
    Duration,
    Exporters,
    From,
    Joined,
    Origins,
    Path,
    Rate,
    Supplier,
    Triggers,
    WordMap,
)
from orders.domain.feed import MessageFormat, Signature, UnknownStatus
from orders.domain.update import Counting


class PushModel(Options):
    """Messages that come by HTTP."""

    connection: Connection = Field(
        description="Airflow connection whose password is the sender's secret, or several "
        "secrets with blanks between them while one replaces the other.",
        examples=["courier"],
    )
    signature: Signature = Field(
        default=Signature.STANDARD,
        description="How the sender signs: `standard` as Standard Webhooks say, or `easypost`.",
        examples=["easypost"],
    )
    size: Size = Field(
        default="256 KB",
        description="Longer messages are refused; at most 4 MB.",
        examples=["1 MB"],
    )
    rate: Rate = Field(
        default=600,
        description="How many messages a minute are taken; as many may come at once.",
        examples=[6000],
    )


class TableModel(Options):
    """Rows that another system writes into a table of our database."""

    name: TableName = Field(
        description="The table, with its schema.", examples=["erp.delivery_event"]
    )
    cursor: Identifier = Field(
        description="A column that grows from row to row and is never empty; rows are taken once, "
        "in its order.",
        examples=["id"],
    )


class SourceModel(Options):
    """How messages come: one of these."""

    push: PushModel | None = Field(
        default=None,
        description="The sender posts them to `/feeds/NAME`.",
        examples=[{"connection": "courier"}],
    )
    table: TableModel | None = Field(
        default=None,
        description="Each row of a table is one; its columns are what paths name.",
        examples=[{"name": "erp.delivery_event", "cursor": "id"}],
    )
    python: Class | None = Field(
        default=None,
        description="A class of your own in `config/sources` asks for them.",
        examples=["carriers.py:Mailbox"],
    )


class LinesModel(Options):
    """What is said of lines of an order."""

    each: Path | None = Field(
        default=None,
        description="Path from the update to its lines. Left out, the update itself is the line.",
        examples=["lines"],
    )
    reference: From | None = Field(
        default=None, description="Number of the order's line.", examples=["line_number"]
    )
    sku: From | None = Field(
        default=None,
        description="The article, for lines without `reference`; the feed then needs a `supplier`.",
        examples=["sku"],
    )
    ordered: From | None = Field(
        default=None,
        description="What was ordered, in the unit of the order's line: tells lines of one "
        "article apart.",
        examples=["ordered"],
    )
    shipped: From | None = Field(
        default=None, description="What was sent, in that unit.", examples=["shipped"]
    )
    rejected: From | None = Field(
        default=None, description="What will never be sent, in that unit.", examples=["rejected"]
    )
    estimated_from: From | None = Field(
        default=None,
        description="The first day on which it may arrive: a date.",
        examples=["eta.from"],
    )
    estimated_to: From | None = Field(
        default=None,
        description="The last day on which it may arrive: a date.",
        examples=["eta.to"],
    )
    guaranteed_on: From | None = Field(
        default=None,
        description="The day on which it surely arrives: a date.",
        examples=["guaranteed"],
    )
    confirmed_at: From | None = Field(
        default=None, description="When its delivery was confirmed: a time.", examples=["signed_at"]
    )
    invoice_number: From | None = Field(
        default=None, description="Number of the supplier's invoice.", examples=["invoice.number"]
    )
    invoice_date: From | None = Field(
        default=None, description="Its date.", examples=["invoice.date"]
    )
    remark: Joined | None = Field(
        default=None,
        description="What people should read, or a list of paths whose texts are joined.",
        examples=["note"],
    )


class ScansModel(Options):
    """What couriers say of parcels."""

    each: Path | None = Field(
        default=None,
        description="Path from the update to its scans. Left out, the update itself is the scan.",
        examples=["tracking_details"],
    )
    number: From = Field(description="The tracking number.", examples=["../tracking_code"])
    at: From = Field(description="When it happened: a time.", examples=["datetime"])
    status: From | None = Field(
        default=None,
        description="The courier's word, which `statuses` translates.",
        examples=["status"],
    )
    carrier: From | None = Field(
        default=None, description="Code of the courier.", examples=[{"constant": "UPS"}]
    )
    message: Joined | None = Field(
        default=None,
        description="The courier's sentence, or a list of paths whose texts are joined.",
        examples=["message"],
    )
    place: Joined | None = Field(
        default=None,
        description="Where it happened, or a list of paths whose texts are joined.",
        examples=[["city", "country"]],
    )


class AcknowledgementModel(Options):
    """What receivers say of messages that exporters have sent them."""

    exporters: Exporters = Field(
        description="Exporters of whose messages the feed may speak, one or a list.",
        examples=["warehouse"],
    )
    message: From = Field(description="The key of the message.", examples=["key"])
    status: From = Field(
        description="Whether it was taken over, which `statuses` translates.", examples=["result"]
    )
    statuses: WordMap = Field(
        default={},
        description="The receiver's words and ours: `accepted`, `rejected`. Our own words need not "
        "be named; all others are refused.",
        examples=[{"ok": "accepted", "error": "rejected"}],
    )
    reference: From | None = Field(
        default=None, description="What the receiver calls it.", examples=["order.number"]
    )
    reason: Joined | None = Field(
        default=None,
        description="What people should read, or a list of paths whose texts are joined.",
        examples=["note"],
    )


class FeedModel(Options):
    """A feed: one file, one sender."""

    title: Line = Field(default="", description="Name that people see.", examples=["ACME ships"])
    description: Text = Field(
        default="", description="What the feed is for.", examples=["Parcels of ACME"]
    )
    source: SourceModel = Field(
        description="How its messages come.", examples=[{"push": {"connection": "courier"}}]
    )
    supplier: Supplier = Field(
        default="",
        description="Code of the supplier that it speaks for; lines of others are not touched. "
        "Left out, it may speak of any line by its number.",
        examples=["ACME"],
    )
    patience: Duration = Field(
        default="7 days",
        description="How long an event waits for its order or its predecessor, then it is dead.",
        examples=["12 hours"],
    )
    format: MessageFormat = Field(
        default=MessageFormat.JSON,
        description="How messages are written: `json` or `xml`.",
        examples=["xml"],
    )
    namespaces: Namespaces = Field(
        default={},
        description="Of XML: prefixes in paths and what they stand for; the prefix `''` is for "
        "names of elements without one.",
        examples=[{"c": "urn:example:courier"}],
    )
    timezone: TimeZone | None = Field(
        default=None,
        description="Time zone of times that do not say theirs. Left out, such times are refused.",
        examples=["Europe/Berlin"],
    )
    only: Selection = Field(
        default={},
        description="Paths from the message and what must stand there, one or a list; `*` stands "
        "for any text, `?` for one character. Other messages are answered and forgotten.",
        examples=[{"description": "tracker.*"}],
    )
    each: Path | None = Field(
        default=None,
        description="Path from the message to its updates, one or a list. Left out, the message "
        "is the update.",
        examples=["updates"],
    )
    identity: From | None = Field(
        default=None,
        description="Number of the event, by which it is taken once. Left out, two events that "
        "say the same are one; rows of a table have their cursor.",
        examples=["event_id"],
    )
    order_number: From | None = Field(
        default=None, description="Number of the order.", examples=["order.number"]
    )
    delivery_number: From | None = Field(
        default=None,
        description="Number of the delivery, if the update is about one.",
        examples=["delivery"],
    )
    occurred_at: From | None = Field(
        default=None,
        description="When it happened: a time. Left out, when it arrives.",
        examples=["occurred_at"],
    )
    sequence: From | None = Field(
        default=None,
        description="The sender's own count of the events of an order: a whole number.",
        examples=["sequence"],
    )
    acknowledgement: AcknowledgementModel | None = Field(
        default=None,
        description="What is said of messages that we have sent. With it, a feed tells of nothing "
        "else.",
        examples=[{"exporters": "warehouse", "message": "key", "status": "result"}],
    )
    counting: Counting = Field(
        default=Counting.TOTAL,
        description="Whether quantities are what was sent in `total`, or with `each` event.",
        examples=["each"],
    )
    trigger: From | None = Field(
        default=None,
        description="What the sender asks the life cycle for; must be one of `may_fire`.",
        examples=["action"],
    )
    may_fire: Triggers = Field(
        default=(),
        description="Triggers of docs/lifecycle.md that messages may ask for, one or a list.",
        examples=[["start_packing", "complete_packing"]],
    )
    lines: LinesModel | None = Field(
        default=None,
        description="What is said of lines.",
        examples=[{"each": "lines", "reference": "number", "shipped": "sent"}],
    )
    scans: ScansModel | None = Field(
        default=None,
        description="What is said of parcels.",
        examples=[{"each": "scans", "number": "parcel", "at": "time", "status": "status"}],
    )
    statuses: WordMap = Field(
        default={},
        description="The courier's words and ours: `unknown`, `pre_transit`, `picked_up`, "
        "`in_transit`, `out_for_delivery`, `available_for_pickup`, `delayed`, `delivery_failed`, "
        "`on_hold`, `delivered`, `returning`, `returned`, `cancelled`. Our own words need not be "
        "named.",
        examples=[{"return_to_sender": "returning"}],
    )
    unknown_status: UnknownStatus = Field(
        default=UnknownStatus.KEEP,
        description="What becomes of other words: `keep` them with the scan as `unknown`, or "
        "`refuse` the message.",
        examples=["refuse"],
    )
    fires: WordMap = Field(
        default={},
        description="Tracking statuses, in our words, and the trigger that each asks the "
        "delivery for.",
        examples=[{"delivered": "ship"}],
    )
    data: Origins = Field(
        default={},
        description="What is kept of the order itself, by name.",
        examples=[{"estimated_delivery": "est_delivery_date"}],
    )
