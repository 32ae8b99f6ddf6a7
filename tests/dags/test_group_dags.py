"""The generated DAGs: parsed by Airflow's own parser, without its database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from impex.config import load_group
from impex.domain.group import depends_on
from impex.domain.job import PlannedFile
from impex.domain.report import FileState
from impex.orchestration.group_dags import group_dags
from impex.orchestration.steps import LABEL_LIMIT, label
from local.settings import REPOSITORY

DAGS = REPOSITORY / "dags"
GROUPS = REPOSITORY / "config" / "groups"


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Every DAG of the project."""
    return DagBag(str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")


@pytest.fixture(scope="module")
def catalogue(bag: DagBag) -> DAG:
    """The DAG of the shipped catalogue."""
    return bag.dags["catalogue-icecat"]


def test_every_group_file_becomes_a_dag_of_its_name(bag: DagBag) -> None:
    """One file of config/groups, one DAG, and another one if it exports; beside them our own.

    What exporters of orders say is no DAG: it would export all orders.
    """
    assert bag.import_errors == {}
    groups = {path.stem for path in GROUPS.glob("*.yaml")} - {"order-documents"}
    ours = {"impex_housekeeping", "order_exports", "order_feeds", "order_sweep"}
    assert set(bag.dags) == {*groups, "catalogue-xml.export", *ours}


def test_runs_are_closed_before_anything_is_removed(bag: DagBag) -> None:
    """Every night; what belongs to a run that is not over yet stays."""
    dag = bag.dags["impex_housekeeping"]

    assert dag.get_task("close_stalled_runs").downstream_task_ids == {
        "remove_old_packages",
        "remove_old_exports",
        "remove_old_history",
        "remove_uploads",
        "drop_orphaned_staging",
    }
    assert not dag.catchup


def test_the_yaml_says_who_owns_the_dag_and_what_it_is(catalogue: DAG) -> None:
    """Title, description, owners, tags and documentation come from the group file."""
    group = load_group(GROUPS / "catalogue-icecat.yaml")

    assert catalogue.dag_display_name == group.title
    assert catalogue.description == group.description
    assert (catalogue.owner,) == group.owners
    assert set(group.tags) < set(catalogue.tags)
    assert "shop.product_attribute_value" in (catalogue.doc_md or "")


def test_merges_follow_the_lookups(catalogue: DAG) -> None:
    """A merge stands behind every merge whose table it looks up, and no other."""
    group = load_group(GROUPS / "catalogue-icecat.yaml")

    for descriptor in group.descriptors:
        before = catalogue.get_task(f"merge.{descriptor.name}").upstream_task_ids
        wanted = {f"merge.{name}" for name in depends_on(descriptor, group.descriptors)}

        assert before == (wanted or {"stage"})


def test_tasks_are_counted_by_descriptors_and_files_never_by_rows(catalogue: DAG) -> None:
    """Claim, plan, one mapped stage, one merge per descriptor, settle."""
    merges = [task for task in catalogue.task_ids if task.startswith("merge.")]

    assert len(merges) == 15
    assert set(catalogue.task_ids) - set(merges) == {"claim", "plan", "stage", "settle"}


def test_every_task_has_an_owner_and_the_retry_policy(bag: DagBag) -> None:
    """Failures that may pass are tried again, others fail at once.

    What tasks at one snapshot fail to do, publishing does: the snapshot is gone by then.
    """
    at_a_snapshot = ("write", "hold")
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.owner
            assert task.retries == (0 if task.task_id in at_a_snapshot else 3)
            assert task.retry_policy is not None


def bounded(directory: Path, options: str = "") -> DAG:
    """Build the DAG of the sample with more options, as Airflow's scheduler has it."""
    text = (GROUPS / "sample-catalogue.yaml").read_text().replace("owners: merchant-operations", "")
    (directory / "bounded.yaml").write_text(f"{options}\n{text}")
    [dag] = group_dags(directory)
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def test_several_owners_are_several_owners_in_airflow(tmp_path: Path) -> None:
    """Its API takes the text of the DAG apart at commas."""
    assert bounded(tmp_path, "owners: [anna, b team]").owner == "anna, b team"
    assert bounded(tmp_path).owner == "merchant-operations"


def test_files_are_read_by_mapped_tasks_that_bear_their_names(tmp_path: Path) -> None:
    """The step sets the label; without bounds Airflow's own limits hold."""
    stage = bounded(tmp_path).get_task("stage")

    assert stage.is_mapped
    assert stage.map_index_template == "{{ label }}"
    assert (stage.max_active_tis_per_dagrun, stage.pool) == (None, "default_pool")


def test_a_group_may_bound_how_many_files_are_read_at_once(tmp_path: Path) -> None:
    """In a run by the mapped task itself, over several groups by a pool of theirs."""
    dag = bounded(tmp_path, "max_parallel: 3\npool: shop_db")

    assert dag.get_task("stage").max_active_tis_per_dagrun == 3
    pools = {task.task_id: task.pool for task in dag.tasks}
    light = {pools.pop("claim"), pools.pop("plan")}
    assert (set(pools.values()), light) == ({"shop_db"}, {"default_pool"})


def test_two_parses_give_the_same_dag(bag: DagBag) -> None:
    """Nothing in a DAG changes by itself, so Airflow makes no new version at every parse."""
    for dag in group_dags(GROUPS):
        first, second = (
            DagSerialization.to_dict(each)["dag"] for each in (dag, bag.dags[dag.dag_id])
        )
        for each in (first, second):
            each.pop("fileloc", None)
            each.pop("relative_fileloc", None)
        assert json.dumps(first, default=str) == json.dumps(second, default=str)


def test_a_starting_task_builds_its_own_dag_only(tmp_path: Path) -> None:
    """A thousand other groups cost a task nothing."""
    (tmp_path / "wanted.yaml").write_text((GROUPS / "sample-catalogue.yaml").read_text())
    (tmp_path / "other.yaml").write_text("this: [is, not, even: valid")

    assert [dag.dag_id for dag in group_dags(tmp_path, only="wanted")] == ["wanted"]


def test_a_group_may_have_no_dag(tmp_path: Path) -> None:
    """What it exports is for others; a broken file explains itself all the same."""
    (tmp_path / "quiet.yaml").write_text((GROUPS / "order-documents.yaml").read_text())
    (tmp_path / "wrong.yaml").write_text("dag: false\ndescriptors: []\n")

    assert [dag.dag_id for dag in group_dags(tmp_path)] == ["wrong"]


def test_a_broken_file_explains_itself_and_leaves_the_others_alone(tmp_path: Path) -> None:
    """The placeholder carries file, line and the nearest valid name, and fails with them."""
    (tmp_path / "good.yaml").write_text((GROUPS / "sample-catalogue.yaml").read_text())
    (tmp_path / "wrong.yaml").write_text(
        "title: Wrong\ndescriptors:\n  - name: a\n    files: a.csv\n    tabel: shop.brand\n"
        "    key: name\n    columns: [name]\n"
    )

    dags = {dag.dag_id: dag for dag in group_dags(tmp_path)}

    assert set(dags) == {"good", "wrong"}
    assert "broken" in dags["wrong"].tags
    assert "wrong.yaml:5" in (dags["wrong"].doc_md or "")
    assert "table" in (dags["wrong"].doc_md or "")
    assert dags["wrong"].task_ids == ["group_file_has_errors"]


def test_only_who_takes_full_files_can_let_rows_go(tmp_path: Path) -> None:
    """The trigger form has what means something for the group; a form has no other switch more."""
    brands = (
        "descriptors:\n  - name: a\n    files: a.csv\n    table: shop.brand\n    key: name\n"
        "    columns: [name]\n"
    )
    (tmp_path / "changes.yaml").write_text(brands)
    (tmp_path / "full.yaml").write_text(f"{brands}    on_absent: delete\n")

    params = {dag.dag_id: set(dag.params) for dag in group_dags(tmp_path)}

    assert params == {
        "changes": {"upload", "force", "dry_run", "strict"},
        "full": {"upload", "force", "dry_run", "strict", "let_go"},
    }


def test_parsing_imports_no_engine() -> None:
    """The dag-processor never pays for pandas, polars, pyarrow, lxml, numpy or psycopg of ours."""
    code = (
        "import sys, pathlib\n"
        "import airflow.sdk\n"
        "before = set(sys.modules)\n"
        "from impex.orchestration.group_dags import group_dags\n"
        f"assert list(group_dags(pathlib.Path({str(GROUPS)!r})))\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "heavy = new & {'pandas', 'polars', 'pyarrow', 'lxml', 'numpy', 'psycopg'}\n"
        "sys.exit(f'imported while parsing: {heavy}' if heavy else 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("files", "name"), [(3, "goods.xml"), (40, "goods.xml"), (1, "x" * 300)])
def test_the_label_of_a_task_names_what_it_reads_and_fits(files: int, name: str) -> None:
    """Airflow's table has no room for forty descriptors; the end of the file's name stays."""
    one = PlannedFile(1, 1, "descriptor", name, 0, FileState.STAGED, 1, None, None, None, 0, [], "")

    shown = label([one] * files)

    assert len(shown) <= LABEL_LIMIT
    assert shown.startswith("descriptor")
    assert shown.endswith(name[-9:])


def test_dag_files_hold_no_logic() -> None:
    """Every DAG file is short."""
    for path in DAGS.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 60


@pytest.mark.parametrize("directory", ["dags", "plugins"])
def test_nothing_renders_what_a_user_typed(directory: str) -> None:
    """No template reads params or conf, and no operator that renders twice is used."""
    banned = ("{{ params", "{{ dag_run.conf", "@task.bash", "BashOperator", "@task.sql")
    for path in (REPOSITORY / directory).rglob("*.py"):
        text = path.read_text()

        assert [word for word in banned if word in text] == []
