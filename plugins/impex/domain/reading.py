"""A figure that a person on call asks for, and that programs watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of something there is.

    Attributes:
        metric: As programs call it: small letters and underscores, with its unit.
        title: As people call it.
        number: How much.
        labels: What tells it from others of the same metric; never anything of a person.
        oldest: Since when the oldest of them is there; None where that says nothing.
        advice: What to do about it; empty if all is well.
        place: Path of the page that lists them, below the root of Airflow; may be empty.
    """

    metric: str
    title: str
    number: float
    labels: Mapping[str, str] = field(default_factory=dict)
    oldest: datetime | None = None
    advice: str = ""
    place: str = ""
