"""Which groups are a person's business: Airflow's permissions for their DAGs, and their owners."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, HTTPException, status

from impex.config import groups_directory
from impex.config.teams import Teams, load_teams, teams_file
from impex.domain.errors import ConfigError
from impex.domain.group import Group
from impex.web.pages import group_of

Method = Literal["GET", "POST"]
Loaded = Mapping[str, Group | ConfigError]


def _access(method: Method) -> Callable[..., None]:
    """Return what lets owners pass whom Airflow lets pass for the DAG named as ``dag_id``."""
    permitted = requires_access_dag(method, DagAccessEntity.RUN)

    def owned(dag_id: str, user: GetUserDep, _: Annotated[None, Depends(permitted)]) -> None:
        teams = _teams()
        if teams.people is None:  # the group need not be read for that
            return
        group = group_of(dag_id)
        if not teams.own(user.get_name(), group.owners):
            owners = ", ".join(group.owners)
            told = (
                f"{group.name} belongs to {owners}, and config/teams.yaml does not have you there."
            )
            raise HTTPException(status.HTTP_403_FORBIDDEN, told)

    return owned


READING: Final = _access("GET")
"""May look at runs of the DAG that the path names as ``dag_id``, whose group is theirs."""

RUNNING: Final = _access("POST")
"""May start runs of the DAG that the path names as ``dag_id``, whose group is theirs."""


def readable(user: BaseUser, loaded: Loaded) -> Loaded:
    """Return those of some groups whose runs a person may look at."""
    return _allowed(user, "GET", loaded)


def startable(user: BaseUser, loaded: Loaded) -> Loaded:
    """Return those of some groups of which a person may start runs."""
    return _allowed(user, "POST", loaded)


def _allowed(user: BaseUser, method: Method, loaded: Loaded) -> Loaded:
    """Leave out what a person may not see; who owns a group with faults, nobody knows."""
    manager, teams = get_auth_manager(), _teams()
    return {
        name: group
        for name, group in loaded.items()
        if (isinstance(group, ConfigError) or teams.own(user.get_name(), group.owners))
        and manager.is_authorized_dag(
            method=method,
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=name),
            user=user,
        )
    }


def _teams() -> Teams:
    return load_teams(teams_file(groups_directory()))
