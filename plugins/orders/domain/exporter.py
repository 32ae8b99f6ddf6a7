"""An exporter: which flag it takes, of which orders, what it sends where, and what comes next."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from orders.domain.conditions import Conditions, Subject
from orders.domain.destination import Destination
from orders.domain.outbox import Retry


class Split(StrEnum):
    """What there is one message for."""

    ORDER = "order"
    DELIVERY = "delivery"
    SUPPLIER = "supplier"


class Batch(StrEnum):
    """Whether orders have messages of their own, or all of a run have one."""

    PER_ORDER = "per_order"
    PER_RUN = "per_run"


class ApprovalPer(StrEnum):
    """What a person decides about at once."""

    ORDER = "order"
    BATCH = "batch"


class Unanswered(StrEnum):
    """What becomes of something that nobody decides about."""

    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Approval:
    """A person must agree first.

    Attributes:
        per: What is decided at once.
        default: What becomes of what nobody decides about.
        after: When it is rejected; None unless that is the default.
        remind: How often people are reminded; None is never.
    """

    per: ApprovalPer = ApprovalPer.ORDER
    default: Unanswered = Unanswered.HOLD
    after: timedelta | None = None
    remind: timedelta | None = None


@dataclass(frozen=True, slots=True)
class GroupExport:
    """What a message says is what a descriptor of a data group writes."""

    group: str
    export: str


@dataclass(frozen=True, slots=True)
class Template:
    """What a message says is made from a file of ``config/templates``."""

    file: str


@dataclass(frozen=True, slots=True)
class Exporter:
    """Takes a flag of orders and deliveries, sends something, and raises the next flag.

    Attributes:
        name: Of its file.
        flag: What it takes.
        destination: Where messages go.
        title: What people call it.
        enabled: Whether it takes anything.
        next_flag: What it raises for what was sent; empty at the end of a chain.
        priority: Of those that may take a flag, the one with the smallest number does.
        when: What it takes.
        split: What there is one message for, if orders have messages of their own.
        batch: Whether they have.
        approval: None if nobody has to agree.
        format: What messages say; None if there are none.
        retry: What becomes of a message that was not taken.
        rate: How many messages a minute are sent; None is no limit.
        acknowledge_within: What was sent and not acknowledged for longer is listed; None is never.
    """

    name: str
    flag: str
    destination: Destination
    title: str = ""
    enabled: bool = True
    next_flag: str = ""
    priority: int = 100
    when: Conditions = field(default_factory=Conditions)
    split: Split = Split.ORDER
    batch: Batch = Batch.PER_ORDER
    approval: Approval | None = None
    format: GroupExport | Template | None = None
    retry: Retry = field(default_factory=Retry)
    rate: int | None = None
    acknowledge_within: timedelta | None = None

    def refusals(self, subject: Subject) -> list[str]:
        """Return why it does not take a flag of its own; empty if it does."""
        return self.when.refusals(subject) if self.enabled else ["it is disabled"]
