"""What the pages of orders share: templates, who may do what, and what a person asks for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Path as InPath
from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from impex.web.runs import start
from impex.web.shell import Pages
from orders.orchestration.settings import EXPORTS_DAG, FEEDS_DAG

PAGES: Final = Pages(Path(__file__).parent / "templates")
LISTED: Final = 50
"""So many rows a page of a list has."""

READING_ORDERS: Final = requires_access_dag("GET", DagAccessEntity.RUN, FEEDS_DAG)
"""May look at orders, and at what feeds say of them: as who may look at runs of the feeds."""

MOVING_ORDERS: Final = requires_access_dag("POST", DagAccessEntity.RUN, FEEDS_DAG)
"""May move orders: as who may start runs of the feeds."""

READING_EXPORTS: Final = requires_access_dag("GET", DagAccessEntity.RUN, EXPORTS_DAG)
"""May look at exports: as who may look at their runs."""

EXPORTING: Final = requires_access_dag("POST", DagAccessEntity.RUN, EXPORTS_DAG)
"""May say what is exported: as who may start runs of the exporters."""

DECIDING: Final = requires_access_dag("PUT", DagAccessEntity.HITL_DETAIL, EXPORTS_DAG)
"""May approve, and see what is sent: as who may answer the gates of the exporters in Airflow."""

Number = Annotated[int, InPath(ge=1, le=2**63 - 1)]
Past = Annotated[int, Query(ge=0, le=2**63 - 1)]
Reason = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
Ids = Annotated[
    list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=1000)
]


class Why(BaseModel):
    """What a person gives as the reason."""

    reason: Reason


class Chosen(Why):
    """What a person has chosen of a list, and why."""

    ids: Ids


class Done(BaseModel):
    """What became of it, in words."""

    told: str


def show_list(
    request: Request, template: str, rows: Sequence[Mapping[str, Any]], **values: Any
) -> HTMLResponse:
    """Show rows of a list, and where it goes on if there may be more of them."""
    following = rows[-1]["id"] if len(rows) >= LISTED else None
    return PAGES.show(request, template, rows=rows, following=following, **values)


def run_exports(person: str) -> None:
    """Let the exporters look at once, as there may be something to send."""
    start(EXPORTS_DAG, f"page__{uuid4()}", {}, person)


def told(found: list[int], asked: list[int], done: str, what: str) -> Done:
    """Say of how many of the chosen something was done, and why not of all."""
    left = len(set(asked)) - len(found)
    rest = f" {left} of the {what} had moved on meanwhile: they are in no state that allows it."
    return Done(told=f"{done}: {len(found)}.{rest if left else ''}")
