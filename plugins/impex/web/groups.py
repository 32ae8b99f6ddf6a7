"""Pages about groups: which there are, and what one does."""

from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Path, Request, status
from fastapi.responses import FileResponse, HTMLResponse, Response

from impex.config import describe_contents, groups_directory, load_groups
from impex.config.user_files import UserFiles
from impex.domain.errors import ConfigError
from impex.domain.group import Group
from impex.orchestration.export_dag import export_dag_id
from impex.orchestration.wiring import own_database
from impex.services.import_template import has_template, import_template
from impex.storage.reports import recent_reports
from impex.web import charts
from impex.web.access import READING, readable
from impex.web.pages import PAGES, group_of
from impex.web.progress import next_run
from impex.web.shell import attachment

router = APIRouter()

DagId = Annotated[str, Path(max_length=250)]

_RUNS = 20


@router.get("/groups", response_class=HTMLResponse)
def list_groups(request: Request, user: GetUserDep) -> HTMLResponse:
    """Show the groups that a person may see, and those whose files have faults."""
    seen = readable(user, load_groups(groups_directory()))
    rows: list[dict[str, Any]] = [
        {"name": name, "group": None, "faults": str(group).splitlines()}
        if isinstance(group, ConfigError)
        else {"name": name, "group": group, "faults": []}
        for name, group in seen.items()
    ]
    return PAGES.show(request, "groups.html", rows=rows)


@router.get("/groups/{dag_id}", response_class=HTMLResponse, dependencies=[Depends(READING)])
def show_group(request: Request, dag_id: DagId) -> HTMLResponse:
    """Show what a group does, and its newest runs."""
    group = group_of(dag_id)
    with own_database() as database, database.transaction() as connection:
        reports = recent_reports(connection, _RUNS, group=group.name)
    about = describe_contents(group)
    values: dict[str, Any] = {
        **beginnings(group),
        "following": next_run(group.name) if group.descriptors else None,
        "exports": export_dag_id(group) if group.exports else "",
        "charts": {
            "Rows of each run": charts.outcomes(reports),
            "Time of each run": charts.durations(reports),
        },
    }
    return PAGES.show(request, "group.html", group=group, about=about, reports=reports, **values)


def beginnings(group: Group) -> dict[str, Any]:
    """Return which descriptors of a group have a file to begin with, and its samples by name."""
    return {
        "templates": [each.name for each in group.descriptors if has_template(each)],
        "samples": UserFiles.beside(groups_directory()).samples(group.name),
    }


@router.get("/groups/{dag_id}/templates/{descriptor}", dependencies=[Depends(READING)])
def download_template(dag_id: DagId, descriptor: str) -> Response:
    """Send a file to begin with, for one kind of file that a group takes."""
    group = group_of(dag_id)
    transforms = UserFiles.beside(groups_directory()).transforms
    known = {each.name: each for each in group.descriptors}
    template = descriptor in known and import_template(known[descriptor], transforms)
    if not template:
        told = f"{group.name} has no template for {descriptor}."
        raise HTTPException(status.HTTP_404_NOT_FOUND, told)
    headers = attachment(template.name, len(template.content))
    return Response(template.content, media_type="application/octet-stream", headers=headers)


@router.get("/groups/{dag_id}/samples/{name}", dependencies=[Depends(READING)])
def download_sample(dag_id: DagId, name: str) -> FileResponse:
    """Send a file to try a group with."""
    group = group_of(dag_id)
    known = UserFiles.beside(groups_directory()).samples(group.name)
    if name not in known:
        told = f"{group.name} has no sample {name}."
        raise HTTPException(status.HTTP_404_NOT_FOUND, told)
    headers = attachment(name, known[name].stat().st_size)
    return FileResponse(known[name], media_type="application/octet-stream", headers=headers)
