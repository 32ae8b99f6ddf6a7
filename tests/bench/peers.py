"""Imports of a mixed file beside other tools, which get it clean, with resolved ids.

They validate nothing, look nothing up and keep no reports; dlt and sling fill tables of their own,
without foreign keys.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from local.settings import REPOSITORY
from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case
from tests.bench.products import File
from tests.bench.rounds import beside, interleaved
from tests.bench.workload import EMPTY, SMALL, Workload, workloads

REQUIREMENTS = Path(__file__).with_name("peers.txt")
ENVIRONMENT = REPOSITORY / "build" / "peers"
# By how much we are to be faster than each.
FASTER = {"dlt": 6, "dlt-arrow": 1.4, "pandas": 1.8, "sling": 1}


def measure() -> Iterator[Figure]:
    """Yield our time beside that of each tool."""
    python = _environment()
    with workloads(SMALL) as (small,):
        tools = [tool for tool in FASTER if tool != "sling" or _has_sling()]
        cases = {tool: partial(_run, small, python, tool) for tool in tools}
        samples = interleaved("peers", {"ours": partial(small.ours, File.MIXED), **cases})
    for tool in tools:
        name = f"import of {SMALL:,} rows, mixed, beside {tool}"
        yield beside(name, samples, tool, bar=1 / FASTER[tool])


def _run(workload: Workload, python: Path, tool: str) -> Sample:
    """Let a tool bring a mixed file into a table that has the rows of the file of new ones."""
    files = [str(workload.clean(file)) for file in (File.NEW, File.MIXED)]
    command = [str(python), "-m", "tests.bench.peer_cases"]
    with workload.lend(workload.loaded if tool == "pandas" else EMPTY) as environment:
        return run_case([tool, *files], environment, command)


def _environment() -> Path:
    """Install the tools, if that is not done; return their Python."""
    python, installed = ENVIRONMENT / "bin" / "python", ENVIRONMENT / REQUIREMENTS.name
    if not installed.exists() or installed.read_text() != REQUIREMENTS.read_text():
        print(f"Installing {REQUIREMENTS.name} into {ENVIRONMENT}", file=sys.stderr)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "-r", REQUIREMENTS], check=True)
        shutil.copyfile(REQUIREMENTS, installed)
    return python


def _has_sling() -> bool:
    """Tell whether sling is there; not every machine has a wheel of it."""
    return any(ENVIRONMENT.glob("lib/python*/site-packages/sling_linux_amd64"))
