"""Waiting for what happens elsewhere, never for ever."""

import socket
import time
from collections.abc import Callable

from local.ports import HOST

# Airflow's API is asked as well, on the cores that do the work.
_POLL_S = 0.2


def wait_for(condition: Callable[[], bool], what: str, within_s: float = 60) -> None:
    """Poll until a condition holds.

    Raises:
        TimeoutError: It did not in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within_s} s for {what}")
        time.sleep(_POLL_S)


def wait_for_port(port: int) -> None:
    """Wait until a server of this machine takes connections.

    Raises:
        TimeoutError: It did not in time.
    """
    wait_for(lambda: _answers(port), f"a server at port {port}", 30)


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True
