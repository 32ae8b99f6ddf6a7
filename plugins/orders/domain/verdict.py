"""What becomes of an event."""

from dataclasses import dataclass, field
from enum import StrEnum


class EventState(StrEnum):
    """Where an event of the inbox is."""

    WAITING = "waiting"
    APPLIED = "applied"
    STALE = "stale"
    PARKED = "parked"
    DEAD = "dead"


@dataclass(slots=True)
class Verdict:
    """What became of an event, and what could not be taken over from it.

    Attributes:
        state: Applied, stale, parked or dead.
        reason: Why it is not applied; may be empty.
        issues: What is left for a person, as sentences.
        merged: Whether its data is taken over, whatever became of what it asks for.
    """

    state: EventState = EventState.APPLIED
    reason: str = ""
    issues: list[str] = field(default_factory=list)
    merged: bool = True
