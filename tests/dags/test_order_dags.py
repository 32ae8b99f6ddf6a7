"""The DAGs of orders: their structure, their trigger, and what reading them costs."""

import asyncio
import json
import runpy
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.base import TaskSkippedEvent, TriggerEvent

from impex.domain.errors import ConfigError
from local.settings import REPOSITORY
from orders.orchestration.settings import consumers, days_of_raw_events
from orders.orchestration.work import WorkTrigger

DAGS = REPOSITORY / "dags"


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Every DAG of the project."""
    return DagBag(str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")


@pytest.fixture
def feeds(bag: DagBag) -> DAG:
    """The DAG of the feeds, as Airflow's scheduler has it."""
    return DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["order_feeds"]))


def test_runs_of_the_feeds_follow_one_another(feeds: DAG) -> None:
    """One at a time, whatever somebody starts beside."""
    assert feeds.timetable.summary == "@continuous"
    assert feeds.max_active_runs == 1
    assert not feeds.catchup


def test_drafts_and_events_wait_for_work_and_not_for_each_other(feeds: DAG) -> None:
    """A draft that cannot be placed, or a table that cannot be read, keeps no event waiting."""
    beside = {"place", "collect", "consume"}
    assert feeds.get_task("wait").downstream_task_ids == {*beside, "settle"}
    assert feeds.get_task("collect").downstream_task_ids == {"settle"}
    assert feeds.get_task("place").downstream_task_ids == {"settle"}
    assert feeds.get_task("consume").downstream_task_ids == {"settle"}


def test_a_run_is_settled_whatever_failed_unless_there_was_no_work(feeds: DAG) -> None:
    """Skipped tasks before it let it be skipped as well."""
    assert feeds.get_task("settle").trigger_rule == TriggerRule.ALL_DONE_MIN_ONE_SUCCESS


def test_as_many_consume_as_the_installation_says(
    bag: DagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two, where it says nothing."""
    consume = bag.dags["order_feeds"].get_task("consume")
    monkeypatch.setenv("ORDERS_CONSUMERS", "4")

    assert consume.op_kwargs_expand_input.value == {"number": [1, 2]}
    assert consumers() == 4


@pytest.mark.parametrize("text", ["0", "-1", "many", "33", "2.5"])
def test_a_number_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """With its name and the limits."""
    monkeypatch.setenv("ORDERS_CONSUMERS", text)
    with pytest.raises(ConfigError, match="ORDERS_CONSUMERS: must be a number from 1 to 32"):
        consumers()


def test_raw_events_are_kept_for_a_month_unless_the_installation_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In days."""
    assert days_of_raw_events() == 30
    monkeypatch.setenv("ORDERS_RAW_EVENT_DAYS", "7")
    assert days_of_raw_events() == 7


def test_orders_are_swept_every_ten_minutes(bag: DagBag) -> None:
    """Who waits for stock gets it before drafts do; clocks need neither."""
    dag = bag.dags["order_sweep"]

    assert dag.timetable.expression == "*/10 * * * *"
    assert dag.get_task("sweep").downstream_task_ids == {"place_again"}
    assert dag.get_task("notice_overdue").upstream_task_ids == set()
    assert bag.dags["impex_housekeeping"].has_task("remove_raw_events")


def test_notices_have_a_dag_only_where_they_are_enabled(
    bag: DagBag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is sent even where nothing more could be written."""
    assert "order_notices" not in bag.dags
    monkeypatch.setenv("IMPEX_GROUPS", str(tmp_path / "groups"))
    (tmp_path / "notices.yaml").write_text("enabled: true\n")

    dag = runpy.run_path(str(DAGS / "order_notices.py"))["dag"]

    assert dag.timetable.expression == "*/5 * * * *"
    assert dag.max_active_runs == 1
    assert dag.get_task("send").upstream_task_ids == {"write"}
    assert dag.get_task("send").trigger_rule == TriggerRule.ALL_DONE


def test_a_file_of_notices_that_is_no_yaml_is_an_import_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its line."""
    monkeypatch.setenv("IMPEX_GROUPS", str(tmp_path / "groups"))
    (tmp_path / "notices.yaml").write_text("enabled: [\n")

    with pytest.raises(ConfigError, match=r"notices\.yaml:\d"):
        runpy.run_path(str(DAGS / "order_notices.py"))


def test_airflow_can_make_the_same_watch_again() -> None:
    """By its path in plugins/, with arguments that are JSON."""
    path, arguments = WorkTrigger(1234.5).serialize()

    module, _, name = path.rpartition(".")
    again = getattr(import_module(module), name)(**json.loads(json.dumps(arguments)))

    assert again.serialize() == (path, arguments)
    assert type(again) is WorkTrigger


def test_a_watch_whose_time_is_over_skips_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and without resuming it."""
    monkeypatch.setenv("AIRFLOW_CONN_IMPEX", "postgresql://nobody:none@127.0.0.1:1/none")

    async def fired() -> list[TriggerEvent]:
        return [event async for event in WorkTrigger(time.time() - 1).run()]

    (event,) = asyncio.run(fired())

    assert isinstance(event, TaskSkippedEvent)


@pytest.mark.parametrize("name", ["order_feeds", "order_sweep", "order_notices", "housekeeping"])
def test_reading_a_dag_imports_no_engine_and_is_quick(name: str) -> None:
    """The dag-processor reads it every half minute, and connects to nothing."""
    code = (
        "import sys, time, runpy\n"
        "import airflow.sdk, pydantic, babel, croniter, pendulum\n"
        "before, start = set(sys.modules), time.process_time()\n"
        f"runpy.run_path({str(DAGS / f'{name}.py')!r})\n"
        "spent = time.process_time() - start\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "heavy = new & {'pandas', 'polars', 'pyarrow', 'lxml', 'numpy', 'psycopg', 'transitions'}\n"
        "sys.exit(f'imported while parsing: {heavy}' if heavy else 0 if spent < 3 else f'{spent} s')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
