"""Uploading files for a group, looking at them before anything runs, and running it."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import anyio.from_thread
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, HTTPException, Path, Request, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from impex.domain.group import Group
from impex.orchestration.wiring import resources
from impex.services import uploads
from impex.services.first_look import FirstLook, first_look
from impex.services.uploads import Received
from impex.web.access import RUNNING
from impex.web.groups import DagId, beginnings
from impex.web.pages import PAGES, group_of
from impex.web.runs import Started, start

router = APIRouter(dependencies=[Depends(RUNNING)])

UploadId = Annotated[UUID, Path()]


class Begun(BaseModel):
    """An upload that files can be added to."""

    upload: UUID


class Finished(BaseModel):
    """A package that a run can take.

    Attributes:
        earlier: Which run has imported the same bytes, and when; empty if none has.
    """

    upload: UUID
    package: str
    size_bytes: int
    sha256: str
    earlier: str


class Wish(BaseModel):
    """How a package is to be imported."""

    dry_run: bool = False
    force: bool = False
    strict: bool = False
    let_go: bool = False


@router.get("/groups/{dag_id}/upload", response_class=HTMLResponse)
def show_form(request: Request, dag_id: DagId, user: GetUserDep) -> HTMLResponse:
    """Show where files are dropped, and what the person has uploaded lately."""
    group = _importing(dag_id)
    with resources() as opened:
        recent = uploads.recent_uploads(opened, group, user.get_name(), uploads.RECENT)
    values: dict[str, Any] = {"recent": recent, **beginnings(group)}
    return PAGES.show(request, "upload.html", dag_id=dag_id, group=group, **values)


@router.post("/api/groups/{dag_id}/uploads", status_code=status.HTTP_201_CREATED)
def begin(dag_id: DagId, user: GetUserDep) -> Begun:
    """Begin an upload."""
    with resources() as opened:
        return Begun(upload=uploads.begin_upload(opened, _importing(dag_id), user.get_name()))


@router.put("/api/groups/{dag_id}/uploads/{upload_id}/files/{name}")
async def receive(
    request: Request, dag_id: DagId, upload_id: UploadId, name: str, user: GetUserDep
) -> Received:
    """Take the bytes of a file, as the body of the request; memory does not grow with it."""
    person, stream = user.get_name(), request.stream()

    def work() -> Received:
        group = _importing(dag_id)
        with resources() as opened:
            upload = uploads.open_upload(opened, group, upload_id, person)
            return uploads.receive(opened, group, upload, name, _drawn(stream))

    return await run_in_threadpool(work)


@router.post("/api/groups/{dag_id}/uploads/{upload_id}/finish")
def finish(dag_id: DagId, upload_id: UploadId, user: GetUserDep) -> Finished:
    """Make a package of the files."""
    group = _importing(dag_id)
    with resources() as opened:
        upload = uploads.finish_upload(opened, group, upload_id, user.get_name())
        earlier = uploads.imported_before(opened, upload)
    return Finished(
        upload=upload.id,
        package=upload.package_name or "",
        size_bytes=upload.size_bytes or 0,
        sha256=upload.sha256 or "",
        earlier=earlier,
    )


@router.get("/groups/{dag_id}/uploads/{upload_id}", response_class=HTMLResponse)
def show_look(
    request: Request, dag_id: DagId, upload_id: UploadId, *, apply: bool = False
) -> HTMLResponse:
    """Show what the package is, before anything runs; what was tried, can be applied."""
    group = _importing(dag_id)
    with resources() as opened:
        upload = uploads.whole_upload(opened, group, upload_id)
        earlier = uploads.imported_before(opened, upload)
        look = first_look(opened, group, upload.key, datetime.now(UTC))
    values: dict[str, Any] = {"upload": upload, "earlier": earlier, "look": look, "apply": apply}
    return PAGES.show(request, "look.html", dag_id=dag_id, group=group, **values)


@router.get("/api/groups/{dag_id}/uploads/{upload_id}")
def look(dag_id: DagId, upload_id: UploadId) -> FirstLook:
    """Tell the same to a program."""
    group = _importing(dag_id)
    with resources() as opened:
        upload = uploads.whole_upload(opened, group, upload_id)
        return first_look(opened, group, upload.key, datetime.now(UTC))


@router.post("/api/groups/{dag_id}/uploads/{upload_id}/run")
def run(dag_id: DagId, upload_id: UploadId, wish: Wish, user: GetUserDep) -> Started:
    """Start a run that takes the package; asked twice, it is the same run, unless it only tries."""
    group = _importing(dag_id)
    with resources() as opened:
        uploads.whole_upload(opened, group, upload_id)
    switches = [name for name, chosen in wish.model_dump().items() if chosen]
    name = ["upload", str(upload_id), *switches]
    if wish.dry_run:  # the group may have been mended since the last one
        name.append(str(uuid4()))
    conf = {"upload": str(upload_id)} | dict.fromkeys(switches, True)
    return start(dag_id, "__".join(name), conf, user.get_name())


def _importing(dag_id: str) -> Group:
    """Return the group of a DAG that imports.

    Raises:
        HTTPException: There is no such group, or it imports nothing.
    """
    group = group_of(dag_id)
    if group.name != dag_id or not group.descriptors:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{dag_id} imports nothing.")
    return group


def _drawn(stream: AsyncIterator[bytes]) -> Iterator[bytes]:
    """Draw the pieces of a request's body from a thread."""

    async def piece() -> bytes | None:
        return await anext(stream, None)

    while (chunk := anyio.from_thread.run(piece)) is not None:
        yield chunk
