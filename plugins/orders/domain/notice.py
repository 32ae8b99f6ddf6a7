"""Mails that tell people what became of orders: which move is told to whom, in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from orders.domain.export_item import ItemState
from orders.domain.states import Machine

OVERDUE: Final = "overdue"
"""What stands in the place of a trigger where something was in a state for too long."""


class Audience(StrEnum):
    """Who is told: who has ordered, or who works on orders."""

    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Move:
    """What has happened.

    Attributes:
        id: Of the move in the history; names an overdue stay where nothing moved.
        order_id: Of whose order.
        delivery_id: Of which delivery; None for the order itself.
        machine: Which of the two has moved.
        trigger: What was fired, or ``OVERDUE``.
        source: The state before; empty for ``OVERDUE``.
        dest: The state since.
        at: When.
        reason: What somebody has noted.
    """

    id: str
    order_id: int
    delivery_id: int | None
    machine: Machine
    trigger: str
    source: str
    dest: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One rule: these moves are told to these people.

    Attributes:
        template: File with the words.
        audience: Who is told.
        machine: Whose moves.
        states: The states that moves lead to.
        sources: The states that they come from; empty for any.
        triggers: What was fired; empty for anything.
        overdue: Whether it is about stays that are too long, instead of moves.
    """

    template: str
    audience: Audience
    machine: Machine
    states: frozenset[str]
    sources: frozenset[str] = frozenset()
    triggers: frozenset[str] = frozenset()
    overdue: bool = False

    def tells(self, move: Move) -> bool:
        """Say whether it is about a move."""
        return (
            move.machine is self.machine
            and move.dest in self.states
            and (move.trigger == OVERDUE) is self.overdue
            and (not self.sources or move.source in self.sources)
            and (not self.triggers or move.trigger in self.triggers)
        )


class StuckState(StrEnum):
    """The states of an export that people must hear of: it does not go on by itself."""

    HELD = ItemState.HELD.value
    UNMATCHED = ItemState.UNMATCHED.value
    UNCERTAIN = ItemState.UNCERTAIN.value
    DEAD = ItemState.DEAD.value
    REJECTED = ItemState.REJECTED.value


@dataclass(frozen=True, slots=True)
class Stuck:
    """What stands still: an item of an export, or all that wait at one gate for one shop.

    Attributes:
        item: Its number; that of the first one.
        state: Where it is.
        shop: Code of the shop.
        order: Number of the order; of the first one.
        orders: How many there are.
        delivery: Number of the delivery; empty at a gate, and for an order without any.
        flag: That was raised.
        exporter: Which has taken it; empty if none has.
        gate: Number of the gate; None if it is at none.
        since: When that began.
        rejected_at: When the gate is rejected if nobody decides; None is never.
        reason: Why it stands.
        told_at: When people are told.
        total: How many there are of its shop and state, whether they are listed or not.
    """

    item: int
    state: StuckState
    shop: str
    order: str
    orders: int
    delivery: str
    flag: str
    exporter: str
    gate: int | None
    since: datetime
    rejected_at: datetime | None
    reason: str
    told_at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class StuckNotice:
    """One rule: exports that stand still are told to the staff, many in one mail.

    Attributes:
        template: File with the words.
        states: Where they stand.
        overdue: Whether it reminds of gates, instead of telling what is new.
    """

    template: str
    states: frozenset[StuckState]
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name a shop writes, and who works on its orders.

    Attributes:
        sender: A mail address, possibly with a name before it.
        staff: Mail addresses.
    """

    sender: str
    staff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mailing:
    """All that an installation says of its notices.

    Attributes:
        connection: Airflow connection of the mail server.
        usual: For shops that have none of their own.
        shops: By the code of the shop.
        limit_s: What happened so many seconds ago is not told any more.
        notices: About orders and deliveries, in the order of the file.
        stuck: About exports.
    """

    connection: str
    usual: Letterhead
    shops: Mapping[str, Letterhead]
    limit_s: float
    notices: tuple[Notice, ...]
    stuck: tuple[StuckNotice, ...] = ()

    def letterhead(self, shop: str) -> Letterhead:
        """Return the one of a shop."""
        return self.shops.get(shop, self.usual)
