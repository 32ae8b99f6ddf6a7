"""What can be typed after ``python -m orders``."""

import argparse
from pathlib import Path
from typing import Any

from orders.domain.export_item import ItemState
from orders.domain.outbox import MessageState
from orders.domain.states import Machine
from orders.domain.verdict import EventState

_NUMBER = "number of an order, or of a delivery or parcel of it"
_Commands = Any  # argparse has no public name for what holds the commands


def parser() -> argparse.ArgumentParser:
    """Build the parser; ``command`` of its result names the command."""
    top = argparse.ArgumentParser(
        prog="python -m orders",
        description="See orders, move them, and work on what feeds say of them, without Airflow.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _orders(commands)
    _events(commands)
    _exports(commands)
    _messages(commands)
    _configuration(commands)
    lifecycle = commands.add_parser("lifecycle", help="print the states and what leads to them")
    form = lifecycle.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print a row for each trigger")
    form.add_argument(
        "--diagram", choices=[m.value for m in Machine], help="print a picture, as Mermaid"
    )
    return top


def _configuration(commands: _Commands) -> None:
    lint = commands.add_parser("lint", help="check feeds, exporters, clocks and notices")
    lint.add_argument(
        "paths",
        type=Path,
        nargs="*",
        help="files or directories; those in a directory named exporters are of exporters",
    )

    schema = commands.add_parser("schema", help="print the JSON Schema of files")
    schema.add_argument(
        "kind", nargs="?", choices=["feeds", "exporters", "notices"], default="feeds"
    )

    chain = commands.add_parser("chain", help="print the exporters in the order of their work")
    chain.add_argument("--diagram", action="store_true", help="print a picture, as Mermaid")


def _orders(commands: _Commands) -> None:
    show = commands.add_parser("show", help="explain an order: status, history, what it waits for")
    show.add_argument("number", help=_NUMBER)
    show.add_argument("--json", action="store_true", help="print JSON instead of tables")

    fire = commands.add_parser("fire", help="fire a trigger of an order or of a delivery")
    fire.add_argument("number", help="number of an order or of a delivery")
    fire.add_argument("trigger", help="what to do: see python -m orders lifecycle")
    fire.add_argument("--reason", required=True, help="goes into the history")

    pay = commands.add_parser("payment", help="note what was paid for an order, or paid back")
    pay.add_argument("number", help=_NUMBER)
    pay.add_argument("--captured", metavar="AMOUNT", help="what was paid in all")
    pay.add_argument("--refunded", metavar="AMOUNT", help="what was paid back in all")

    commands.add_parser("place", help="place the drafts that stock suffices for")
    commands.add_parser("sweep", help="move what waited for a date or for stock that has come")

    overdue = commands.add_parser(
        "overdue", help="list what is in a state for longer than its clock allows"
    )
    overdue.add_argument("--json", action="store_true", help="print JSON instead of a table")

    generate = commands.add_parser(
        "generate", help="make orders up, as drafts, for a demonstration"
    )
    generate.add_argument("count", type=int, help="how many, 1 to 1000000")
    generate.add_argument("--seed", type=int, default=1, help="the same seed makes the same orders")
    generate.add_argument("--first", type=int, default=1, help="number of the first one")


def _events(commands: _Commands) -> None:
    inbox = commands.add_parser("inbox", help="count events, or list those of some states")
    inbox.add_argument(
        "--state",
        action="append",
        choices=[*(state.value for state in EventState), "conflict", "refused"],
        help="list events; may be given several times; conflict and refused are lists of their own",
    )
    inbox.add_argument("--json", action="store_true", help="print JSON instead of a table")

    commands.add_parser("collect", help="take in what the tables of feeds have")
    commands.add_parser("consume", help="apply the events that wait")

    replay = commands.add_parser("replay", help="let dead events wait again")
    replay.add_argument("events", type=int, nargs="+", help="numbers of events")
    replay.add_argument("--reason", required=True, help="is kept with the events")


def _exports(commands: _Commands) -> None:
    exports = commands.add_parser("exports", help="count what became of flags, or list it")
    exports.add_argument(
        "--state",
        action="append",
        choices=[state.value for state in ItemState],
        help="list items; may be given several times",
    )
    exports.add_argument("--json", action="store_true", help="print JSON instead of a table")

    preview = commands.add_parser("preview", help="show what would be sent where; send nothing")
    preview.add_argument("--order", default="", help="only flags of this order")
    preview.add_argument("--flag", default="", help="only flags of this name")
    preview.add_argument("--json", action="store_true", help="print JSON instead of text")

    for name, what in {
        "rematch": "let items that are unmatched, dead or rejected wait for an exporter again",
        "drop": "never export items that are unmatched, dead or rejected",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("items", type=int, nargs="+", help="numbers of items")
        command.add_argument("--reason", required=True, help="is kept with the items")

    gates = commands.add_parser("gates", help="list what waits for a person's approval")
    gates.add_argument("--json", action="store_true", help="print JSON instead of a table")

    gate = commands.add_parser("gate", help="show what waits at a gate, or what was decided")
    gate.add_argument("gate", type=int, help="its number")
    gate.add_argument("--json", action="store_true", help="print JSON instead of a table")

    for name, what in {
        "approve": "let what waits at a gate go on, if it is as it was shown",
        "reject": "let what waits at a gate never be sent",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("gate", type=int, help="its number")
        command.add_argument("--reason", required=True, help="is kept with the gate")

    for name, what in {
        "hold": "export nothing of an order until it is released",
        "release": "let the flags of an order on hold go on",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("number", help=_NUMBER)
        command.add_argument("--reason", required=True, help="is kept")


def _messages(commands: _Commands) -> None:
    outbox = commands.add_parser("outbox", help="count messages to others, or list some of them")
    listed = outbox.add_mutually_exclusive_group()
    listed.add_argument(
        "--state",
        action="append",
        choices=[state.value for state in MessageState],
        help="list messages; may be given several times",
    )
    listed.add_argument(
        "--unacknowledged",
        action="store_true",
        help="list what was sent and not acknowledged in time, the oldest first",
    )
    outbox.add_argument("--json", action="store_true", help="print JSON instead of a table")

    for name, what in {
        "resend": "send messages that failed, were rejected or are uncertain once more",
        "discard": "never send messages that wait, failed, were rejected or are uncertain",
        "confirm": "note that uncertain or rejected messages have arrived",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("messages", type=int, nargs="+", help="numbers of messages")
        command.add_argument("--reason", required=True, help="is kept with the messages")
