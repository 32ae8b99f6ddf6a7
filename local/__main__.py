"""The command line of everything on one machine: ``python -m local``."""

import argparse
import sys
from collections.abc import Callable

from rich.console import Console

from local.demo import demo
from local.faults import LocalError
from local.settings import Settings
from local.stack import Stack


def main() -> int:
    """Run one command; faults become one message on stderr and their exit code."""
    options = parser().parse_args()
    try:
        return COMMANDS[options.command](Stack(Settings.load()))
    except LocalError as fault:
        Console(stderr=True, highlight=False).print(
            str(fault), style="red", markup=False, soft_wrap=True
        )
        return fault.exit_code
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Build the parser; ``command`` of its result names the command."""
    top = argparse.ArgumentParser(
        prog="python -m local", description="Start and stop everything on this machine."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        commands.add_parser(name, help=function.__doc__)
    return top


def _up(stack: Stack) -> int:
    """Start PostgreSQL and Airflow."""
    stack.up()
    return 0


def _down(stack: Stack) -> int:
    """Stop every process that `up` started."""
    stack.down()
    return 0


def _erase(stack: Stack) -> int:
    """Stop everything and delete its data: databases, files, logs, secrets."""
    stack.erase()
    return 0


def _status(stack: Stack) -> int:
    """Say what runs; exit code 1 if a part does not."""
    database = "runs" if stack.database.is_running() else "does not run"
    broken = stack.unhealthy()
    print(f"PostgreSQL {database} (127.0.0.1:{stack.settings.ports.postgres})")
    print(
        f"Airflow {'lacks ' + ', '.join(broken) if broken else 'is healthy'} ({stack.settings.url})"
    )
    print(f"Order events are taken at {stack.settings.push_url}/feeds/NAME")
    print(f"Data and logs: {stack.settings.root}")
    return 1 if broken else 0


def _password(stack: Stack) -> int:
    """Print the password of the user admin."""
    print(stack.settings.credentials.admin_password)
    return 0


def _dsn(stack: Stack) -> int:
    """Print the URL of the project's database, for psql, pg_dump and IMPEX_DSN."""
    print(stack.database.dsn())
    return 0


def _secret(stack: Stack) -> int:
    """Print the secret with which messages of the feed courier are signed."""
    print(stack.settings.credentials.courier_secret)
    return 0


COMMANDS: dict[str, Callable[[Stack], int]] = {
    "up": _up,
    "down": _down,
    "demo": demo,
    "status": _status,
    "password": _password,
    "secret": _secret,
    "dsn": _dsn,
    "erase": _erase,
}

if __name__ == "__main__":
    sys.exit(main())
