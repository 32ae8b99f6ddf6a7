"""Cases run as processes of their own: seconds by the child's clock, memory by the kernel's."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.settings import REPOSITORY


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one case."""

    seconds: float
    peak_rss_mb: float


def run_case(arguments: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Run ``python -m tests.bench.cases`` and read what it prints last: its seconds.

    Raises:
        RuntimeError: The case failed; a wrong result is a failure, too.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.cases", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "plugins", **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"the case {' '.join(arguments)} ended with {child.returncode}")
    seconds = json.loads(output.splitlines()[-1])["seconds"]
    return Sample(seconds, usage.ru_maxrss / 1024)
