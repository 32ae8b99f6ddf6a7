"""The commands about what is declared: files of the configuration and the machines."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator

from impex.cli.running import DONE, REJECTED
from impex.cli.tables import console
from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError, Problem
from orders.cli.tables import chain_rows, show_rows
from orders.config import (
    exporter_schema,
    exporters_directory,
    feed_schema,
    feeds_directory,
    holds_exporters,
    lint,
    lint_exporters,
    load_chain,
)
from orders.config.clocks import clocks_file, load_clocks
from orders.config.notices import load_notices
from orders.config.schema import notices_schema
from orders.domain.diagrams import chain_diagram, diagram
from orders.domain.lifecycle import RULES
from orders.domain.states import Machine


def _lifecycle(options: Namespace) -> int:
    """Print the machines."""
    if options.diagram:
        print(diagram(Machine(options.diagram)), end="")
        return DONE
    rows = [
        (machine.value, rule.trigger, "|".join(rule.source), rule.dest, rule.raises_flag or "")
        for machine in Machine
        for rule in RULES[machine]
    ]
    header = ("machine", "trigger", "source", "dest", "raises_flag")
    if options.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])
    else:
        named = [dict(zip(header, row, strict=True)) for row in rows]
        show_rows(console(), "life cycles", named, header)
    return DONE


def _chain(options: Namespace) -> int:
    """Print the exporters; none where one has faults, as nobody knows then who takes what."""
    exporters = load_chain(exporters_directory())
    if options.diagram:
        print(chain_diagram(exporters), end="")
    else:
        rows = chain_rows(exporters)
        show_rows(console(), "exporters", rows, rows[0] if rows else ())
    return DONE


def _lint(options: Namespace) -> int:
    """Check files and report every fault; all of the installation where none is named."""
    about_exporters = [path for path in options.paths if holds_exporters(path)]
    about_feeds = [path for path in options.paths if path not in about_exporters]
    if not options.paths:
        about_feeds, about_exporters = [feeds_directory()], [exporters_directory()]
    feeds, problems = lint(about_feeds) if about_feeds else ({}, [])
    exporters, more = lint_exporters(about_exporters)
    problems.extend(more)
    if not options.paths:
        problems.extend(_other_problems())
    for problem in problems:
        print(problem)
    if problems:
        print(f"Problems: {len(problems)}", file=sys.stderr)
        return REJECTED
    print(f"Feeds: {len(feeds)}, exporters: {len(exporters)}, problems: none")
    return DONE


def _other_problems() -> Iterator[Problem]:
    """Yield what is wrong with the files that there is one of."""
    for load in (
        lambda: load_clocks(clocks_file()),
        lambda: load_notices(UserFiles.beside(groups_directory())),
    ):
        try:
            load()
        except ConfigError as fault:
            yield from fault.problems


def _schema(options: Namespace) -> int:
    """Print a JSON Schema."""
    schemas = {"feeds": feed_schema, "exporters": exporter_schema, "notices": notices_schema}
    print(json.dumps(schemas[options.kind](), ensure_ascii=False, indent=2))
    return DONE


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "lifecycle": _lifecycle,
    "chain": _chain,
    "lint": _lint,
    "schema": _schema,
}
