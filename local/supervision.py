"""Keeps a set of programs running, by supervisord.

There is no control port or socket: the configuration file says what runs, the pid file says
where to send the signal that ends it.
"""

import contextlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import psutil

from local.exclusive import exclusive
from local.faults import LocalError
from local.settings import REPOSITORY

START_TIMEOUT_S = 10
STOP_TIMEOUT_S = 90


@dataclass(frozen=True, slots=True)
class Program:
    """One process that is kept running, as the leader of its own process group.

    Attributes:
        name: Names its log file, too.
        command: Program and arguments.
        directory: Its working directory; also how leftovers are recognised.
        stage: Lower stages stop later; programs of one stage stop at the same time.
        stop_signal: What asks it to end; its group is killed when `stop_wait_s` have passed.
        user: Run as this user; None for the caller's own.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    stage: int = 1
    stop_signal: str = "TERM"
    stop_wait_s: int = 15
    user: str | None = None


class Supervisor:
    """One supervisord and the programs under it."""

    def __init__(self, name: str, programs: Sequence[Program], *, root: Path, logs: Path) -> None:
        self._name = name
        self._programs = sorted(programs, key=lambda program: program.stage)
        self._directory = root / "supervisor"
        self._logs = logs
        self._configuration = self._directory / f"{name}.conf"
        self._pid_file = self._directory / f"{name}.pid"

    def process(self) -> psutil.Process | None:
        """The running supervisord of this set, or None; a reused pid is not taken for it."""
        try:
            found = psutil.Process(int(self._pid_file.read_text()))
            running = str(self._configuration) in found.cmdline()
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return found if running and found.status() != psutil.STATUS_ZOMBIE else None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start supervisord, which starts and from then on restarts the programs.

        Does nothing when it runs already. The programs inherit ``environment``; it is written
        nowhere, so it may hold secrets.

        Raises:
            LocalError: supervisord itself did not start.
        """
        self._directory.mkdir(exist_ok=True)
        self._logs.mkdir(exist_ok=True, mode=0o750)
        with exclusive(self._directory / f"{self._name}.lock"):
            if self.process() is None:
                self._configuration.write_text(self._render())
                self._pid_file.unlink(missing_ok=True)
                self._launch(environment)

    def stop(self) -> None:
        """End every program, the highest stage first, then supervisord; kill what does not end."""
        running = self.process()
        if running is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            running.terminate()
            if not _within(STOP_TIMEOUT_S, lambda: self.process() is None):
                running.kill()

    def _launch(self, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        started = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, check=False
        )
        if started.returncode != 0 or not _within(START_TIMEOUT_S, lambda: bool(self.process())):
            raise LocalError(
                f"The process supervisor for {self._name} did not start. {started.stderr.strip()} "
                f"Its log: {self._logs}/{self._name}-supervisor.log"
            )

    def _render(self) -> str:
        return "\n".join(
            [
                *self._head(),
                *(line for program in self._programs for line in self._section(program)),
                *self._groups(),
                *self._orphan_watch(),
            ]
        )

    def _head(self) -> Iterator[str]:
        yield "[supervisord]"
        if os.geteuid() == 0:
            yield "user=root"
        yield f"pidfile={_literal(str(self._pid_file))}"
        yield f"logfile={_literal(str(self._logs / f'{self._name}-supervisor.log'))}"
        yield from ("logfile_maxbytes=2MB", "logfile_backups=1", "umask=027", "minfds=1024")

    def _section(self, program: Program) -> Iterator[str]:
        yield f"\n[program:{program.name}]"
        yield f"command={_literal(shlex.join(program.command))}"
        yield f"directory={_literal(str(program.directory))}"
        yield f"stdout_logfile={_literal(str(self._logs / f'{program.name}.log'))}"
        yield from ("redirect_stderr=true", "stdout_logfile_maxbytes=10MB")
        yield "stdout_logfile_backups=3"
        # Restart for ever: the wait between two tries grows by a second each time.
        yield from ("autorestart=true", "startretries=1000")
        yield f"stopsignal={program.stop_signal}"
        yield f"stopwaitsecs={program.stop_wait_s}"
        yield "killasgroup=true"
        if program.user is not None:
            yield f"user={program.user}"

    def _groups(self) -> Iterator[str]:
        for stage, members in groupby(self._programs, key=lambda program: program.stage):
            yield f"\n[group:stage-{stage}]"
            yield f"programs={','.join(program.name for program in members)}"
            yield f"priority={stage}"

    def _orphan_watch(self) -> Iterator[str]:
        yield "\n[eventlistener:orphans]"
        yield f"command={_literal(shlex.join([sys.executable, '-m', 'local.orphans']))}"
        yield f"directory={_literal(str(REPOSITORY))}"
        yield "events=PROCESS_STATE_EXITED,PROCESS_STATE_STOPPED"
        yield f"stderr_logfile={_literal(str(self._logs / f'{self._name}-orphans.log'))}"


def _literal(text: str) -> str:
    """Keep supervisord from expanding a percent sign."""
    return text.replace("%", "%%")


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
