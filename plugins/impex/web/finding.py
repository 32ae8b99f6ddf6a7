"""Uploading without knowing the group: the names of the files find it."""

from typing import Annotated

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from impex.config import groups_directory, load_groups
from impex.domain.group import Group
from impex.services.find_group import Candidate, candidates
from impex.web.access import startable
from impex.web.pages import PAGES

router = APIRouter()

FileName = Annotated[str, Field(min_length=1, max_length=255)]


class Names(BaseModel):
    """The names of some files, without folders."""

    names: Annotated[list[FileName], Field(min_length=1, max_length=200)]


@router.get("/upload", response_class=HTMLResponse)
def show_finder(request: Request) -> HTMLResponse:
    """Show where files are dropped by somebody who does not know the group."""
    return PAGES.show(request, "find.html")


@router.post("/api/find")
def find(files: Names, user: GetUserDep) -> list[Candidate]:
    """Tell which groups take files of these names, of those that the person may run."""
    allowed = startable(user, load_groups(groups_directory()))
    sound = [each for each in allowed.values() if isinstance(each, Group)]
    return candidates(sound, files.names)
