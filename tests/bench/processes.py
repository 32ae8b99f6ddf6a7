"""Cases run as processes of their own: seconds by the child's clock, memory by the kernel's."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.settings import REPOSITORY

OURS = (sys.executable, "-m", "tests.bench.cases")


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one case."""

    seconds: float
    peak_rss_mb: float


def run_case(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    command: Sequence[str] = OURS,
) -> Sample:
    """Run a case and read what it prints last: its seconds.

    The kernel counts the memory that this process has at the start as the child's, so it should be
    little.

    Args:
        arguments: Name of the case and what it works on.
        environment: Variables beside those of this process.
        command: The program that knows the case.

    Raises:
        RuntimeError: The case failed; a wrong result is a failure, too.
    """
    child = subprocess.Popen(
        [*command, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "plugins", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(
            f"the case {arguments[0]} ended with {child.returncode}: {output[-500:]}"
        )
    seconds = json.loads(output.splitlines()[-1])["seconds"]
    return Sample(seconds, usage.ru_maxrss / 1024)
