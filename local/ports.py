"""The TCP ports of a stack, all on 127.0.0.1."""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from local.faults import SetupError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 1024, 65535  # the ports that an ordinary user may open
VARIABLES = {
    "airflow": "IMPEX_AIRFLOW_PORT",
    "postgres": "IMPEX_POSTGRES_PORT",
    "scheduler_health": "IMPEX_SCHEDULER_HEALTH_PORT",
    "push": "IMPEX_PUSH_PORT",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """One port for each process that listens."""

    airflow: int = 8080
    postgres: int = 5439
    scheduler_health: int = 8974
    push: int = 8975

    @classmethod
    def choose(cls, file: Path, environment: Mapping[str, str] = os.environ) -> "Ports":
        """Take each port from its variable, else from the last start, else the default.

        Args:
            file: Where `keep` wrote the ports of the last start; may be absent.
            environment: Holds the overriding variables, see `VARIABLES`.

        Raises:
            SetupError: A variable does not hold a usable port number.
        """
        kept = json.loads(file.read_text()) if file.exists() else {}
        given = {
            name: _number(variable, environment[variable])
            for name, variable in VARIABLES.items()
            if environment.get(variable)
        }
        return cls(**(kept | given))

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nothing listens on at this moment."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in fields(cls)]
            for one in sockets:
                one.bind((HOST, 0))
            return cls(*(one.getsockname()[1] for one in sockets))

    def keep(self, file: Path) -> None:
        """Remember these ports, so that later commands find this stack without variables."""
        file.write_text(json.dumps(asdict(self)))

    def require_free(self, *names: str) -> None:
        """Fail with one line for each named port that another program uses.

        Raises:
            SetupError: Names each busy port and the variable that changes it.
        """
        numbers = asdict(self)
        busy = [
            f"Port {numbers[name]} on {HOST} is in use by another program. "
            f"Stop that program, or choose another port: {VARIABLES[name]}={numbers[name] + 1}"
            for name in names
            if not _is_free(numbers[name])
        ]
        if busy:
            raise SetupError("\n".join(busy))


def _number(variable: str, text: str) -> int:
    if text.isdecimal() and LOWEST <= int(text) <= HIGHEST:
        return int(text)
    raise SetupError(f"{variable} is {text!r}. Write a port number from {LOWEST} to {HIGHEST}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only being forgotten counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
