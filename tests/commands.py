"""Runs ``python -m impex`` in a directory of a test's own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PLUGINS = Path(__file__).parents[1] / "plugins"

Command = Callable[..., subprocess.CompletedProcess[str]]


def command_in(directory: Path, dsn: str) -> Command:
    """Return how to run a command, with the groups that lie in ``config/groups`` of a directory.

    Its keyword arguments are variables of the environment.
    """
    settings = {
        "IMPEX_DSN": dsn,
        "IMPEX_FILES": str(directory / "files"),
        "IMPEX_GROUPS": str(directory / "config" / "groups"),
        "PYTHONPATH": str(PLUGINS),
    }

    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "impex", *arguments],
            cwd=directory,
            env={**os.environ, **settings, **changed},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
