"""The only file of this package that Airflow's plugin manager runs; it must stay without weight.

It is executed in the API server and in every task process.
"""

from typing import Any

from airflow.plugins_manager import AirflowPlugin


async def _pages(scope: Any, receive: Any, send: Any) -> None:
    """Answer requests; what the pages need is imported in the API server only."""
    from impex.web.app import app

    await app(scope, receive, send)


def _form(app: Any) -> Any:
    """Stand around Airflow's app, to offer uploads in its trigger form."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/details"):
            await app(scope, receive, send)
            return
        from impex.web.trigger_form import offer_uploads

        await offer_uploads(app, scope, receive, send)

    return answer


class ImpexPlugin(AirflowPlugin):
    """Shows the pages of data groups in Airflow."""

    name = "impex"
    fastapi_apps = [{"app": _pages, "name": "impex", "url_prefix": "/impex"}]  # noqa: RUF012
    fastapi_root_middlewares = [{"middleware": _form, "name": "impex trigger form"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Data groups",
            "href": "/impex/groups",
            "destination": "nav",
            "url_route": "data-groups",
        },
        {
            "name": "Upload",
            "href": "/impex/groups/{DAG_ID}/upload",
            "destination": "dag",
            "url_route": "upload",
        },
        {
            "name": "Exports",
            "href": "/impex/exports/{DAG_ID}",
            "destination": "dag",
            "url_route": "exports",
        },
        {
            "name": "Report",
            "href": "/impex/groups/{DAG_ID}/report?run={RUN_ID}",
            "destination": "dag_run",
            "url_route": "report",
        },
    ]
