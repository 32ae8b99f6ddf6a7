"""Finds and ends processes of a stack that nothing supervises any more."""

import contextlib
import signal
import time
from collections.abc import Collection
from pathlib import Path

import psutil

from local.faults import LocalError

MARK = "IMPEX_STACK"
GRACE_S = 5


def find(directories: Collection[Path], mark: Path | None = None) -> list[psutil.Process]:
    """Every process of a stack, grandchildren included.

    A process belongs to it by the value of the variable `MARK`, or, as Airflow's renamed
    processes and PostgreSQL's overwrite their environment, by a working directory that only the
    stack uses. A person's shell there is told apart by its terminal.
    """
    places = {str(directory) for directory in directories}
    wanted = str(mark) if mark else None
    return [process for process in psutil.process_iter() if _belongs(process, places, wanted)]


def end(directories: Collection[Path], mark: Path | None = None) -> None:
    """Ask what `find` finds to end, then kill it.

    Raises:
        LocalError: Something is still there; names the process ids.
    """
    left: list[psutil.Process] = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = _signal_all(directories, mark, number)
        if not left:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise LocalError(f"These processes could not be ended, not even by a kill: {pids}")


def _signal_all(
    directories: Collection[Path], mark: Path | None, number: signal.Signals
) -> list[psutil.Process]:
    """Signal every process of the stack and return those that a grace period did not end."""
    left = find(directories, mark)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    deadline = time.monotonic() + GRACE_S
    while left and time.monotonic() < deadline:
        time.sleep(0.1)
        left = find(directories, mark)
    return left


def _belongs(process: psutil.Process, places: set[str], mark: str | None) -> bool:
    try:
        if process.terminal() is not None or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.cwd() in places:
            return True
        return mark is not None and process.environ().get(MARK) == mark
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
