"""Exports: what was written, to be downloaded, and starting one."""

from typing import Annotated, Any
from uuid import uuid4

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Query, Request, status
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel

from impex.domain.export_run import ExportState
from impex.domain.group import Group
from impex.orchestration.export_dag import export_dag_id
from impex.orchestration.wiring import own_database, resources
from impex.services.uploads import blocks
from impex.storage import exports
from impex.web.access import READING, RUNNING
from impex.web.groups import DagId
from impex.web.pages import PAGES, group_of
from impex.web.reports import JobId
from impex.web.runs import Started, start
from impex.web.shell import attachment

router = APIRouter()

_PAGE = 20
_UNFINISHED = (ExportState.RUNNING, ExportState.PUBLISHED)


class ExportWish(BaseModel):
    """How a group is to be exported.

    Attributes:
        complete: Whether exports of changes only write all rows.
    """

    complete: bool = False


@router.get("/exports/{dag_id}", response_class=HTMLResponse, dependencies=[Depends(READING)])
def show_exports(
    request: Request, dag_id: DagId, before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> HTMLResponse:
    """Show the newest runs of a group's exports, or those before a run, with their files."""
    group = _exporting(dag_id)
    with own_database() as database, database.transaction() as connection:
        reports = exports.recent(connection, _PAGE, group=group.name, before=before)
    older = reports[-1].run.id if len(reports) == _PAGE else None
    values: dict[str, Any] = {
        "reports": reports,
        "older": older,
        "running": any(report.run.state in _UNFINISHED for report in reports),
    }
    return PAGES.show(request, "exports.html", dag_id=dag_id, group=group, **values)


@router.get("/exports/{dag_id}/runs/{run}/{name:path}", dependencies=[Depends(READING)])
def download_export(dag_id: DagId, run: JobId, name: str) -> StreamingResponse:
    """Send a file that a run has published."""
    group = _exporting(dag_id)
    with resources() as opened:
        with opened.database.transaction() as connection:
            report = exports.report(connection, run)
        pieces = {piece.name: piece for piece in report.published}
        if report.run.group_name != group.name or name not in pieces:
            told = f"Run {run} of {group.name} has published no file {name}."
            raise HTTPException(status.HTTP_404_NOT_FOUND, told)
        key = pieces[name].key
        size, chunks = opened.store.size(key), blocks(opened.store, key)
    return StreamingResponse(
        chunks, media_type="application/octet-stream", headers=attachment(name, size)
    )


@router.post("/api/exports/{dag_id}/run", dependencies=[Depends(RUNNING)])
def run_export(dag_id: DagId, wish: ExportWish, user: GetUserDep) -> Started:
    """Start a run that exports the group."""
    _exporting(dag_id)
    return start(dag_id, f"page__{uuid4()}", wish.model_dump(), user.get_name())


def _exporting(dag_id: str) -> Group:
    """Return the group of a DAG that exports.

    Raises:
        HTTPException: There is no such group, or it exports nothing.
    """
    group = group_of(dag_id)
    if not group.exports or export_dag_id(group) != dag_id:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{dag_id} exports nothing.")
    return group
