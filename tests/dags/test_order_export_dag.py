"""The DAG of the exporters: its stages, its gates, and that a waiting run keeps no other waiting."""

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, TriggerRule
from airflow.serialization.serialized_objects import DagSerialization

from local.settings import REPOSITORY
from orders.config import exporters_directory, load_chain
from orders.domain.chain import stages
from orders.orchestration.export_steps import ALL_FLAGS

DAGS = REPOSITORY / "dags"


@pytest.fixture(scope="module")
def exports() -> DAG:
    """The DAG, as Airflow's scheduler has it."""
    bag = DagBag(str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")
    return DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["order_exports"]))


def test_stages_follow_one_another_in_one_run(exports: DAG) -> None:
    """All hops of the chain: each stage claims, and sends by exporter."""
    count = len(stages(load_chain(exporters_directory())))
    assert count == 2

    for number in range(1, count + 1):
        claim = exports.get_task(f"claim_{number}")
        assert claim.upstream_task_ids == {f"send_{number - 1}" if number > 1 else "begin"}
        assert f"send_{number}" in claim.downstream_task_ids
    assert exports.get_task("reconcile").upstream_task_ids == {f"send_{count}"}


def test_an_exporter_that_fails_stops_no_later_stage(exports: DAG) -> None:
    """And what adds up is checked whatever failed."""
    assert exports.get_task("claim_2").trigger_rule == TriggerRule.ALL_DONE
    assert exports.get_task("reconcile").trigger_rule == TriggerRule.ALL_DONE


def test_new_flags_start_a_run_and_the_clock_does(exports: DAG) -> None:
    """An event may be lost, and attempts come due without one."""
    assert exports.timetable.summary == "Asset or */5 * * * *"
    [asset] = exports.timetable.asset_condition.iter_assets()
    assert asset[0].name == "flags of orders"


def test_a_run_by_hand_may_be_about_one_order_or_flag_or_dry(exports: DAG) -> None:
    """By default it is about everything, and sends."""
    params = exports.params
    assert params.dump() == {"order": None, "flag": ALL_FLAGS, "dry_run": False}
    assert params.get_param("flag").schema["enum"] == [
        ALL_FLAGS,
        *sorted({exporter.flag for exporter in load_chain(exporters_directory())}),
    ]
    assert exports.get_task("preview").upstream_task_ids == {"begin"}
    assert exports.get_task("preview").downstream_task_ids == set()
    assert not exports.render_template_as_native_obj


def test_a_gate_that_waits_keeps_neither_its_run_nor_later_ones_from_working(exports: DAG) -> None:
    """Only what follows from the decision waits for it."""
    gate = exports.get_task("approval_1.gate")

    assert gate.downstream_task_ids == {"approval_1.settle_gate"}
    assert exports.get_task("approval_1.settle_gate").downstream_task_ids == set()
    assert exports.get_task("approval_1.settle_gate").trigger_rule == TriggerRule.ALL_DONE
    assert exports.max_active_runs >= 1000
    assert not exports.catchup


def test_what_people_type_is_never_a_template_of_a_gate(exports: DAG) -> None:
    """Only the number of the gate is put in."""
    assert list(exports.get_task("approval_1.gate").template_fields) == ["gate"]
