"""A group exports as a DAG: files of one instant, in one zip, delivered, and seen in the grid."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import psycopg
from playwright.sync_api import Page, expect

from impex.domain.export_run import ExportReport, ExportState
from impex.files.store import FileStore
from impex.storage import exports
from impex.storage.connection import Database
from tests.e2e.runs import Runs

DAG = "feeds"


def newest(runs: Runs) -> ExportReport:
    """Return what the tables know of the newest export."""
    with Database(runs.stack.database.dsn()) as database, database.transaction() as connection:
        return exports.recent(connection, 1)[0]


def read(store: FileStore, key: str) -> bytes:
    """Return what a file of a store contains."""
    with store.open(key) as file:
        return file.read()


def test_a_run_by_hand_publishes_one_zip_and_delivers_it(
    runs: Runs, page: Page, screenshots: Path
) -> None:
    """For a person who opens the files with a spreadsheet; every file is a task of its name."""
    with psycopg.connect(runs.stack.database.dsn(), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO shop.brand (name, description) VALUES ('=E2E', '{\"en\": \"=1+1\"}')"
        )

    run_id = runs.trigger(DAG, {"brand": "=E2E"})

    assert runs.finish(DAG, run_id) == "success"
    report = newest(runs)
    assert report.run.state is ExportState.DONE
    (piece,) = report.published
    content = read(runs.store, piece.key)
    assert hashlib.sha256(content).hexdigest() == piece.sha256
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == [
            f"brands-{report.run.id}.csv",
            f"shops-{report.run.id}.json",
        ]
        assert archive.read(f"brands-{report.run.id}.csv") == b"name,text\n'=E2E,'=1+1\n"
    (target,) = report.delivered
    delivered = FileStore(target)
    assert read(delivered, piece.name) == content
    manifest = json.loads(read(delivered, f"feeds-{report.run.id}.manifest.json"))
    assert manifest["archive"]["sha256"] == piece.sha256
    states = {(t.task, t.state) for t in runs.api.task_states(DAG, run_id)}
    assert {task for task, state in states if state == "success"} >= {"begin", "write", "publish"}
    page.goto(f"{runs.stack.settings.url}/dags/{DAG}/runs/{run_id}")
    expect(page.get_by_text("publish").first).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "export.png")


def test_a_parameter_that_nobody_declared_is_refused_by_the_form(runs: Runs) -> None:
    """And what is typed into one is a value, nothing else."""
    run_id = runs.trigger(DAG, {"brand": "'; DROP TABLE shop.brand; -- {{ 1 }}"})

    assert runs.finish(DAG, run_id) == "success"
    report = newest(runs)
    assert {file.export: file.rows for file in report.files}["brands"] == 0
    with psycopg.connect(runs.stack.database.dsn()) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM shop.brand").fetchone() == (True,)
