"""What a person on call asks first, as a page and for programs that watch."""

from datetime import UTC, datetime, timedelta
from typing import Final

from airflow import __version__ as airflow_version
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import func, select

from impex.domain.reading import Reading
from impex.orchestration.wiring import resources
from impex.services import health as of_groups
from orders.services import health as of_orders
from orders.services.open_metrics import CONTENT_TYPE, open_metrics
from orders.web.pages import PAGES

_HOUSEKEEPING: Final = "impex_housekeeping"
_WATCHING: Final = requires_access_dag("GET", DagAccessEntity.RUN, _HOUSEKEEPING)
_NIGHTS: Final = timedelta(hours=50)

router = APIRouter(dependencies=[Depends(_WATCHING)])


@router.get("/health", response_class=HTMLResponse)
def show_health(request: Request) -> HTMLResponse:
    """Show what needs somebody, and what there is besides."""
    found = _readings(datetime.now(UTC))
    wrong = [each for each in found if each.advice]
    return PAGES.show(
        request, "health.html", wrong=wrong, fine=[each for each in found if not each.advice]
    )


@router.get("/metrics")
def show_metrics() -> Response:
    """Tell the same to Prometheus; nothing in it is about a person."""
    now = datetime.now(UTC)
    return Response(open_metrics(_readings(now), now), headers={"content-type": CONTENT_TYPE})


def _readings(now: datetime) -> list[Reading]:
    with resources() as opened:
        found = list(of_groups.readings(opened, now))
        with opened.database.transaction() as connection:
            found += of_orders.readings(connection, now)
    airflow = Reading("impex_airflow", "Airflow", 1, {"version": airflow_version})
    return [*found, _retention(now), airflow]


def _retention(now: datetime) -> Reading:
    """Tell when housekeeping has last removed what was kept long enough."""
    from airflow.models.dagrun import DagRun

    ended = select(func.max(DagRun.end_date)).where(
        DagRun.dag_id == _HOUSEKEEPING, DagRun.state == DagRunState.SUCCESS
    )
    with create_session() as session:
        last = session.scalar(ended)
    late = last is not None and now - last > _NIGHTS
    return Reading(
        "impex_housekeeping_done",
        "Housekeeping has removed what was kept long enough",
        int(last is not None),
        oldest=last,
        advice=f"It works every night. Look at the DAG {_HOUSEKEEPING} in Airflow." if late else "",
    )
