"""The canonical acknowledgement: what a receiver says later of a message that it was sent.

Its JSON form is what the inbox keeps and what an event is recognised by;
``docs/acknowledgements.md`` lists the fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from orders.domain.outbox import MessageState
from orders.domain.verdict import EventState, Verdict


class Acceptance(StrEnum):
    """Whether a receiver has taken a message over, or refuses it."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


_LEADS_TO: Final = {
    Acceptance.ACCEPTED: MessageState.ACKNOWLEDGED,
    Acceptance.REJECTED: MessageState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What one event says of one message.

    Attributes:
        message: Its key.
        status: What has become of it.
        occurred_at: When, with its zone; None where the receiver does not tell.
        reference: What the receiver calls it.
        reason: Why, for a person.
        exporters: Of whose messages the feed may speak; nothing that the receiver says.
    """

    message: str
    status: Acceptance
    occurred_at: datetime | None = None
    reference: str = ""
    reason: str = ""
    exporters: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What people read beside the state of the message."""
        told = ": ".join(text for text in (self.reference, self.reason) if text)
        return told or ("no reason was given" if self.status is Acceptance.REJECTED else "")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of which its receiver speaks.

    Attributes:
        id: Its number in the outbox.
        exporter: Whose it is.
        state: How far it has come; it was tried to be sent at least once.
    """

    id: int
    exporter: str
    state: MessageState


def hear(message: Sent, said: Acknowledgement) -> tuple[MessageState, Verdict]:
    """Return where a message is once its receiver has spoken, and what becomes of the event.

    Whoever acknowledges a message has it, whatever we know of it. The first word counts until a
    person has the message sent again.
    """
    state = _LEADS_TO[said.status]
    if message.exporter not in said.exporters:
        reason = f"the message is one of {message.exporter}, of which this feed must not speak"
        return message.state, Verdict(EventState.DEAD, reason)
    if message.state is state:
        return state, Verdict(EventState.STALE, f"it was {state} before")
    if message.state in _LEADS_TO.values():
        reason = f"it was {message.state} before, and the first word counts"
        return message.state, Verdict(EventState.DEAD, reason)
    if message.state is MessageState.DISCARDED and state is MessageState.REJECTED:
        return message.state, Verdict(EventState.STALE, "a person had discarded it before")
    return state, Verdict()


def as_json(said: Acknowledgement) -> dict[str, Any]:
    """Return the JSON form; no empty fields."""
    fields = {
        "message": said.message,
        "status": said.status.value,
        "occurred_at": said.occurred_at and said.occurred_at.isoformat(),
        "reference": said.reference,
        "reason": said.reason,
        "exporters": list(said.exporters),
    }
    return {name: value for name, value in fields.items() if value}


def from_json(value: Mapping[str, Any]) -> Acknowledgement:
    """Return the acknowledgement of a JSON form that ``as_json`` has made."""
    occurred_at = value.get("occurred_at")
    return Acknowledgement(
        message=value["message"],
        status=Acceptance(value["status"]),
        occurred_at=datetime.fromisoformat(occurred_at) if occurred_at else None,
        reference=value.get("reference", ""),
        reason=value.get("reason", ""),
        exporters=tuple(value["exporters"]),
    )
