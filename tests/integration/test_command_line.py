"""``python -m impex``: what people and programs see, and the exit codes they rely on."""

import json
from pathlib import Path

import psycopg
import pytest

from local.settings import Settings
from tests.commands import PLUGINS, Command, command_in
from tests.samples import csv_bytes, zipped
from tests.servers import owner_dsn

GROUP = """\
descriptors:
  - name: brands
    files: brands*.csv
    table: shop.brand
    key: name
    columns: [name, {from: en, to: description, language: en}]
"""
COUNTS = ["read", "inserted", "updated", "unchanged", "deleted", "skipped", "rejected", "absent"]


@pytest.fixture
def impex(dsn: str, tmp_path: Path) -> Command:
    """Run a command in a directory of its own, which has one group of brands."""
    groups = tmp_path / "config" / "groups"
    groups.mkdir(parents=True)
    (groups / "brands.yaml").write_text(GROUP, "utf-8")
    (groups / "broken.yaml").write_text("descriptors:\n  - nmae: x\n", "utf-8")
    return command_in(tmp_path, dsn)


def package(directory: Path, *names: str, file: str = "brands.csv") -> str:
    """Write a package of brands; return its path."""
    rows = [{"name": name, "en": f"About {name}"} for name in names]
    path = directory / "brands.zip"
    path.write_bytes(zipped({file: csv_bytes(rows)}))
    return str(path)


def test_a_good_package_is_done_and_told_as_one_json_object(impex: Command, tmp_path: Path) -> None:
    """Exit code 0; nothing else stands on stdout."""
    done = impex("run", "brands", package(tmp_path, "HP", "Dell"), "--json")

    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (told["state"], told["run"]) == ("done", 1)
    assert list(told["totals"]) == COUNTS
    assert told["totals"]["inserted"] == 2
    (file,) = told["files"]
    assert (file["name"], file["descriptor"], file["state"]) == ("brands.csv", "brands", "merged")
    assert {fate: file[fate] for fate in COUNTS} == told["totals"]


def test_bad_rows_are_exit_code_one_and_the_way_to_them_is_told(
    impex: Command, tmp_path: Path
) -> None:
    """The table shows the counts, and the last line the next command."""
    done = impex("run", "brands", package(tmp_path, "HP", "", "HP2"))

    assert done.returncode == 1
    assert "Run 1: brands.zip → brands: rejected" in done.stdout
    assert "python -m impex rejects 1" in done.stdout


def test_a_refused_package_is_exit_code_one(impex: Command, tmp_path: Path) -> None:
    """The same bytes again, and a package of unknown files; --force and --dry-run go through."""
    path = package(tmp_path, "HP")
    codes = [impex("run", "brands", path, *more).returncode for more in
             ([], [], ["--force"], ["--dry-run"], ["--force", "--strict", "--let-go"])]  # fmt: skip

    unknown = impex("run", "brands", package(tmp_path, "HP", file="x.csv"))

    assert codes == [0, 1, 0, 0, 0]
    assert unknown.returncode == 1
    assert "no descriptor of brands takes any file of the package: x.csv" in unknown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "brnads", "x.zip"], "there is no group brnads. There are: brands, broken."),
        (["run", "brands", "gone.zip"], "gone.zip: there is no such file"),
        (["run", "broken", "brands.zip"], "broken.yaml:2"),
        (["run", "brands"], "the following arguments are required: file"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_wrong_use_is_exit_code_two_and_says_what_would_be_right(
    impex: Command, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """On stderr; stdout stays empty for programs."""
    package(tmp_path, "HP")

    done = impex(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_group_that_does_not_fit_the_database_is_exit_code_two(
    impex: Command, dsn: str, tmp_path: Path
) -> None:
    """The message names the nearest column."""
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE shop.brand RENAME description TO descriptions")

    done = impex("run", "brands", package(tmp_path, "HP"))

    assert done.returncode == 2
    assert done.stderr == (
        "descriptor brands: shop.brand has no column description. Did you mean descriptions?\n"
    )


def test_a_database_that_is_down_is_exit_code_three_and_one_line(
    impex: Command, tmp_path: Path
) -> None:
    """Not a traceback: whoever reads it wants to know what to start."""
    down = "postgresql://impex@127.0.0.1:1/impex"

    done = impex("run", "brands", package(tmp_path, "HP"), "--json", IMPEX_DSN=down)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert "the database did not answer as it should" in done.stderr
    assert "Connection refused" in done.stderr


def test_runs_rejects_and_changes_tell_what_the_tables_know(impex: Command, tmp_path: Path) -> None:
    """For programs as JSON, for people as text."""
    impex("run", "brands", package(tmp_path, "HP", "Dell"))
    other = [{"name": "HP", "en": "New"}, {"name": "", "en": "x"}, {"name": "Acer", "en": ""}]
    (tmp_path / "brands-2.csv").write_bytes(csv_bytes(other))
    impex("run", "brands", "brands-2.csv")

    runs = json.loads(impex("runs", "--json").stdout)
    one = json.loads(impex("runs", "2", "--json").stdout)
    rejects = [json.loads(line) for line in impex("rejects", "2", "--json").stdout.splitlines()]
    changes = [json.loads(line) for line in impex("changes", "2", "--json").stdout.splitlines()]

    assert [(run["run"], run["state"]) for run in runs] == [(2, "rejected"), (1, "done")]
    assert one == runs[0]
    assert one["totals"] == dict(zip(COUNTS, [3, 1, 1, 0, 0, 0, 1, 0], strict=True))
    assert [(r["line"], r["column"], r["code"]) for r in rejects] == [(3, "name", "empty_value")]
    assert [(c["action"], c["key"], c["changes"]) for c in changes] == [
        ("INSERT", {"name": "Acer"}, {}),
        ("UPDATE", {"name": "HP"}, {"description": [{"en": "About HP"}, {"en": "New"}]}),
    ]


def test_people_read_runs_rejects_and_changes_as_text(impex: Command, tmp_path: Path) -> None:
    """The words that a person looks for are there; signs of markup are left alone."""
    impex("run", "brands", package(tmp_path, "HP", "", "[red]", file="x [/b]/brands.csv"))

    runs, run = impex("runs").stdout, impex("runs", "1").stdout

    assert "brands.zip" in runs
    assert "3 read, 2 inserted, 1 rejected" in runs
    assert "x [/b]/brands.csv" in run
    assert run.split("total")[1].split()[:6] == ["3", "2", "0", "0", "0", "1"]
    assert "name is empty" in impex("rejects", "1").stdout
    assert "[red]" in impex("changes", "1").stdout


@pytest.mark.parametrize("command", ["runs", "rejects", "changes"])
def test_an_unknown_run_is_told_so(impex: Command, command: str) -> None:
    """Not an empty answer, which would look like a run without rejects."""
    done = impex(command, "99")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "there is no run 99\n")


def test_a_database_without_tables_is_explained(impex: Command, server: Settings) -> None:
    """A database that was never migrated is a matter of set-up: exit code 2 and what to do."""
    done = impex("runs", IMPEX_DSN=owner_dsn(server, "impex"))

    assert done.returncode == 2
    assert "alembic" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_summary_of_changes_is_told_to_people_and_programs(
    impex: Command, tmp_path: Path
) -> None:
    """Of a dry run as well, whose report says how to see it."""
    impex("run", "brands", package(tmp_path, "HP", "Dell"))
    other = [{"name": "HP", "en": "New"}, {"name": "Acer", "en": ""}]
    (tmp_path / "brands-2.csv").write_bytes(csv_bytes(other))
    dry = impex("run", "brands", "brands-2.csv", "--dry-run")

    text = impex("changes", "2", "--summary").stdout
    told = json.loads(impex("changes", "2", "--summary", "--json").stdout)

    assert "python -m impex changes 2 --summary" in dry.stdout
    assert text.splitlines() == [
        "shop.brand: 1 inserted, 1 updated",
        "  description: 1 changed",
        '    name=HP: {"en": "About HP"} → {"en": "New"}',
    ]
    assert [(t["table"], t["inserted"], t["updated"], t["deleted"]) for t in told] == [
        ("shop.brand", 1, 1, 0)
    ]
    assert told[0]["columns"][0]["samples"] == [
        {"key": {"name": "HP"}, "before": {"en": "About HP"}, "after": {"en": "New"}}
    ]


def test_groups_are_checked_against_the_tables_where_that_is_asked_for(
    impex: Command, tmp_path: Path
) -> None:
    """Exit code 1 and the nearest name; without a database nothing of that is known."""
    groups = tmp_path / "config" / "groups"
    (groups / "broken.yaml").write_text(GROUP.replace("[name,", "[name, descripton,"), "utf-8")

    alone, both = impex("lint"), impex("lint", "--connection")

    assert alone.returncode == 0
    assert both.returncode == 1
    assert both.stdout == (
        "broken, descriptor brands: shop.brand has no column descripton. "
        "Did you mean description?\n"
    )


def test_groups_that_fit_the_tables_are_fine(impex: Command) -> None:
    """Those that are shipped are."""
    shipped = str(PLUGINS.parent / "config" / "groups")

    done = impex("lint", "--connection", shipped)

    assert (done.returncode, done.stdout) == (0, "Groups: 8, problems: none\n")


def test_a_database_that_does_not_answer_is_no_fault_of_the_groups(
    impex: Command, tmp_path: Path
) -> None:
    """Exit code 3."""
    (tmp_path / "config" / "groups" / "broken.yaml").unlink()

    done = impex("lint", "--connection", IMPEX_DSN="postgresql://127.0.0.1:1/x")

    assert done.returncode == 3
    assert "did not answer" in done.stderr
