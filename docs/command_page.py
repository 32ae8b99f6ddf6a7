"""Makes the page about the command line from what the programs take.

``python docs/command_page.py > docs/reference/cli.md`` writes it anew.
"""

import argparse
from collections.abc import Iterator

from impex.cli.arguments import parser as impex_parser
from impex.cli.running import DONE, FAILED, INTERRUPTED, MISUSED, REJECTED
from local.__main__ import parser as local_parser
from orders.cli.arguments import parser as orders_parser

_INTRODUCTION = f"""\
# Command line

The commands do the same work as the DAGs, without Airflow. If `IMPEX_DSN` is not set, they use the
database of `make up` and start it where it does not run; see
[settings](../operations.md#settings). `source .venv/bin/activate` makes `python` the project's own.
This page is made from the programs: `python docs/command_page.py`.

With `--json` they print for programs: one object for a run or an export, lists as a list, and rows
that are wrong or were changed one in a line.

| exit code | means |
|---|---|
| {DONE} | done |
| {REJECTED} | something was refused: rows, a package, a file of an export, a step of an order; `lint` found faults, or something was not translated |
| {MISUSED} | wrong use or configuration |
| {FAILED} | the system failed, or a target did not get the files; the same command may work later |
| {INTERRUPTED} | interrupted with Ctrl-C |

If a command is interrupted or killed, call it again: an import goes on with the run that was left,
an export begins a new one.
"""


def command_page() -> str:
    """Return the page in Markdown: each program, each command, each of its arguments."""
    chapters = (_chapter(parser()) for parser in (impex_parser, orders_parser, local_parser))
    return "\n".join([_INTRODUCTION, *(line for chapter in chapters for line in chapter)])


def _chapter(program: argparse.ArgumentParser) -> Iterator[str]:
    (commands,) = (a for a in program._actions if isinstance(a, argparse._SubParsersAction))
    summaries = {choice.dest: choice.help for choice in commands._choices_actions}
    yield f"## {program.prog}\n\n{program.description}\n"
    for name, command in commands.choices.items():
        arguments = [a for a in command._actions if not isinstance(a, argparse._HelpAction)]
        arguments.sort(key=lambda argument: bool(argument.option_strings))
        yield f"### {program.prog.split()[-1]} {name}\n\n{_sentence(summaries[name])}\n"
        yield f"```text\n{' '.join([command.prog, *map(_usage, arguments)])}\n```\n"
        if arguments:
            yield "\n".join(["| argument | means |", "|---|---|", *map(_row, arguments), ""])


def _row(argument: argparse.Action) -> str:
    """Return the row of an argument: its help, its words, what counts without it."""
    told = [argument.help or "", *_words(argument)]
    if isinstance(argument.default, str) and argument.default:
        told.append(f"without it `{argument.default}`")
    return f"| `{_name(argument)}` | {'; '.join(filter(None, told))} |"


def _words(argument: argparse.Action) -> Iterator[str]:
    if argument.choices:
        yield "one of " + ", ".join(f"`{word}`" for word in argument.choices)


def _usage(argument: argparse.Action) -> str:
    name = f"{_name(argument)} …" if argument.nargs in {"+", "*"} else _name(argument)
    if isinstance(argument, argparse._AppendAction):
        return f"[{name}] …"
    return name if argument.required and argument.nargs != "*" else f"[{name}]"


def _name(argument: argparse.Action) -> str:
    value = argument.metavar or argument.dest.upper()
    if not argument.option_strings:
        return str(value)
    return " ".join([argument.option_strings[0], *([] if argument.nargs == 0 else [str(value)])])


def _sentence(text: str | None) -> str:
    return f"{(text or '')[:1].upper()}{(text or '')[1:].removesuffix('.')}."


if __name__ == "__main__":
    print(command_page(), end="")
