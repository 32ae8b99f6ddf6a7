"""Teams: whose groups are whose, and what is wrong with the file that says so."""

from pathlib import Path

import pytest

from impex.config.teams import Teams, lint_teams, load_teams
from impex.domain.errors import ConfigError
from impex.domain.group import Group
from tests.commands import command_in

TEAMS = "teams:\n  catalogue-team: [anna, bert]\n  merchant-operations: carla\n"


def written(directory: Path, text: str) -> Path:
    """Write a file of teams beside a directory of groups, and return its path."""
    (directory / "groups").mkdir()
    path = directory / "teams.yaml"
    path.write_text(text)
    return path


def test_without_a_file_owners_are_words_only(tmp_path: Path) -> None:
    """Then the permissions of Airflow alone decide."""
    teams = load_teams(tmp_path / "teams.yaml")

    assert teams == Teams()
    assert teams.own("anybody", ["catalogue-team"])


@pytest.mark.parametrize(
    ("person", "owners", "own"),
    [
        ("anna", ["catalogue-team"], True),
        ("carla", ["catalogue-team", "merchant-operations"], True),
        ("carla", ["catalogue-team"], False),
        ("dora", ["dora"], True),
        ("Anna", ["catalogue-team"], False),
        ("catalogue-team", ["merchant-operations"], False),
        ("anna", ["unknown-team"], False),
    ],
)
def test_a_group_is_for_its_owners_and_their_teams(
    tmp_path: Path, person: str, owners: list[str], *, own: bool
) -> None:
    """User names are as Airflow has them; a team that is not in the file has nobody in it."""
    teams = load_teams(written(tmp_path, TEAMS))

    assert teams.own(person, owners) is own


def test_faults_of_the_file_are_told_with_their_lines(tmp_path: Path) -> None:
    """All at once, and nobody is let in meanwhile."""
    path = written(tmp_path, "teams:\n  a-team: []\n  b-team: 'anna, bert'\nteam: {}\n")

    with pytest.raises(ConfigError) as caught:
        load_teams(path)

    lines = [problem.where.removeprefix(f"{path}:") for problem in caught.value.problems]
    assert lines == ["2", "3", "4"]
    assert "Write a list: `[anna, bert]`." in str(caught.value)
    assert "Did you mean `teams`?" in str(caught.value)


def test_an_owner_that_is_nobody_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    """Where the group names it."""
    path = written(tmp_path, TEAMS)
    file = tmp_path / "groups" / "brands.yaml"
    file.write_text("title: Brands\nowners:\n  - anna\n  - catalog-team\n")
    group = Group("brands", (), owners=("anna", "catalog-team"))

    (problem,) = lint_teams(file.parent, {"brands": group})

    assert problem.where == f"{file}:4"
    assert "Did you mean `catalogue-team`?" in problem.hint
    path.unlink()
    assert lint_teams(file.parent, {"brands": group}) == []


def test_lint_checks_the_teams_of_an_installation(tmp_path: Path) -> None:
    """With its groups, in the same list."""
    (tmp_path / "config").mkdir()
    written(tmp_path / "config", "teams:\n  a-team: []\n")

    done = command_in(tmp_path, "")("lint")

    assert done.returncode == 1
    assert "config/teams.yaml:2" in done.stdout
