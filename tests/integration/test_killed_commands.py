"""The command line dies or freezes in the middle: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest

from impex.cli.running import INTERRUPTED
from local.settings import REPOSITORY, Settings
from tests.gate import BRANDS, STEPS, closed_gate, open_gate, process_at_gate
from tests.servers import superuser_dsn

ROWS = 300


@pytest.fixture
def command(dsn: str, tmp_path: Path) -> list[str]:
    """The command that imports 300 brands, and its environment's files."""
    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "brands.yaml").write_text(BRANDS)
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


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_command_says_how_to_go_on_and_the_next_one_does(
    server: Settings, dsn: str, command: list[str], step: str
) -> None:
    """Ctrl-C in stage and in merge: one sentence, no stack trace, exit code 130."""
    with closed_gate(_as_superuser(server, dsn), step) as connection:
        first = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        os.kill(process_at_gate(connection), signal.SIGINT)
        _, told = first.communicate(timeout=60)
        open_gate(connection)

        report = _run(command)

    assert first.returncode == INTERRUPTED
    assert told == "Interrupted. The same command takes up a run where it stopped.\n"
    assert report["totals"]["inserted"] == ROWS


def test_an_interrupted_command_does_not_wait_for_the_file_that_is_read_beside(
    server: Settings, dsn: str, command: list[str], tmp_path: Path
) -> None:
    """Ctrl-C while both connections are busy staging ends the command at once."""
    package = tmp_path / "brands.zip"
    with ZipFile(package, "w") as archive:
        archive.write(tmp_path / "brands.csv", "one.csv")
        archive.write(tmp_path / "brands.csv", "two.csv")
    command[-2] = str(package)
    with closed_gate(_as_superuser(server, dsn), "stage") as connection:
        process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        os.kill(process_at_gate(connection, clients=2), signal.SIGINT)
        process.communicate(timeout=60)

    assert process.returncode == INTERRUPTED


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
