"""A person uploads a file in Airflow's pages, looks at it, tries it, and imports it."""

import json
import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

from local.airflow import READER
from local.airflow_api import AirflowApi
from local.settings import REPOSITORY
from local.stack import Stack
from tests.e2e.runs import Runs
from tests.guides import saved
from tests.waiting import wait_for

CSV = saved("tutorial.md")["my-brands.csv"]
SAMPLE = REPOSITORY / "config/samples/sample-catalogue/sample-catalogue.zip"
GUIDE = REPOSITORY / "docs/pages.md"
BRANDS = "SELECT name FROM shop.brand WHERE name IN ('Northlight', 'Fjordhome') ORDER BY name"


def brands(stack: Stack) -> list[str]:
    """Return the uploaded brands that are in the table."""
    with psycopg.connect(stack.database.dsn()) as connection:
        return [name for (name,) in connection.execute(BRANDS)]


@pytest.mark.machines("one", "several")
@pytest.mark.pictures
def test_a_file_is_uploaded_looked_at_tried_and_imported(
    stack: Stack, runs: Runs, page: Page, screenshots: Path, tmp_path: Path
) -> None:
    """As the tutorial says; the dry run changes nothing, the real one what it said."""
    runs.allow("my-brands")
    (tmp_path / "my-brands.csv").write_text(CSV)
    page.goto(f"{stack.settings.url}/dags/my-brands/plugin/upload")
    view = page.frame_locator("iframe")
    view.locator("#files:enabled").wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "upload.png")

    view.locator("#files").set_input_files(tmp_path / "my-brands.csv")
    view.get_by_text("First rows", exact=True).wait_for()
    page.screenshot(path=screenshots / "first-look.png")
    assert "Line 4" in view.locator(".faults").inner_text()

    view.get_by_role("button", name="Run").click()
    view.get_by_text("What would be changed").wait_for(timeout=90_000)
    page.screenshot(path=screenshots / "report-dry-run.png")
    assert "a dry run: nothing was changed" in view.locator("main").inner_text()
    assert brands(stack) == []
    with page.expect_download() as download:
        view.get_by_role("link", name="Every change").click()
    assert "name=Northlight,INSERT" in Path(download.value.path()).read_text("utf-8-sig")

    view.get_by_role("link", name="Apply it now").click()
    assert not view.get_by_label("Dry run").is_checked()
    view.get_by_role("button", name="Run").click()
    view.get_by_text("What was changed").wait_for(timeout=90_000)
    page.screenshot(path=screenshots / "report.png")
    assert brands(stack) == ["Fjordhome", "Northlight"]
    with page.expect_download() as download:
        view.get_by_role("link", name="brands/my-brands.csv").click()
    assert "whose name was forgotten" in Path(download.value.path()).read_text()


def test_a_person_lets_rows_go_that_the_group_would_keep(
    stack: Stack, runs: Runs, page: Page, tmp_path: Path
) -> None:
    """A short file is stopped, its report says what to do, and the same upload is tried again so."""
    runs.allow("full-shops")
    with psycopg.connect(stack.database.dsn()) as connection:
        connection.execute(
            "INSERT INTO shop.shop (code, name) SELECT 'GO' || n, 'GO' FROM generate_series(1, 4) n"
        )
    (tmp_path / "shops.csv").write_text("code,name\nGO1,GO\n")
    page.goto(f"{stack.settings.url}/impex/groups/full-shops/upload")
    page.locator("#files:enabled").set_input_files(tmp_path / "shops.csv")
    page.get_by_role("button", name="Run").click()
    page.get_by_text('run it with "Let rows go"').wait_for(timeout=90_000)

    page.get_by_role("link", name="Apply it now").click()
    page.get_by_label("Dry run").check()
    page.get_by_label("Let rows go").check()
    page.get_by_role("button", name="Run").click()
    page.get_by_text("0 inserted, 0 updated, 3 deleted").wait_for(timeout=90_000)


def test_what_stands_in_a_file_is_text_on_the_page(
    stack: Stack, runs: Runs, page: Page, tmp_path: Path
) -> None:
    """Never markup."""
    wait_for(lambda: runs.api.knows_dag("brands"), "the DAG")
    (tmp_path / "brands.csv").write_text("name,text\n<b>Bold</b>,\n")
    page.goto(f"{stack.settings.url}/impex/groups/brands/upload")

    page.locator("#files:enabled").set_input_files(tmp_path / "brands.csv")
    page.get_by_text("First rows", exact=True).wait_for()

    assert page.locator("td", has_text="<b>Bold</b>").count() == 1


def test_the_form_of_airflow_offers_what_the_person_has_uploaded(
    stack: Stack, runs: Runs, page: Page, screenshots: Path, tmp_path: Path
) -> None:
    """By the names of the files; to nobody else, and nothing of other groups."""
    runs.allow("my-brands")
    (tmp_path / "my-brands-form.csv").write_text("name,about\nBy the form,\n")
    page.goto(f"{stack.settings.url}/impex/groups/my-brands/upload")
    page.locator("#files:enabled").set_input_files(tmp_path / "my-brands-form.csv")
    page.get_by_text("First rows", exact=True).wait_for()

    password = stack.settings.credentials.reader_password
    with AirflowApi(stack.settings.url, READER, password) as reader:
        others = [
            api._call("GET", f"/api/v2/dags/{dag}/details")["params"]["upload"]["schema"]
            for api, dag in ((reader, "my-brands"), (runs.api, "brands"))
        ]
    assert "enum" not in others[0]
    assert "my-brands-form.csv" not in json.dumps(others)

    before = len(runs.api._call("GET", "/api/v2/dags/my-brands/dagRuns")["dag_runs"])
    page.goto(f"{stack.settings.url}/dags/my-brands")
    page.get_by_role("button", name="Trigger").click()
    page.locator("#element_upload").click()
    page.screenshot(path=screenshots / "trigger-form.png")
    page.get_by_text("my-brands-form.csv, ").click()
    page.get_by_role("dialog").get_by_role("button", name="Trigger").click()

    newest = "/api/v2/dags/my-brands/dagRuns?order_by=-run_after&limit=1"
    wait_for(lambda: runs.api._call("GET", newest)["total_entries"] > before, "the run", 30)
    [run] = runs.api._call("GET", newest)["dag_runs"]
    assert runs.finish("my-brands", run["dag_run_id"]) == "success"
    report = runs.report()
    assert (report.package, report.totals.inserted) == ("my-brands-form.csv", 1)


def test_a_file_to_begin_with_is_downloaded(stack: Stack, runs: Runs, page: Page) -> None:
    """From the page where it is uploaded again; a sample from the page of its group, too."""
    wait_for(lambda: runs.api.knows_dag("brands"), "the DAG")
    page.goto(f"{stack.settings.url}/impex/groups/brands/upload")

    with page.expect_download() as download:
        page.get_by_role("link", name="a file to begin with").click()

    assert download.value.suggested_filename == "brands.csv"
    assert Path(download.value.path()).read_text() == "name,text\nname 1,text 1\n"

    page.goto(f"{stack.settings.url}/impex/groups/sample-catalogue")
    with page.expect_download() as download:
        page.get_by_role("link", name="sample-catalogue.zip").click()
    assert Path(download.value.path()).read_bytes() == SAMPLE.read_bytes()


def test_what_the_guide_says_of_rest_works(stack: Stack, runs: Runs, tmp_path: Path) -> None:
    """Line by line, as it stands there."""
    wait_for(lambda: runs.api.knows_dag("sample-catalogue"), "the DAG")
    (tmp_path / "brands.csv").write_text("name\nBy REST\n")
    [script] = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    token = runs.api.authorization.removeprefix("Bearer ")

    done = subprocess.run(
        ["/bin/bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "AIRFLOW": stack.settings.url, "TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = re.sub(r"}\s*{", "},{", done.stdout)
    received, finished, look, started, report = json.loads(f"[{told}]")
    assert (received["size_bytes"], finished["package"]) == (len("name\nBy REST\n"), "brands.csv")
    assert look["files"][0]["rows"] == [["By REST"]]
    assert report == {} or report["dry_run"]
    assert runs.finish(started["dag_id"], started["run_id"]) == "success"
    assert (runs.report().package, runs.report().dry_run) == ("brands.csv", True)


@pytest.mark.parametrize("width", [400, 1600])
def test_the_pages_fit_narrow_and_wide_windows(
    stack: Stack, page: Page, screenshots: Path, width: int
) -> None:
    """Nothing is cut off sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    for name in ("groups", "groups/sample-catalogue", "groups/sample-catalogue/upload"):
        page.goto(f"{stack.settings.url}/impex/{name}")
        page.wait_for_selector("main")
        page.screenshot(path=screenshots / f"{name.replace('/', '-')}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
