"""The commands of ``python -m orders``; their exit codes are in ``impex.cli.running``."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from impex.cli.places import resources
from impex.cli.running import DONE, MISUSED, REJECTED, fail, run
from impex.cli.tables import console
from impex.domain.errors import ConfigError, Problem
from orders.cli import configuration, exporting, sending
from orders.cli.arguments import parser
from orders.cli.person import me
from orders.cli.tables import LISTED, print_rows, show_story
from orders.config import (
    feeds_directory,
    load_feeds,
)
from orders.config.clocks import clocks_file, load_clocks
from orders.domain.generation import make_orders
from orders.domain.verdict import EventState
from orders.services.clocks import notice_overdue
from orders.services.collect import asked_feeds, collect
from orders.services.consume import consume
from orders.services.fire import fire_by_hand, note_payment
from orders.services.place import place_drafts
from orders.services.show import explain
from orders.services.sweep import sweep
from orders.storage import clocks as book
from orders.storage import inbox, making, story

_CHUNK = 10_000
_MOST = 1_000_000


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    return run(_COMMANDS[options.command], options)


def _show(options: Namespace) -> int:
    """Explain an order."""
    with resources() as opened, opened.database.transaction() as connection:
        told = explain(connection, options.number)
    if options.json:
        print(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    else:
        show_story(console(), told)
    return DONE


def _fire(options: Namespace) -> int:
    """Fire a trigger."""
    with resources() as opened:
        order = fire_by_hand(opened.database, options.number, options.trigger, me(options.reason))
    print(f"Order {order.number} is {order.status}")
    for delivery in order.deliveries:
        print(f"Delivery {delivery.number} is {delivery.status}")
    return DONE


def _payment(options: Namespace) -> int:
    """Note what was paid."""
    captured, refunded = _amount(options.captured), _amount(options.refunded)
    with resources() as opened:
        order = note_payment(opened.database, options.number, captured, refunded, me())
    print(f"Order {order.number}: {order.captured} paid, {order.refunded} paid back")
    return DONE


def _place(_: Namespace) -> int:
    """Place drafts."""
    with resources() as opened:
        placed = place_drafts(opened.database, me())
    print(f"Placed: {placed}")
    return DONE


def _sweep(_: Namespace) -> int:
    """Move what waited."""
    with resources() as opened:
        swept = sweep(opened.database, datetime.now(UTC).date(), me())
    print(
        f"Dates reached: {swept.dated}, allocated: {swept.allocated}, "
        f"events given up: {swept.given_up}"
    )
    return DONE


def _overdue(options: Namespace) -> int:
    """Note what is overdue by now, and list it."""
    clocks = load_clocks(clocks_file())
    with resources() as opened:
        notice_overdue(opened.database, clocks)
        with opened.database.transaction() as connection:
            rows = book.overdue(connection, LISTED)
    print_rows("overdue", rows, as_json=options.json)
    return DONE


def _generate(options: Namespace) -> int:
    """Make orders up."""
    if not 1 <= options.count <= _MOST:
        raise ConfigError([Problem(f"count {options.count}", f"is not from 1 to {_MOST}")])
    end = options.first + options.count
    with resources() as opened:
        for first in range(options.first, end, _CHUNK):
            chunk = make_orders(options.seed, min(_CHUNK, end - first), first)
            with opened.database.transaction() as connection:
                making.insert_orders(connection, chunk)
        with opened.database.transaction() as connection:
            making.stock_up(connection)
    print(f"Made: {options.count} drafts. Place them: python -m orders place")
    return DONE


def _inbox(options: Namespace) -> int:
    """Count or list events."""
    states = options.state or []
    with resources() as opened, opened.database.transaction() as connection:
        if not states:
            rows = [
                {"feed": feed, "state": state, "events": number, "oldest": oldest}
                for feed, state, number, oldest in inbox.counts(connection)
            ]
        elif "conflict" in states:
            rows = story.conflicts(connection, LISTED)
        elif "refused" in states:
            rows = story.refusals(connection, LISTED)
        else:
            rows = story.events_in(connection, [EventState(s) for s in states], LISTED)
    print_rows("events", rows, as_json=options.json)
    return DONE


def _collect(_: Namespace) -> int:
    """Take in the rows of tables."""
    feeds = load_feeds(feeds_directory())
    faults = [str(feed) for feed in feeds.values() if isinstance(feed, ConfigError)]
    with resources() as opened:
        for feed in asked_feeds(feeds):
            sources = opened.user_files.sources
            collected = collect(opened.database, feed, datetime.now(UTC), sources)
            told = [f"{receipt}: {n}" for receipt, n in sorted(collected.receipts.items())]
            counts = ", ".join([f"rows: {collected.rows}", *told])
            print(f"{feed.name}: {counts}, refused: {collected.refused}")
    return fail("\n".join(faults), MISUSED) if faults else DONE


def _consume(_: Namespace) -> int:
    """Apply events."""
    with resources() as opened:
        tally = consume(opened.database, "")
    told = [f"{state}: {number}" for state, number in sorted(tally.states.items())]
    print(", ".join(told) or "Nothing waits")
    return DONE


def _replay(options: Namespace) -> int:
    """Let dead events wait again."""
    with resources() as opened, opened.database.transaction() as connection:
        found = inbox.replay(connection, options.events, f"{me().actor}: {options.reason}")
    for event in sorted(set(options.events) - set(found)):
        print(f"Event {event} is not dead, or there is none", file=sys.stderr)
    print(f"Waiting again: {len(found)}")
    return DONE if len(found) == len(set(options.events)) else REJECTED


_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "show": _show,
    "fire": _fire,
    "payment": _payment,
    "place": _place,
    "sweep": _sweep,
    "overdue": _overdue,
    "generate": _generate,
    "inbox": _inbox,
    "collect": _collect,
    "consume": _consume,
    "replay": _replay,
    **configuration.COMMANDS,
    **exporting.COMMANDS,
    **sending.COMMANDS,
}


def _amount(text: str | None) -> Decimal | None:
    """Read an amount of money.

    Raises:
        ConfigError: It is none.
    """
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ConfigError([Problem(text, "is no amount of money.", "Write 12.50.")])
    return amount
