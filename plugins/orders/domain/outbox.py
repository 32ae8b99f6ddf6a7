"""What is sent to others: messages, how far they have come, and what a target answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

KEY_LENGTH: Final = 255
"""How many characters a key has at most."""


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

    def send_all(self, messages: Sequence[Message]) -> list[Answer]:
        """Send each message once; one after the other, unless the target knows a quicker way.

        Returns:
            The answers, in the order of the messages.
        """
        return [self.send(message) for message in messages]

    def probe(self, message: Message) -> Answer | None:
        """Ask whether a message was taken; None where that cannot be known."""

    def close(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a message is tried.

    Attributes:
        attempts: How often in all, until a person decides.
        first: The wait after the first attempt; each further wait is twice as long.
        longest: No wait is longer.
    """

    attempts: int = 10
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)

    def wait_s(self, attempts: int, luck: float) -> float:
        """Return how long to wait after so many attempts, in seconds.

        Args:
            attempts: At least one.
            luck: From 0 to 1: messages that failed together are not tried again together.
        """
        wait_s = min(self.longest, self.first * 2.0 ** min(attempts - 1, 30)).total_seconds()
        return wait_s * (0.5 + luck)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message in the hands of a sender.

    Attributes:
        message: What is sent.
        number: Which attempt it is, from 1.
        doubtful: Whether the answer of an earlier attempt was lost.
    """

    message: Message
    number: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What an attempt means for its message.

    Attributes:
        state: Where the message is now.
        reason: Why, for a person.
        doubtful: Whether the target may have the message although nobody knows.
        wait_s: When it is pending: in how many seconds it is tried again.
    """

    state: MessageState
    reason: str
    doubtful: bool = False
    wait_s: float = 0.0


def fate(attempt: Attempt, answer: Answer, retry: Retry, *, repeatable: bool, luck: float) -> Fate:
    """Return what becomes of a message after an attempt.

    Nothing that a target may have is sent again, unless the target takes a key once; and no
    message fails that a target may have.

    Args:
        attempt: The one that was made.
        answer: What the target has said.
        retry: How often it may be tried.
        repeatable: Whether the target takes a message once, however often it comes.
        luck: As for ``Retry.wait_s``.
    """
    if answer.outcome is Outcome.SENT:
        return Fate(MessageState.SENT, answer.text)
    doubtful = attempt.doubtful or answer.outcome is Outcome.UNKNOWN
    final = answer.outcome is Outcome.REFUSED or attempt.number >= retry.attempts
    if final or (doubtful and not repeatable):
        state = MessageState.UNCERTAIN if doubtful else MessageState.FAILED
        return Fate(state, answer.text, doubtful)
    wait_s = retry.wait_s(attempt.number, luck)
    return Fate(MessageState.PENDING, answer.text, doubtful, wait_s)


DECIDABLE: Final = {
    MessageState.PENDING: frozenset(
        {MessageState.FAILED, MessageState.UNCERTAIN, MessageState.REJECTED}
    ),
    MessageState.SENT: frozenset({MessageState.UNCERTAIN, MessageState.REJECTED}),
    MessageState.DISCARDED: frozenset(
        {
            MessageState.PENDING,
            MessageState.FAILED,
            MessageState.UNCERTAIN,
            MessageState.REJECTED,
        }
    ),
}
"""Where a person may bring a message, and from which states."""
