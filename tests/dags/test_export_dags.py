"""What a group exports becomes a DAG of its own, without Airflow's database."""

from pathlib import Path

import pytest
from airflow.sdk import DAG, TriggerRule

from impex.orchestration.export_dag import export_dag
from impex.orchestration.group_dags import group_dags
from tests.exports import written_group

TWO = """
title: Feeds
owners: [feeds, partners]
schedule: "0 6 * * *"
timezone: Europe/Berlin
max_parallel: 3
pool: partners
publish:
  to: [partner, "s3://bucket/{{ ds }}"]
  params: {shop: SHOP10}
descriptors:
  - name: brands
    direction: export
    table: shop.brand
    export: {file: "brands-{run}.csv"}
    columns: [name]
  - name: shops
    direction: export
    table: shop.shop
    export: {file: "shops-{run}.csv"}
    columns: [code]
"""


@pytest.fixture
def dag(tmp_path: Path) -> DAG:
    """The DAG of a group that only exports."""
    return export_dag(written_group(tmp_path, TWO, "feeds"), tmp_path / "feeds.yaml")


def test_a_group_that_only_exports_has_the_dag_of_its_name(dag: DAG) -> None:
    """With its own schedule, owners, and parameters in the trigger form."""
    assert dag.dag_id == "feeds"
    assert dag.owner == "feeds, partners"
    assert dag.timetable.expression == "0 6 * * *"
    assert str(dag.timetable.timezone) == "Europe/Berlin"
    assert set(dag.params) == {"audience", "complete", "shop"}
    assert dag.params["shop"] == "SHOP10"
    assert dag.max_active_runs == 1


def test_a_group_that_imports_as_well_has_two(tmp_path: Path) -> None:
    """No group can have the name of the second one, as theirs have no point."""
    groups = tmp_path / "groups"
    groups.mkdir()
    both = TWO.replace("direction: export\n", "direction: both\n    files: x*\n    key: id\n", 1)
    (groups / "feeds.yaml").write_text(both.replace("columns: [name]", "columns: [id, name]"))

    assert [dag.dag_id for dag in group_dags(groups)] == ["feeds", "feeds.export"]
    assert [dag.dag_id for dag in group_dags(groups, only="feeds.export")] == [
        "feeds",
        "feeds.export",
    ]


def test_files_are_written_beside_the_snapshot_and_published_together(dag: DAG) -> None:
    """Publishing comes whatever became of the files: it writes again what is missing."""
    assert dag.get_task("begin").downstream_task_ids == {"write", "hold"}
    assert dag.get_task("publish").upstream_task_ids == {"write", "hold"}
    assert dag.get_task("publish").downstream_task_ids == {"deliver", "finish"}
    rules = {name: dag.get_task(name).trigger_rule for name in ("publish", "finish", "deliver")}
    assert rules == {
        "publish": TriggerRule.ALL_DONE,
        "finish": TriggerRule.ALL_DONE,
        "deliver": TriggerRule.ALL_SUCCESS,
    }


def test_as_many_files_are_written_at_once_as_the_group_allows(dag: DAG) -> None:
    """In the pool that it names."""
    write = dag.get_task("write")

    assert (write.max_active_tis_per_dagrun, write.pool) == (3, "partners")


def test_nothing_that_the_group_names_is_a_template(dag: DAG) -> None:
    """Targets are told by their number."""
    assert dag.get_task("deliver").op_kwargs_expand_input.value == {"number": [0, 1]}
