"""The command line dies or freezes in the middle: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.settings import REPOSITORY, Settings
from tests.gate import STEPS, closed_gate, open_gate, process_at_gate
from tests.servers import superuser_dsn

ROWS = 300
GROUP = """\
title: Brands
descriptors:
  - name: brands
    files: "*.csv"
    table: shop.brand
    key: name
    columns:
      - name
      - {from: text, to: description, language: en}
"""


@pytest.fixture
def command(dsn: str, tmp_path: Path) -> list[str]:
    """The command that imports 300 brands, and its environment's files."""
    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "brands.yaml").write_text(GROUP)
    rows = "".join(f"brand {n},text {n}\n" for n in range(ROWS))
    (tmp_path / "brands.csv").write_text(f"name,text\n{rows}")
    return [
        "env",
        f"IMPEX_DSN={dsn}",
        f"IMPEX_FILES={tmp_path / 'files'}",
        f"IMPEX_GROUPS={tmp_path / 'groups'}",
        "PYTHONPATH=plugins",
        *(sys.executable, "-m", "impex", "run", "brands", str(tmp_path / "brands.csv"), "--json"),
    ]


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_command_is_taken_up_by_the_next_one(
    server: Settings, dsn: str, command: list[str], step: str
) -> None:
    """SIGKILL in stage and in merge; the same command again ends the same run, each row once."""
    with closed_gate(_as_superuser(server, dsn), step) as connection:
        first = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
        os.kill(process_at_gate(connection), signal.SIGKILL)
        first.wait()
        open_gate(connection)

        report = _run(command)

    assert report["state"] == "done"
    assert (report["totals"]["read"], report["totals"]["inserted"]) == (ROWS, ROWS)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM impex.job").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM shop.brand").fetchone() == (ROWS,)


def test_a_running_command_keeps_a_second_one_out(
    server: Settings, dsn: str, command: list[str]
) -> None:
    """While a command works on a package, the same package is refused to another."""
    with closed_gate(_as_superuser(server, dsn), "merge") as connection:
        first = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        process_at_gate(connection)

        second = _run(command)
        open_gate(connection)
        output, _ = first.communicate(timeout=60)

    assert second["state"] == "refused"
    assert "is being imported by run" in second["messages"][0]
    assert json.loads(output)["totals"]["inserted"] == ROWS


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _as_superuser(server: Settings, dsn: str) -> str:
    return superuser_dsn(server, dsn.rsplit("/", 1)[1])
