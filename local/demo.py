"""The demonstration: one real package, from the inbox to the tables, followed live."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.airflow import ADMIN
from local.airflow_api import AirflowApi
from local.faults import LocalError, SetupError
from local.follow import follow
from local.progress import Progress
from local.settings import REPOSITORY
from local.stack import Stack

DAG_TIMEOUT_S = 120
WIDTH = "140"  # of the table of files where no terminal says how wide it is
CATALOGUE = REPOSITORY.parent / "shared" / "data" / "catalogue" / "import-EN,DE,UK,RU.zip"
SAMPLE = REPOSITORY / "config" / "samples" / "sample-catalogue" / "sample-catalogue.zip"


@dataclass(frozen=True, slots=True)
class Package:
    """What is imported, and by which data group."""

    group: str
    file: Path


def demo(stack: Stack) -> int:
    """Start everything, import a sample package and show what became of its rows."""
    package = _package()
    stack.up()
    progress = Progress()
    earlier = _runs_of(stack, package)
    with AirflowApi(stack.settings.url, ADMIN, stack.settings.credentials.admin_password) as api:
        with progress:
            _wait_for_dag(api, package.group, progress)
        _drop_into_inbox(package, stack.settings.files_url)
        progress.done(f"Put {package.file.name} into the inbox of {package.group}")
        force = any(run["state"] in {"done", "rejected"} for run in earlier)
        if force:
            progress.done("It was imported before, so this run has force: true")
        run_id = api.trigger(package.group, {"force": True} if force else {})
        progress.done(f"Run: {stack.settings.url}/dags/{package.group}/runs/{run_id}")
        state = follow(api, package.group, run_id, progress.console)
    _show_result(stack, package, earlier, progress)
    progress.done(f"Airflow: {stack.settings.url}")
    progress.done(f"User: {ADMIN}   Password: {stack.settings.credentials.admin_password}")
    return 0 if state == "success" else 1


def _package() -> Package:
    if CATALOGUE.exists():
        return Package("catalogue-icecat", CATALOGUE)
    return Package("sample-catalogue", SAMPLE)


def _wait_for_dag(api: AirflowApi, dag_id: str, progress: Progress) -> None:
    progress.doing(f"Waiting for Airflow to read the DAG {dag_id}")
    deadline = time.monotonic() + DAG_TIMEOUT_S
    while not api.knows_dag(dag_id):
        if time.monotonic() > deadline:
            reasons = "\n".join(api.import_errors()) or "No file with an error is known."
            raise LocalError(f"Airflow has no DAG {dag_id} after {DAG_TIMEOUT_S} s. {reasons}")
        time.sleep(0.5)
    api.unpause(dag_id)


def _drop_into_inbox(package: Package, files_url: str) -> None:
    """Copy under a name that is not taken for a package yet, then rename, as every sender should."""
    if "://" in files_url:
        raise SetupError(f"The demonstration needs a directory as IMPEX_FILES, not {files_url}")
    inbox = Path(files_url) / "inbox" / package.group
    inbox.mkdir(parents=True, exist_ok=True)
    arriving = inbox / f"{package.file.name}.part"
    shutil.copyfile(package.file, arriving)
    arriving.rename(inbox / package.file.name)


def _runs_of(stack: Stack, package: Package) -> list[dict[str, Any]]:
    """The recorded runs of this package that were meant to last, the newest first."""
    listed = _impex(stack, "runs", "--json", capture=True)
    return [
        run
        for run in json.loads(listed)
        if run["group"] == package.group
        and run["package"] == package.file.name
        and not run["dry_run"]
    ]


def _show_result(
    stack: Stack, package: Package, earlier: list[dict[str, Any]], progress: Progress
) -> None:
    runs = _runs_of(stack, package)
    if runs[:1] == earlier[:1]:
        progress.done("The run ended before it took the package; its tasks' logs say why.")
        return
    _impex(stack, "runs", str(runs[0]["run"]))


def _impex(stack: Stack, *arguments: str, capture: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "impex", *arguments],
        cwd=REPOSITORY,
        env=os.environ
        | {
            "PYTHONPATH": str(REPOSITORY / "plugins"),
            "IMPEX_DSN": stack.database.dsn(),
            "IMPEX_FILES": stack.settings.files_url,
        }
        | ({} if sys.stdout.isatty() else {"COLUMNS": WIDTH}),
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LocalError(f"python -m impex {' '.join(arguments)} failed")
    return done.stdout or ""
