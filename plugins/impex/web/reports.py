"""The report of a run: what became of every row, what is wrong, what was changed."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, status
from fastapi.responses import HTMLResponse, StreamingResponse
from psycopg import Connection

from impex.domain.report import JobState, RunReport
from impex.formats.change_csv import as_csv
from impex.orchestration.wiring import own_database, resources
from impex.services.resources import FileStore
from impex.services.uploads import blocks, tried_upload
from impex.storage import jobs, reports
from impex.web.access import READING
from impex.web.groups import DagId
from impex.web.pages import PAGES, group_of
from impex.web.progress import at_work
from impex.web.shell import attachment

router = APIRouter(dependencies=[Depends(READING)])

JobId = Annotated[int, Path(ge=1, le=2**63 - 1)]

_CAUSES = 50
_FINAL = {JobState.DONE, JobState.REJECTED, JobState.REFUSED, JobState.FAILED}


@router.get("/groups/{dag_id}/report", response_class=HTMLResponse)
def show_run(
    request: Request, dag_id: DagId, run: Annotated[str, Query(max_length=250)]
) -> HTMLResponse:
    """Show the report of a run of Airflow; one that has claimed nothing has none yet."""
    with own_database() as database, database.transaction() as connection:
        job_id = jobs.job_of_run(connection, f"{dag_id}/{run}")
    if job_id is None:
        return PAGES.show(request, "no_report.html", dag_id=dag_id, run=run)
    return show_report(request, dag_id, job_id)


@router.get("/api/groups/{dag_id}/report")
def tell_run(dag_id: DagId, run: Annotated[str, Query(max_length=250)]) -> dict[str, Any]:
    """Tell the same of a run of Airflow to a program; empty as long as it has claimed nothing."""
    with own_database() as database, database.transaction() as connection:
        job_id = jobs.job_of_run(connection, f"{dag_id}/{run}")
        return {} if job_id is None else _report_of(connection, dag_id, job_id).as_object()


@router.get("/groups/{dag_id}/runs/{job_id}", response_class=HTMLResponse)
def show_report(request: Request, dag_id: DagId, job_id: JobId) -> HTMLResponse:
    """Show the report of a run by its number."""
    with resources() as opened:
        with opened.database.transaction() as connection:
            report = _report_of(connection, dag_id, job_id)
            causes = reports.causes(connection, job_id, _CAUSES)
            changed = reports.change_summary(connection, job_id)
            run, reading = reports.progress(connection, job_id)
        rejects = _rejects(opened.store, report)
        ended = report.state in _FINAL
        tried = tried_upload(opened, job_id) if ended and report.dry_run else None
    return PAGES.show(
        request,
        "report.html",
        dag_id=dag_id,
        report=report,
        ended=ended,
        tried=tried,
        causes=causes,
        changed=changed,
        rejects=rejects,
        reading=reading,
        tasks=[] if ended else at_work(run),
    )


@router.get("/groups/{dag_id}/runs/{job_id}/rejects/{name:path}")
def download_rejects(dag_id: DagId, job_id: JobId, name: str) -> StreamingResponse:
    """Send a file with the rejected rows, which can be mended and imported again."""
    with resources() as opened:
        with opened.database.transaction() as connection:
            _report_of(connection, dag_id, job_id)
        key = f"rejects/{job_id}/{name}"
        size, chunks = opened.store.size(key), blocks(opened.store, key)
    return StreamingResponse(
        chunks, media_type="application/octet-stream", headers=attachment(name, size)
    )


@router.get("/groups/{dag_id}/runs/{job_id}/changes")
def download_changes(dag_id: DagId, job_id: JobId) -> StreamingResponse:
    """Send all that a run has changed, or a dry run would, as a table."""
    with own_database() as database, database.transaction() as connection:
        _report_of(connection, dag_id, job_id)
    headers = attachment(f"run-{job_id}-changes.csv")
    return StreamingResponse(_changes(job_id), media_type="text/csv", headers=headers)


def _changes(job_id: int) -> Iterator[bytes]:
    """Yield the change journal while it is read."""
    with own_database() as database, database.transaction() as connection:
        yield from as_csv(reports.changes(connection, job_id))


def _report_of(connection: Connection, dag_id: str, job_id: int) -> RunReport:
    """Return the report of a run of this group's.

    Raises:
        HTTPException: There is none.
    """
    report = reports.read_report(connection, job_id)
    if report is None or report.group != group_of(dag_id).name:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no run {job_id} of this group.")
    return report


def _rejects(store: FileStore, report: RunReport) -> list[str]:
    """Return the names of the reject files, with the folder of their descriptor."""
    names = [f"{f.descriptor}/{f.name}" for f in report.files if f.counts.rejected]
    return [name for name in names if store.exists(f"rejects/{report.run}/{name}")]
