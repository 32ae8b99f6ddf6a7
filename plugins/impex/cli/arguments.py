"""What can be typed after ``python -m impex``."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from impex.cli.places import GROUPS
from impex.domain.layout import Audience

_GROUP = "name of the group: its file in config/groups, without .yaml"
_Commands = Any  # argparse has no public name for what holds the commands


def parser() -> argparse.ArgumentParser:
    """Build the parser; ``command`` of its result names the command."""
    top = argparse.ArgumentParser(
        prog="python -m impex",
        description="Import and export files as the data groups say, without Airflow.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (*_imports(commands), *_exports(commands)):
        command.add_argument("--json", action="store_true", help="print JSON instead of a table")

    lint = commands.add_parser("lint", help="check group files")
    lint.add_argument("paths", type=Path, nargs="*", default=[GROUPS], help="files or directories")
    lint.add_argument(
        "--connection", action="store_true", help="compare them with the tables of the database too"
    )

    convert = commands.add_parser(
        "convert-descriptor", help="translate XML descriptors of another platform into a group"
    )
    convert.add_argument("paths", type=Path, nargs="+", help="files or directories", metavar="PATH")
    convert.add_argument("--group", help="name of the group; left out, that of the first path")
    convert.add_argument("--out", type=Path, help="write the group into this file, not to stdout")
    convert.add_argument("--tables", type=Path, help="which entities are which tables, as YAML")

    commands.add_parser("issues", help="print what the codes of issues mean")

    commands.add_parser("schema", help="print the JSON Schema of group files")
    return top


def _imports(commands: _Commands) -> Iterator[argparse.ArgumentParser]:
    """Yield the commands about imports."""
    run = commands.add_parser("run", help="import one package with a group")
    run.add_argument("group", help=_GROUP)
    run.add_argument("file", type=Path, help="a zip or a single file")
    run.add_argument("--dry-run", action="store_true", help="do everything, then roll it back")
    run.add_argument("--force", action="store_true", help="import the same bytes once more")
    run.add_argument("--strict", action="store_true", help="import nothing if a row is rejected")
    run.add_argument(
        "--let-go",
        action="store_true",
        help="let all rows go that a full file lacks, even more than max_absent allows",
    )
    yield run

    runs = commands.add_parser("runs", help="list the newest runs, or show one")
    runs.add_argument("id", type=int, nargs="?", help="number of a run")
    yield runs

    rejects = commands.add_parser("rejects", help="show what is wrong with the rows of a run")
    changes = commands.add_parser("changes", help="show what a run changed, before and after")
    changes.add_argument(
        "--summary", action="store_true", help="show counts and a few changes of each column"
    )
    for command in (rejects, changes):
        command.add_argument("id", type=int, help="number of a run")
        yield command


def _exports(commands: _Commands) -> Iterator[argparse.ArgumentParser]:
    """Yield the commands about exports."""
    export = commands.add_parser("export", help="write what a group exports")
    export.add_argument("group", help=_GROUP)
    export.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the group; may be given several times",
    )
    export.add_argument("--out", type=Path, help="copy the files to this directory too")
    export.add_argument(
        "--complete", action="store_true", help="write all rows of exports that write new ones only"
    )
    export.add_argument(
        "--audience",
        choices=[audience.value for audience in Audience],
        default=Audience.SYSTEM.value,
        help="who opens the files; spreadsheets take some texts for formulas",
    )
    yield export

    exports = commands.add_parser("exports", help="list the newest exports, or show one")
    exports.add_argument("id", type=int, nargs="?", help="number of an export")
    yield exports

    deliver = commands.add_parser("deliver", help="deliver an export to the targets that lack it")
    deliver.add_argument("id", type=int, help="number of an export")
    yield deliver
