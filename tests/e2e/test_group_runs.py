"""Groups run as DAGs: the sample package, the real catalogue, a refusal and a broken file."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from impex.config import load_group
from impex.domain.report import JobState
from local.demo import CATALOGUE, SAMPLE
from local.settings import REPOSITORY
from tests.e2e.runs import Runs
from tests.order_book import OrderBook
from tests.waiting import wait_for

JOBS = "SELECT count(*) FROM impex.job"


@pytest.mark.pictures
def test_a_package_in_the_inbox_ends_in_the_tables(
    runs: Runs, page: Page, screenshots: Path
) -> None:
    """The DAG of a group imports what waits, and the grid shows every file by its name."""
    package = CATALOGUE if CATALOGUE.exists() else SAMPLE
    group = "catalogue-icecat" if CATALOGUE.exists() else "sample-catalogue"
    runs.drop(group, package.name, package.read_bytes())

    run_id = runs.trigger(group)

    assert runs.finish(group, run_id) == "success"
    report = runs.report()
    assert report.totals.balanced
    left_out = report.totals.rejected + report.totals.skipped
    assert report.totals.inserted == report.totals.read - left_out > 0
    if package == CATALOGUE:
        assert (len(report.files), report.totals.read) == (15, 23930)
    page.goto(f"{runs.stack.settings.url}/dags/{group}/runs/{run_id}")
    page.get_by_role("button", name="Expand all task groups").click()
    expect(page.get_by_text("prices", exact=True).first).to_be_visible()
    expect(page.get_by_text("settle").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=screenshots / "grid.png")


def test_a_document_is_read_once_for_all_its_descriptors(runs: Runs, page: Page) -> None:
    """One mapped task says which they are, and of which file; the ledger has a line for each."""
    group = load_group(REPOSITORY / "config" / "groups" / "catalogue-xml.yaml")
    names = [descriptor.name for descriptor in group.descriptors]
    sample = REPOSITORY / "config" / "samples" / "catalogue-xml" / "catalogue.xml"
    runs.drop(group.name, sample.name, sample.read_bytes())

    run_id = runs.trigger(group.name)

    assert runs.finish(group.name, run_id) == "success"
    report = runs.report()
    states = runs.api.task_states(group.name, run_id)
    assert [file.descriptor for file in report.files] == names
    assert (report.state, report.totals.rejected) == (JobState.DONE, 0)
    assert report.totals.inserted == report.totals.read > 0
    assert [one.task for one in states].count("stage") == 1
    page.goto(f"{runs.stack.settings.url}/dags/{group.name}/runs/{run_id}/tasks/stage/mapped")
    label = page.get_by_role("link", name=f"{', '.join(names)}: {sample.name}")
    expect(label).to_be_visible(timeout=30_000)


def test_the_same_bytes_are_refused_with_the_run_that_imported_them(runs: Runs) -> None:
    """A second drop of the same package fails its claim and says why."""
    runs.drop("brands", "first.csv", b"name,text\nHenkel,twice\n")
    runs.finish("brands", runs.trigger("brands"))
    first = runs.report()

    runs.drop("brands", "again.csv", b"name,text\nHenkel,twice\n")
    state = runs.finish("brands", runs.trigger("brands"))

    refused = runs.report()
    assert state == "failed"
    assert refused.state is JobState.REFUSED
    assert f"by run {first.run} on" in refused.messages[0]


def test_force_imports_the_same_bytes_and_changes_nothing(runs: Runs) -> None:
    """With the switch `force` every row that was applied before is unchanged."""
    rows = b"name,text\nBosch,once\n,nameless\n"
    runs.drop("brands", "first.csv", rows)
    runs.finish("brands", runs.trigger("brands"))
    runs.drop("brands", "again.csv", rows)

    state = runs.finish("brands", runs.trigger("brands", {"force": True}))

    totals = runs.report().totals
    assert state == "success"
    assert (totals.read, totals.unchanged, totals.rejected) == (2, 1, 1)


def test_an_empty_inbox_is_no_failure(runs: Runs, book: OrderBook) -> None:
    """A run without a package looks into the inbox, does nothing more and leaves no job."""
    before = book.query(JOBS)

    run_id = runs.trigger("brands")

    assert runs.finish("brands", run_id) == "success"
    states = {task.task: task.state for task in runs.api.task_states("brands", run_id)}
    assert states.pop("claim") == "success"
    assert set(states.values()) == {"skipped"}
    assert book.query(JOBS) == before


def test_a_package_that_is_no_zip_is_refused_in_words(runs: Runs) -> None:
    """The refusal is in the tables and fails the run; the package waits in failed/."""
    runs.drop("brands", "broken.zip", b"this is no archive")

    state = runs.finish("brands", runs.trigger("brands"))

    report = runs.report()
    assert state == "failed"
    assert report.state is JobState.REFUSED
    assert "zip" in report.messages[0]
    with runs.store.open(f"failed/brands/{report.run}/broken.zip") as failed:
        assert failed.read() == b"this is no archive"


def test_a_broken_group_file_becomes_a_dag_that_explains_itself(
    runs: Runs, page: Page, screenshots: Path
) -> None:
    """The placeholder names file, line and the nearest valid name; the other groups live on."""
    wait_for(lambda: runs.api.knows_dag("misspelt"), "the placeholder", 60)

    page.goto(f"{runs.stack.settings.url}/dags/misspelt")
    page.get_by_role("button", name="Dag Docs").or_(
        page.get_by_role("button", name="Documentation")
    ).first.click()

    expect(page.get_by_text("misspelt.yaml:5").first).to_be_visible()
    expect(page.get_by_text("table").first).to_be_visible()
    page.screenshot(path=screenshots / "broken.png")
    assert runs.api.import_errors() == []


@pytest.mark.parametrize("conf", [{"force": "{{ var.value.secret }}"}, {"dry_run": "yes"}])
def test_the_trigger_form_takes_switches_only(runs: Runs, conf: dict[str, str]) -> None:
    """Text in place of a switch is refused by Airflow before anything runs."""
    with pytest.raises(Exception, match="Invalid input for param"):
        runs.api.trigger("sample-catalogue", conf)


@pytest.mark.parametrize("dag", ["brands", "order_exports", "catalogue-xml.export"])
def test_the_form_of_airflow_starts_a_run_as_it_is(runs: Runs, page: Page, dag: str) -> None:
    """Nothing has to be filled in: then a run is about all that waits."""
    wait_for(lambda: runs.api.knows_dag(dag), "the DAG", 60)
    page.goto(f"{runs.stack.settings.url}/dags/{dag}")

    page.get_by_role("button", name="Trigger").click()

    start = page.get_by_role("dialog").get_by_role("button", name="Trigger")
    expect(start).to_be_enabled()
