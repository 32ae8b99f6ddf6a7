"""What is sent to others: messages, how far they have come, and what a target answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class MessageState(StrEnum):
    """How far a message has come.

    ``PENDING`` waits for its time or for the next attempt, ``SENDING`` is in the hands of a sender.
    ``FAILED`` was certainly not taken and is not tried again by itself. ``UNCERTAIN`` may have
    been taken, the answer was lost: a person decides. ``ACKNOWLEDGED`` and ``REJECTED`` are what
    the other side said later.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DISCARDED = "discarded"


class Outcome(StrEnum):
    """What one attempt has come to.

    ``SENT``: the target has taken the message. ``REFUSED``: it has not, and never will.
    ``UNREACHED``: it has not, and may later. ``UNKNOWN``: it may have.
    """

    SENT = "sent"
    REFUSED = "refused"
    UNREACHED = "unreached"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; the same bytes in every attempt.

    Attributes:
        id: Its number in the outbox.
        key: Names it for the target, too; the same in every attempt, and no other message's.
        recipient: Whom or what within the target: an address, a file name; may be empty.
        content_type: MIME type of the body.
        body: As it is sent.
    """

    id: int
    key: str
    recipient: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target has answered.

    Attributes:
        outcome: What the attempt has come to.
        text: In words, for a person; holds no secrets and nothing of the body.
    """

    outcome: Outcome
    text: str


class RefusedError(Exception):
    """A target of the user's own says: not taken, and never will be; the message is for people."""


class UnreachedError(Exception):
    """A target of the user's own says: not taken, may be later; the message is for people."""


class Target(Protocol):
    """Where messages go. Failures of the target are answers; it raises nothing for them."""

    @property
    def repeatable(self) -> bool:
        """Whether a message that comes twice under one key has one effect."""

    def send(self, message: Message) -> Answer:
        """Send a message once."""

    def probe(self, message: Message) -> Answer | None:
        """Ask whether a message was taken; None where that cannot be known."""

    def close(self) -> None:
        """Let go of what is open."""
