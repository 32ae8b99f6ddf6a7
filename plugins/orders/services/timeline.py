"""What happened to an order, as one list: moves, flags, events, messages, and what people decided."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened.

    Attributes:
        at: When.
        kind: ``move``, ``flag``, ``export``, ``event``, ``message`` or ``decision``.
        what: In words.
        who: A person, or what acted; empty where nobody did.
        why: The reason, if one was given.
        number: Of the event or the message; None for others.
    """

    at: datetime
    kind: str
    what: str
    who: str = ""
    why: str = ""
    number: int | None = None


def timeline(story: Mapping[str, Any]) -> list[Entry]:
    """Return what a story of ``orders.storage.story`` tells, the latest first."""
    return sorted(_entries(story), key=lambda entry: entry.at, reverse=True)


def last_move(story: Mapping[str, Any], number: str) -> Entry | None:
    """Return the move that brought an order or delivery where it is; None if it never moved."""
    moves = [row for row in story["history"] if row["subject"] == number]
    return _move(moves[-1]) if moves else None


def _entries(story: Mapping[str, Any]) -> Iterator[Entry]:
    for row in story["history"]:
        yield _move(row)
    for row in story["flags"]:
        yield Entry(
            row["raised_at"], "flag", f"Flag {row['flag']}{_of(row['delivery'])} was raised"
        )
    for row in story["exports"]:
        if row["exporter"]:
            what = f"{row['exporter']}: {row['flag']}{_of(row['delivery'])} is {row['state']}"
            yield Entry(row["state_since"], "export", what, why=row["reason"])
    for row in story["messages"]:
        what = f"Message to {row['recipient'] or row['target']} is {row['state']}"
        yield Entry(row["state_since"], "message", what, row["target"], row["reason"], row["id"])
    for row in story["events"]:
        what = f"Event {row['event_id']} is {row['state']}"
        yield Entry(row["received_at"], "event", what, row["feed"], row["reason"], row["id"])
    for row in story["decisions"]:
        what = f"{row['flag']}: {row['what']}" if row["flag"] else row["what"]
        yield Entry(row["at"], "decision", what, row["actor"], row["reason"])


def _move(row: Mapping[str, Any]) -> Entry:
    what = f"{row['subject']}: {_words(row['source'])} → {_words(row['dest'])} ({row['trigger']})"
    return Entry(row["at"], "move", what, row["actor"], row["reason"], row["event_id"])


def _of(delivery: str | None) -> str:
    return f" of {delivery}" if delivery else ""


def _words(state: str) -> str:
    return state.replace("_", " ")
