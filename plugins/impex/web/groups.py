"""Pages about groups: which there are, and what one does."""

from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse

from impex.config import describe, groups_directory, load_groups
from impex.domain.errors import ConfigError
from impex.orchestration.export_dag import export_dag_id
from impex.orchestration.wiring import own_database
from impex.storage.reports import recent_reports
from impex.web.guards import READING, readable
from impex.web.pages import PAGES, group_of

router = APIRouter()

DagId = Annotated[str, Path(max_length=250)]

_RUNS = 20


@router.get("/groups", response_class=HTMLResponse)
def list_groups(request: Request, user: GetUserDep) -> HTMLResponse:
    """Show the groups that a person may see, and those whose files have faults."""
    loaded = load_groups(groups_directory())
    seen = readable(user, set(loaded))
    rows: list[dict[str, Any]] = [
        {"name": name, "group": None, "faults": str(group).splitlines()}
        if isinstance(group, ConfigError)
        else {"name": name, "group": group, "faults": []}
        for name, group in loaded.items()
        if name in seen
    ]
    return PAGES.show(request, "groups.html", rows=rows)


@router.get("/groups/{dag_id}", response_class=HTMLResponse, dependencies=[Depends(READING)])
def show_group(request: Request, dag_id: DagId) -> HTMLResponse:
    """Show what a group does, and its newest runs."""
    group = group_of(dag_id)
    with own_database() as database, database.transaction() as connection:
        reports = recent_reports(connection, _RUNS, group=group.name)
    about = describe(group)
    exports = export_dag_id(group) if group.exports else ""
    return PAGES.show(
        request, "group.html", group=group, about=about, reports=reports, exports=exports
    )
