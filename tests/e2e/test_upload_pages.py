"""A person uploads a file in Airflow's pages, looks at it, tries it, and imports it."""

from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Frame, Page

from local.stack import Stack
from tests.e2e.runs import Runs
from tests.waiting import wait_for

CSV = "name,text\nUploaded,From a page\n<b>Bold</b>,\n,without a name\n"
BRANDS = "SELECT name FROM shop.brand WHERE name IN ('Uploaded', '<b>Bold</b>') ORDER BY name"


def inside(page: Page, text: str) -> Frame:
    """Return the frame of the page of ours that says something."""
    found: list[Frame] = []

    def says() -> bool:
        found[:] = [
            frame for frame in page.frames if "/impex/" in frame.url and text in frame.content()
        ]
        return bool(found)

    wait_for(says, f"a page with {text!r}", 60)
    return found[0]


def brands(stack: Stack) -> list[str]:
    """Return the uploaded brands that are in the table."""
    with psycopg.connect(stack.database.dsn()) as connection:
        return [name for (name,) in connection.execute(BRANDS)]


def test_a_file_is_uploaded_looked_at_tried_and_imported(
    stack: Stack, runs: Runs, page: Page, screenshots: Path, tmp_path: Path
) -> None:
    """From the DAG's page; the dry run changes nothing, the real one what it said."""
    wait_for(lambda: runs.api.knows_dag("brands"), "the DAG")
    (tmp_path / "brands.csv").write_text(CSV)
    page.goto(f"{stack.settings.url}/dags/brands/plugin/upload")
    form = inside(page, "Drop files here")
    page.screenshot(path=screenshots / "upload.png")

    form.set_input_files("#files", tmp_path / "brands.csv")
    look = inside(page, "First rows")
    page.screenshot(path=screenshots / "first-look.png")
    assert look.locator("td", has_text="<b>Bold</b>").count() == 1
    assert "Line 4" in look.locator(".faults").inner_text()

    look.click("button[type=submit]")
    tried = inside(page, "a dry run: nothing was changed")
    wait_for(lambda: "What would be changed" in inside(page, "a dry run").content(), "its end", 90)
    page.screenshot(path=screenshots / "report-dry-run.png")
    assert brands(stack) == []

    tried.goto(look.url)
    again = inside(page, "First rows")
    again.uncheck("[name=dry_run]")
    again.click("button[type=submit]")
    wait_for(lambda: brands(stack) == ["<b>Bold</b>", "Uploaded"], "the import", 90)
    report = inside(page, "Rejected rows")
    page.screenshot(path=screenshots / "report.png")
    with page.expect_download() as download:
        report.click("text=brands/brands.csv")
    assert "without a name" in Path(download.value.path()).read_text()


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
