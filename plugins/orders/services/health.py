"""What a person on call asks first of orders: what waits too long, what failed, who does not answer."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from psycopg import Connection

from impex.domain.reading import Reading
from orders.storage import health, outbox

_PATIENCE: Final = timedelta(minutes=10)
"""What waits for us longer is late: the feeds look at once, the exporters every five minutes."""

_LATE_EVENTS: Final = (
    "The order feeds do not keep up, or do not run: look at the DAG order_feeds in Airflow."
)
_LATE_EXPORTS: Final = (
    "The exporters do not keep up, or do not run: look at the DAG order_exports in Airflow."
)
_DEAD_EVENTS: Final = "Mend what their reasons say, then replay them."
_ITEMS: Final[Mapping[str, str]] = {
    "unmatched": "No exporter takes them: mend config/exporters, then match again, or drop them.",
    "dead": "A message was refused, or could not be written: its reason says what to mend.",
    "uncertain": "Their answers were lost: ask the receiver, then decide in the outbox.",
    "rejected": "Somebody has said no: match again, or drop.",
}
_MESSAGES: Final[Mapping[str, str]] = {
    "failed": "They were refused, or tried too often: mend the cause, then send again.",
    "uncertain": "They may have arrived: ask the receiver first.",
    "rejected": "The receiver has said no later: its reason says why.",
    "unacknowledged": "The receiver has taken them and says nothing: ask it.",
}


def readings(connection: Connection, now: datetime) -> Iterator[Reading]:
    """Yield figures of the inbox, of flags, of the outbox, and of what waits for people."""
    yield from _events(connection, now)
    yield from _items(connection, now)
    yield from _messages(connection, now)
    yield from _waits(connection)


def _events(connection: Connection, now: datetime) -> Iterator[Reading]:
    for row in health.events(connection):
        late = row["state"] == "waiting" and now - row["oldest"] > _PATIENCE
        advice = _DEAD_EVENTS if row["state"] == "dead" else ""
        yield Reading(
            "orders_inbox_events",
            f"Events of {row['feed']}, {row['state']}",
            row["number"],
            {"feed": row["feed"], "state": row["state"]},
            row["oldest"],
            _LATE_EVENTS if late else advice,
            f"/orders/events?state={row['state']}",
        )
    found = health.contradictions(connection)
    ask = "Ask the sender what is right."
    yield Reading(
        "orders_inbox_conflicts",
        "Messages that contradict an event",
        found["conflicts"],
        advice=ask if found["conflicts"] else "",
        place="/orders/events/conflicts",
    )
    yield Reading(
        "orders_feed_refusals",
        "Rows of feeds that could not be read",
        found["refusals"],
        advice="Mend them in their table." if found["refusals"] else "",
        place="/orders/events/refusals",
    )


def _items(connection: Connection, now: datetime) -> Iterator[Reading]:
    for row in health.items(connection):
        state = row["state"]
        late = state in {"waiting", "sending"} and now - row["oldest"] > _PATIENCE
        shown = "waiting" if state in {"on_hold", "queued"} else state
        yield Reading(
            "orders_export_flags",
            " ".join(
                filter(None, ("Flags", row["flag"], row["exporter"], state.replace("_", " ")))
            ),
            row["number"],
            {"flag": row["flag"], "exporter": row["exporter"], "state": state},
            row["oldest"],
            _LATE_EXPORTS if late else _ITEMS.get(state, ""),
            f"/orders/exports?state={shown}",
        )


def _messages(connection: Connection, now: datetime) -> Iterator[Reading]:
    for row in health.messages(connection):
        state = row["state"]
        late = state in {"pending", "sending"} and now - row["oldest"] > _PATIENCE
        place = "/orders/messages/unacknowledged"
        yield Reading(
            "orders_outbox_messages",
            f"Messages to {row['target']}, {state}",
            row["number"],
            {"target": row["target"], "state": state},
            row["oldest"],
            _LATE_EXPORTS if late else _MESSAGES.get(state, ""),
            place if state == "unacknowledged" else f"/orders/messages?state={state}",
        )
    for row in outbox.circuits(connection):
        yield Reading(
            "orders_target_failures",
            f"Failures in a row of {row['target']}, which is left alone for a while",
            row["failures"],
            {"target": row["target"]},
            advice="It does not answer: ask who runs it.",
            place="/orders/messages",
        )


def _waits(connection: Connection) -> Iterator[Reading]:
    found = health.waits(connection)
    yield Reading(
        "orders_gates",
        "Approvals that wait for a person",
        found["gates"],
        oldest=found["gates_since"],
        place="/orders/gates",
    )
    yield Reading(
        "orders_holds",
        "Orders on hold",
        found["holds"],
        oldest=found["holds_since"],
        place="/orders/list?on_hold=true",
    )
