"""Loads which people belong to the teams that own groups, from ``config/teams.yaml``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from impex.config.complaints import Complaints
from impex.config.fields import Owners
from impex.config.findings import Findings, shown
from impex.config.options import Options
from impex.config.suggestions import suggest
from impex.config.yaml_files import files_in, read_file
from impex.config.yaml_source import line_of, parse
from impex.domain.errors import ConfigError, Problem
from impex.domain.group import Group


@dataclass(frozen=True, slots=True)
class Teams:
    """Who stands behind the owners of groups.

    Attributes:
        people: Airflow's user names by team; None where owners are words only, and the
            permissions of Airflow alone decide.
    """

    people: Mapping[str, tuple[str, ...]] | None = None

    def own(self, person: str, owners: Iterable[str]) -> bool:
        """Tell whether somebody is one of the owners, or in one of their teams."""
        if self.people is None:
            return True
        return any(person == owner or person in self.people.get(owner, ()) for owner in owners)

    @property
    def names(self) -> tuple[str, ...]:
        """All that can own a group: teams, and the people in them."""
        people = self.people or {}
        return tuple(dict.fromkeys([*people, *(name for team in people.values() for name in team)]))


class _TeamsModel(Options):
    teams: dict[str, Owners] = Field(
        description="The people of each team, by their user names in Airflow.",
        examples=[{"catalogue-team": ["anna", "bert"]}],
    )


def teams_file(groups: Path) -> Path:
    """Return where an installation has its teams: beside its groups."""
    return groups.parent / "teams.yaml"


def load_teams(path: Path) -> Teams:
    """Load the teams of a file; without a file, owners are words only.

    Raises:
        ConfigError: The file has faults; all that could be found, in the order of the file.
    """
    if not path.exists():
        return Teams()
    findings = Findings(str(path))
    root = parse(read_file(path), findings)
    model = Complaints(root, findings).validate(_TeamsModel, root) if root is not None else None
    if findings or model is None:
        raise findings.error()
    return Teams(model.teams)


def lint_teams(groups: Path, sound: Mapping[str, Group]) -> list[Problem]:
    """Return what is wrong with the teams, or with the owners that groups name.

    Args:
        groups: The directory of the groups.
        sound: Those of them without faults, by name.
    """
    try:
        teams = load_teams(teams_file(groups))
    except ConfigError as error:
        return list(error.problems)
    if teams.people is None:
        return []
    known = teams.names
    return [
        _unknown(path, index, owner, known)
        for path in files_in(groups)
        if path.stem in sound
        for index, owner in enumerate(sound[path.stem].owners)
        if owner not in known
    ]


def _unknown(path: Path, index: int, owner: str, known: Sequence[str]) -> Problem:
    root = parse(read_file(path), Findings(str(path)))
    line = line_of(root, ("owners", index)) if root is not None else 1
    what = f"`owners` names {shown(owner)}, which is neither a team of teams.yaml nor in one."
    return Problem(f"{path}:{line}", what, suggest(owner, known))
