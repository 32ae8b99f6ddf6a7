"""A person starts an export in Airflow's pages, and downloads what it has written."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page

from local.stack import Stack
from tests.e2e.runs import Runs


@pytest.mark.machines("one", "several")
@pytest.mark.pictures
def test_an_export_is_started_and_its_file_downloaded(
    stack: Stack, runs: Runs, page: Page, screenshots: Path
) -> None:
    """The file is the one whose hash the page tells."""
    runs.allow("feeds")
    page.goto(f"{stack.settings.url}/dags/feeds/plugin/exports")
    view = page.frame_locator("iframe")

    view.get_by_role("button", name="Export now").click(timeout=60_000)
    view.get_by_text("The export was started").wait_for()
    link = view.get_by_role("link", name="feeds-").first
    link.wait_for(timeout=90_000)
    row = view.locator("tr", has=link).first.inner_text()
    with page.expect_download() as download:
        link.click()
    page.screenshot(path=screenshots / "exports.png")

    written = Path(download.value.path()).read_bytes()
    assert written.startswith(b"PK")
    assert hashlib.sha256(written).hexdigest() in row


def test_a_file_that_was_not_published_is_told_in_words(stack: Stack, page: Page) -> None:
    """As a page, with Airflow's login."""
    answer = page.goto(f"{stack.settings.url}/impex/exports/feeds/runs/4711/other.zip")

    assert answer is not None
    assert answer.status == 422
    assert "there is no export 4711" in page.locator("main").inner_text()
