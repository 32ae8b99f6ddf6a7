"""Mails that tell people what became of orders: which move is told to whom, in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

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
        notices: In the order of the file.
    """

    connection: str
    usual: Letterhead
    shops: Mapping[str, Letterhead]
    limit_s: float
    notices: tuple[Notice, ...]

    def letterhead(self, shop: str) -> Letterhead:
        """Return the one of a shop."""
        return self.shops.get(shop, self.usual)
