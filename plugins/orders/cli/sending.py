"""The commands about what is sent to others."""

import sys
from argparse import Namespace
from collections.abc import Callable

from impex.cli.places import resources
from impex.cli.running import DONE, REJECTED
from orders.cli.person import me
from orders.cli.tables import LISTED, print_rows
from orders.domain.outbox import MessageState
from orders.services.messages import decide_messages
from orders.storage import outbox


def list_messages(options: Namespace) -> int:
    """Count or list messages."""
    states = [MessageState(state) for state in options.state or ()]
    with resources() as opened, opened.database.transaction() as connection:
        if options.unacknowledged:
            rows = outbox.unacknowledged(connection, LISTED)
        elif states:
            rows = outbox.messages_in(connection, states, LISTED)
        else:
            rows = outbox.counts(connection)
    print_rows("messages", rows, as_json=options.json)
    return DONE


def resend(options: Namespace) -> int:
    """Let messages be sent once more."""
    return _decide(options, MessageState.PENDING, "To be sent again")


def discard(options: Namespace) -> int:
    """Let messages never be sent."""
    return _decide(options, MessageState.DISCARDED, "Discarded")


def confirm(options: Namespace) -> int:
    """Note that messages have arrived."""
    return _decide(options, MessageState.SENT, "Noted as sent")


def _decide(options: Namespace, state: MessageState, done: str) -> int:
    cause = me(options.reason)
    with resources() as opened:
        found = decide_messages(opened.database, options.messages, state, cause)
    for message in sorted(set(options.messages) - set(found)):
        print(f"Message {message} is in no state that allows it", file=sys.stderr)
    print(f"{done}: {len(found)}")
    return DONE if len(found) == len(set(options.messages)) else REJECTED


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "outbox": list_messages,
    "resend": resend,
    "discard": discard,
    "confirm": confirm,
}
